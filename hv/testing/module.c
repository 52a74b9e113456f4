/* Replaces hv/core in unit tests of modules. Most calls of the module API run the code of hv/core on a simulated hart
 * (//hv/core:module_calls). This file defines the calls that need other harts, devices or the end of a run. It also
 * records calls whose effects a test could not see easily, and the output.
 *
 * Each hart has its own simulated hardware. host_hart is the hardware of the current hart. hardware[] contains the
 * hardware of the other harts. */
#include "hv/testing/module.h"

#include <stdlib.h>
#include <string.h>

#include "hv/core/core.h"
#include "hv/device/uart.h"
#include "hv/device/upcalls.h"
#include "hv/testing/hart.h"

#define FIRST_ID 100

struct testing_module testing_module;
struct hartscope_directory hartscope_directory;

/* The head of hv's image, which has the address of the firmware. */
extern const struct hartscope_image hv_image;
const struct hartscope_image hv_image = { .firmware = TESTING_HV_BASE + TESTING_HV_SIZE };

static struct host_hart hardware[CONFIG_MAX_HARTS];

/* The functions of hv/core for the calls that this file records. */
enum error core_module_pmp_set(unsigned module, unsigned i, unsigned match, uint64_t address, uint64_t size,
			       enum pmp_permission firmware, enum pmp_permission payload) MUST_CHECK;

/* ---- the harts ---- */

struct hart *testing_hart(void)
{
	return hart_current();
}

struct vcpu *testing_vcpu(void)
{
	return &hart_current()->vcpu;
}

/* Boots the hart on host_hart. */
static void boot(unsigned index)
{
	struct hart *hart = &harts[index];

	memset(hart, 0, sizeof(*hart));
	hart->id = FIRST_ID + index;
	hart->index = index;
	host_hart_reset();
	host_hart.csr[CSR_mhartid].value = hart->id;
	testing_boot_with(&hart->vcpu, MODULE_PMP_ENTRIES);
	require(machine.pmp_used >= PMP_OWN_ENTRIES + MODULE_PMP_ENTRIES, "too few PMP entries for the modules");
	hart->vcpu.claims = MODULE_CLAIMS;
	hart->vcpu.pc = TESTING_HV_BASE + TESTING_HV_SIZE;
	host_csr_write(CSR_mscratch, (uint64_t)hart);
}

void testing_module_start(unsigned count)
{
	require(count >= 1 && count <= CONFIG_MAX_HARTS, "%u harts are not supported", count);
	memset(&testing_module, 0, sizeof(testing_module));
	memset(&hartscope_directory, 0, sizeof(hartscope_directory));
	hart_count = count;
	for (unsigned i = count; i-- > 0;) {
		boot(i);
		hardware[i] = host_hart;
	}
}

void testing_module_memory(uint64_t address, uint64_t size, void *bytes)
{
	unsigned current = hart_current()->index;

	for (unsigned i = 0; i < hart_count; i++) {
		testing_run_on(i);
		host_memory_add(address, size, bytes);
	}
	testing_run_on(current);
}

void testing_run_on(unsigned index)
{
	require(index < hart_count, "there is no hart with index %u", index);
	hardware[hart_current()->index] = host_hart;
	host_hart = hardware[index];
}

/* ---- the guest ---- */

void testing_enter_payload(enum mode mode)
{
	struct vcpu *vcpu = testing_vcpu();

	testing_set_csr(vcpu, CSR_pmpaddr, PMPADDR_ADDRESS);
	testing_set_csr(vcpu, CSR_pmpcfg, PMPCFG_RWX | field_set(PMPCFG_A, 0, PMP_NAPOT));
	testing_set_csr(vcpu, CSR_mepc, TESTING_PAYLOAD);
	testing_set_csr(vcpu, CSR_mstatus, field_set(MSTATUS_MPP, testing_csr(vcpu, CSR_mstatus), mode));
	vcpu_mret(vcpu);
	testing_switch_world(vcpu);
}

void testing_enter_firmware(void)
{
	struct vcpu *vcpu = testing_vcpu();

	testing_take(CAUSE_ECALL_S, 0);
	vcpu_take_trap(vcpu, CAUSE_ECALL_S, 0);
	testing_switch_world(vcpu);
}

void testing_take(uint64_t cause, uint64_t value)
{
	struct vcpu *vcpu = testing_vcpu();

	testing_trap(vcpu, cause, value);
	vcpu->trap.eid = vcpu_reg(vcpu, 17);
}

void testing_ecall(uint64_t eid, uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2)
{
	struct vcpu *vcpu = testing_vcpu();

	vcpu_set_reg(vcpu, 10, a0);
	vcpu_set_reg(vcpu, 11, a1);
	vcpu_set_reg(vcpu, 12, a2);
	vcpu_set_reg(vcpu, 16, fid);
	vcpu_set_reg(vcpu, 17, eid);
	testing_take(vcpu->mode == MODE_SUPERVISOR ? CAUSE_ECALL_S : CAUSE_ECALL_U, 0);
}

void testing_end_exit(void)
{
	struct vcpu *vcpu = testing_vcpu();

	testing_switch_world(vcpu);
	pmp_install(vcpu, vcpu->pmp.current);
}

/* ---- calls of the module API ---- */

enum error module_pmp_set(unsigned module, unsigned i, unsigned match, uint64_t address, uint64_t size,
			  enum pmp_permission firmware, enum pmp_permission payload)
{
	RETURN_IF_ERROR(core_module_pmp_set(module, i, match, address, size, firmware, payload));
	require(i < TESTING_PMP_ENTRIES, "testing_module has no room for PMP entry %u", i);
	testing_module.pmp[hart_current()->index][i] =
		(struct testing_pmp){ true, match, address, size, firmware, payload };
	testing_module.pmp_calls++;
	return ERROR_NONE;
}

/* Records a broadcast, and runs on_interrupt on each hart of the set. As in hv, changes of PMP entries are then in
 * effect on the other harts. */
static void broadcast(unsigned module, struct hart_set set, bool wait)
{
	unsigned sender = hart_current()->index;

	require(testing_module.broadcast_count < TESTING_CALLS, "testing_module has no room for another broadcast");
	testing_module.broadcasts[testing_module.broadcast_count++] = (struct testing_broadcast){ module, set, wait };
	for (unsigned i = 0; i < hart_count; i++) {
		if (i == sender || !hart_set_has(&set, i))
			continue;
		testing_run_on(i);
		dispatch_on_interrupt(&harts[i].modules, &harts[i], &harts[i].vcpu, module);
		testing_end_exit();
	}
	testing_run_on(sender);
	if (hart_set_has(&set, sender))
		dispatch_on_interrupt(&harts[sender].modules, &harts[sender], &harts[sender].vcpu, module);
}

void module_broadcast_to(unsigned module, struct hart_set set)
{
	broadcast(module, set, false);
}

void module_broadcast_wait_for(unsigned module, struct hart_set set)
{
	broadcast(module, set, true);
}

/* A notified hart runs on_interrupt at once, so there is never a request to wait for. */
void module_notify_hart(unsigned module, struct hart *hart)
{
	struct hart_set set = { 0 };

	hart_set_add(&set, hart->index);
	broadcast(module, set, false);
}

void module_serve(struct hart *hart)
{
	(void)hart;
}

void module_sleep(struct hart *hart)
{
	(void)hart;
	cr_assert_fail("the module waits for another hart, which has nothing to do");
}

/* The virtual CLINT calls these functions for accesses of the firmware, which unit tests of modules do not make. Its part
 * for the payload's timer needs none of them. */
struct vcpu *vclint_owner(uint64_t address)
{
	(void)address;
	return NULL;
}

void vclint_notify(struct vcpu *vcpu)
{
	(void)vcpu;
}

void vclint_trace_send(struct vcpu *vcpu)
{
	(void)vcpu;
}

struct boot_stamp boot_stamp_first(void)
{
	return testing_module.first;
}

struct boot_stamp boot_stamp_now(void)
{
	return testing_module.now;
}

void module_trace_event(unsigned module, uint64_t event, uint64_t value)
{
	require(testing_module.event_count < TESTING_CALLS, "testing_module has no room for another event");
	testing_module.events[testing_module.event_count++] = (struct testing_event){ module, event, value };
}

void module_trace_counter(struct hart *hart, uint64_t id, uint64_t value)
{
	require(testing_module.counter_count < TESTING_CALLS, "testing_module has no room for another counter");
	testing_module.counters[testing_module.counter_count++] = (struct testing_counter){ hart, id, value };
}

void module_fatal_end(unsigned module, const char *reason)
{
	(void)module;
	testing_module.fatal = reason;
	if (testing_module.fatal_expected)
		longjmp(testing_module.end, 1);
	cr_assert_fail("the module called module_fatal: %s", reason);
	abort();
}

/* ---- output ---- */

/* Replaces the console of hv/device. hv/log formats the lines. */
void uart_write(const char *text, size_t length)
{
	require(testing_module.printed + length < TESTING_CONSOLE_BYTES,
		"the module prints too much for testing_module");
	memcpy(testing_module.console + testing_module.printed, text, length);
	testing_module.printed += length;
}
