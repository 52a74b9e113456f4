/* Lets each hart examine itself, and compares it with the boot hart.
 * machine_probe finds out what a machine can do, on the hart that calls it, and hv assumes its result of all harts. On a
 * board whose harts may differ, hv therefore lets every other hart call it too, before the device tree tells the firmware
 * which harts there are. The harts do this one after another, because machine_probe fills in `machine`: the boot hart saves
 * its own values, gives the turn to one hart, and puts its values back when this hart has finished.
 * A hart may never come, for example because the device tree names more harts than there are. So the boot hart waits for a
 * limited time, and then takes the turn back. A hart that comes later finds that the turn is not its own, and sleeps. */
#define LOG_NAME hv_core
#include "hv/core/join.h"

#include <stdatomic.h>

#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/core/core.h"
#include "hv/core/property.h"

/* How long the boot hart waits for a hart. Some boards start their harts one after another, so this is generous. The boot
 * hart knows no clock at this point, so it counts cycles: about 2 seconds at 2 GHz, and 4 seconds at 1 GHz. */
#define WAIT_CYCLES (1ull << 32)

/* The id of the hart that may examine itself, or one of the values of join.h. The boot hart writes the id with release; the
 * hart replaces it by JOIN_RUNNING with acquire, and writes JOIN_DONE with release (boot.S). The boot hart takes the turn
 * back by replacing the id too, so only one of them succeeds. It is in .data, because the other harts read it before the
 * boot hart has zeroed .bss. */
_Atomic uint64_t join_turn __attribute__((section(".data"))) = (uint64_t)JOIN_NOBODY;

void join_examine(void)
{
	bool has_time = !csr_physical_read(CSR_SLOT_time).error;

	machine_probe(CONFIG_PMP_LIMIT, MODULE_PMP_ENTRIES);
	machine.has_time = has_time;
}

/* Waits until another hart has replaced @p value in join_turn. @return false if this takes too long */
static bool wait_while(uint64_t value)
{
	uint64_t begin = csr_read(CSR_mcycle);

	while (atomic_load_explicit(&join_turn, memory_order_acquire) == value)
		if (csr_read(CSR_mcycle) - begin > WAIT_CYCLES)
			return false;
	return true;
}

/* Lets the hart examine itself, which fills in `machine`. @return false if the hart does not come */
static bool give_turn(uint64_t id)
{
	uint64_t expected = id;

	atomic_store_explicit(&join_turn, id, memory_order_release);
	if (!wait_while(id) && atomic_compare_exchange_strong(&join_turn, &expected, (uint64_t)JOIN_NOBODY))
		return false;
	if (!wait_while((uint64_t)JOIN_RUNNING))
		boot_error("hart %lu has not finished examining itself", id);
	return true;
}

static bool is_like(uint64_t id, const struct machine *own, const struct machine *other)
{
	enum property_of_hart found = PROPERTY_COUNT;
	bool is_alike = true;

	while ((found = property_difference(own, other, found)) != PROPERTY_COUNT) {
		log_warn("hart %lu is left out: %s differs: 0x%lx, and 0x%lx on the boot hart", id,
			 property_name(found), property_value(other, found), property_value(own, found));
		is_alike = false;
	}
	return is_alike;
}

bool join_allowed(uint64_t id)
{
	static struct machine own, other;

	if (id == CONFIG_BOOT_HART)
		return true;
	own = machine;
	if (own.has_mcountinhibit)
		csr_clear(CSR_mcountinhibit, COUNTER_CY);
	machine = (struct machine){ 0 };

	bool has_come = give_turn(id);

	other = machine;
	machine = own;
	if (!has_come) {
		log_warn("hart %lu is left out: the device tree names it, but it has not come", id);
		return false;
	}
	return is_like(id, &own, &other);
}
