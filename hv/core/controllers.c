/* Assigns the registers of interrupt controllers to harts, and finds the controllers that hv hides. To find the harts
 * of a controller, it reads the controller's property interrupts-extended. Then it computes the smallest region that
 * contains all CLINTs, because hv has one PMP entry for them. Sources: Devicetree bindings sifive,clint; sifive,plic;
 * riscv,aclint-mswi and -mtimer (ACLINT 1.0); riscv,imsics and riscv,aplic. */
#include "hv/core/controllers.h"

#include <string.h>

#include "hv/core/core.h"
#include "hv/core/tree.h"
#include "hv/device/clint.h"
#include "hv/device/vplic.h"
#include "hv/platform/platform.h"

#define PAIR_BYTES 8
#define MSIP_BYTES 4
#define TIMECMP_BYTES 8
#define ADDRESS_MAX (1ull << 56) /* physical addresses of Sv39 to Sv57 have 56 bits */

enum controller_kind controller_kind(const uint8_t *list, uint32_t length)
{
	static const struct {
		char name[20];
		enum controller_kind kind;
	} names[] = {
		{ "sifive,clint0", CONTROLLER_CLINT },    { "riscv,clint0", CONTROLLER_CLINT },
		{ "riscv,aclint-mswi", CONTROLLER_MSWI }, { "riscv,aclint-mtimer", CONTROLLER_MTIMER },
		{ "riscv,imsics", CONTROLLER_IMSIC },     { "riscv,aplic", CONTROLLER_APLIC },
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (tree_list_has(list, length, names[i].name))
			return names[i].kind;
	if (CONFIG_PLIC &&
	    (tree_list_has(list, length, "sifive,plic-1.0.0") || tree_list_has(list, length, "riscv,plic0")))
		return CONTROLLER_PLIC;
	return CONTROLLER_OTHER;
}

bool controller_is_hidden(const struct controller *controllers, unsigned count, const struct controller *controller)
{
	if (controller->kind != CONTROLLER_APLIC)
		return controller->kind == CONTROLLER_IMSIC;
	for (unsigned i = 0; i < count; i++)
		if (controllers[i].kind == CONTROLLER_IMSIC && controllers[i].phandle == controller->msi_parent)
			return controller->msi_parent != 0;
	return false;
}

/* ---- the harts' registers ---- */

static struct vcpu *find_hart(const uint32_t *hart_phandles, uint32_t phandle)
{
	for (unsigned i = 0; i < hart_count && phandle; i++)
		if (hart_phandles[i] == phandle)
			return &harts[i].vcpu;
	return NULL;
}

static void assign_software(struct vcpu *vcpu, const struct controller *controller, unsigned index)
{
	if (controller->kind != CONTROLLER_MTIMER)
		vcpu->msip_address = controller->registers[0].base + MSIP_BYTES * index;
}

static void assign_timer(struct vcpu *vcpu, const struct controller *controller, unsigned index)
{
	uint64_t base = controller->registers[0].base, compare = base + CLINT_MTIMECMP, time = base + CLINT_MTIME;

	if (controller->kind == CONTROLLER_MSWI)
		return;
	if (controller->kind == CONTROLLER_MTIMER) {
		time = base;
		compare = controller->registers[1].base;
	}
	vcpu->timecmp_address = compare + TIMECMP_BYTES * index;
	vcpu->mtime_address = time;
}

/* The n-th software interrupt in interrupts-extended belongs to the controller's n-th msip. The same holds for
 * timer interrupts and mtimecmp. */
static void assign(const struct controller *controller, const uint32_t *hart_phandles)
{
	unsigned software = 0, timer = 0;

	for (uint32_t at = 0; at + PAIR_BYTES <= controller->interrupts_length; at += PAIR_BYTES) {
		struct vcpu *vcpu = find_hart(hart_phandles, tree_number(controller->interrupts + at));
		uint32_t number = tree_number(controller->interrupts + at + PAIR_BYTES / 2);

		if (vcpu && number == INTERRUPT_MSI)
			assign_software(vcpu, controller, software);
		if (vcpu && number == INTERRUPT_MTI)
			assign_timer(vcpu, controller, timer);
		software += number == INTERRUPT_MSI;
		timer += number == INTERRUPT_MTI;
	}
}

/* The n-th pair of interrupts-extended belongs to the PLIC's context n. */
static void assign_contexts(const struct controller *controller, const uint32_t *hart_phandles)
{
	vplic_add(controller->registers[0]);
	for (uint32_t at = 0; at + PAIR_BYTES <= controller->interrupts_length; at += PAIR_BYTES) {
		uint32_t number = tree_number(controller->interrupts + at + PAIR_BYTES / 2);
		const struct vcpu *vcpu = find_hart(hart_phandles, tree_number(controller->interrupts + at));

		vplic_add_context(number == INTERRUPT_SEI || number == INTERRUPT_MEI ? vcpu : NULL,
				  number == INTERRUPT_MEI);
	}
}

/* ---- the region ---- */

/* The range from the lowest to the highest register of the controllers that hv serves, and the sum of their sizes. */
struct extent {
	uint64_t first, end, sum;
};

static void extend(struct extent *extent, const struct memory_range *range)
{
	if (range->size == 0)
		return;
	if (extent->sum == 0 || range->base < extent->first)
		extent->first = range->base;
	if (range->base + range->size > extent->end)
		extent->end = range->base + range->size;
	extent->sum += range->size;
}

static bool overlaps(uint64_t base, uint64_t size)
{
	struct memory_range clint = { machine.clint_base, machine.clint_size };

	return ranges_overlap(clint, (struct memory_range){ base, size });
}

static bool overlaps_memory(void)
{
	for (unsigned i = 0; i < machine.ram_count; i++)
		if (overlaps(machine.ram[i].base, machine.ram[i].size))
			return true;
	return false;
}

/* Computes the smallest region that one PMP entry can describe and that contains @p extent. @return whether the region
 * is acceptable. hv hides the whole region from the guest, so the controllers must fill at least half of it. The holes
 * between QEMU's controllers contain no other device. */
static bool cover(const struct extent *extent)
{
	uint64_t size = 8;

	while ((extent->first & ~(size - 1)) + size < extent->end)
		size *= 2;
	machine.clint_base = extent->first & ~(size - 1);
	machine.clint_size = size;
	return size <= 2 * extent->sum && !overlaps(platform.uart.base, 1) &&
	       !overlaps(platform.reset.base, platform.reset.size) && !overlaps_memory();
}

/* Whether hv serves @p controller. A controller whose node lacks a range has no address for its registers, so it serves
 * no hart. */
static bool is_served(const struct controller *controller)
{
	unsigned last_range = controller->kind == CONTROLLER_MTIMER;

	return controller->kind <= CONTROLLER_MTIMER && controller->registers[last_range].size > 0;
}

enum error controllers_assign(const struct controller *controllers, unsigned count, const uint32_t *hart_phandles)
{
	struct extent extent = { 0 };

	for (unsigned i = 0; i < count; i++) {
		if (CONFIG_PLIC && controllers[i].kind == CONTROLLER_PLIC)
			assign_contexts(&controllers[i], hart_phandles);
		if (!is_served(&controllers[i]))
			continue;
		assign(&controllers[i], hart_phandles);
		for (unsigned range = 0; range < CONTROLLER_RANGES; range++)
			extend(&extent, &controllers[i].registers[range]);
	}
	if (extent.sum == 0)
		return ERROR_TREE_NO_CLINT;
	return extent.end <= ADDRESS_MAX && cover(&extent) ? ERROR_NONE : ERROR_TREE_CLINT_SPREAD;
}
