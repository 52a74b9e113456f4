/* Tests //hv/testing:module with a sample module. It calls the hooks of the module, and checks that the simulated harts
 * behave as hv does, and that the calls of the module are recorded. */
#include "hv/testing/module.h"

#include <string.h>

#include "hv/testing/hart.h"
#include "hv/testing/sample.h"

#define RAM (TESTING_PAYLOAD + 0x1000)

static uint8_t memory[64] __attribute__((aligned(8)));

static void start(void)
{
	testing_module_start(3);
	memset(memory, 1, sizeof(memory));
	testing_module_memory(RAM, sizeof(memory), memory);
}

/* Makes the ecall of the sample module on the current hart, whose payload runs. */
static enum hook_action ask(uint64_t address)
{
	testing_ecall(SAMPLE_EID, 0, address, 0, 0);

	enum hook_action action = sample_ecall_from_payload(testing_state(sample), testing_hart(), testing_vcpu());

	testing_end_exit();
	return action;
}

Test(module, each_hart_has_its_own_id_index_state_and_hardware, .init = start)
{
	cr_assert_eq(hart_total(), 3);
	for (unsigned i = 0; i < 3; i++) {
		testing_run_on(i);
		cr_expect(hart_index(testing_hart()) == i && hart_id(testing_hart()) == 100 + i);
		cr_expect_eq(testing_hart(), hart_at(i));
		testing_state(sample)->calls = i + 1;
		host_csr_write(CSR_sscratch, i);
	}
	for (unsigned i = 0; i < 3; i++) {
		testing_run_on(i);
		cr_expect_eq(host_csr_read(CSR_sscratch), i);
		cr_expect_eq(module_state(testing_state(sample), i)->calls, i + 1);
		cr_expect_eq(module_state(testing_state(sample), 2 - i)->calls, 3 - i);
	}
}

Test(module, an_ecall_of_the_payload_is_answered_and_pc_moves, .init = start)
{
	testing_enter_payload(MODE_SUPERVISOR);
	cr_expect(vcpu_pc(testing_vcpu()) == TESTING_PAYLOAD && vcpu_mode(testing_vcpu()) == EXEC_SUPERVISOR);
	cr_expect_eq(ask(RAM), HOOK_OVERWRITE);
	cr_expect_eq(vcpu_trap(testing_vcpu())->cause, CAUSE_ECALL_S);
	cr_expect_eq(vcpu_reg(testing_vcpu(), 10), SBI_SUCCESS);
	cr_expect_eq(vcpu_reg(testing_vcpu(), 11), SAMPLE_CLOSED);
	cr_expect_eq(vcpu_pc(testing_vcpu()), TESTING_PAYLOAD + 4);
	testing_ecall(1, 0, 0, 0, 0);
	cr_expect_eq(sample_ecall_from_payload(testing_state(sample), testing_hart(), testing_vcpu()), HOOK_IGNORE);
}

Test(module, an_ecall_has_the_cause_of_the_mode_of_its_guest, .init = start)
{
	testing_ecall(1, 2, 3, 4, 5);
	cr_expect_eq(vcpu_trap(testing_vcpu())->cause, CAUSE_ECALL_U, "the firmware runs physically in U-mode");
	cr_expect(vcpu_reg(testing_vcpu(), 17) == 1 && vcpu_reg(testing_vcpu(), 16) == 2);
	for (unsigned i = 0; i < 3; i++)
		cr_expect_eq(vcpu_reg(testing_vcpu(), 10 + i), 3 + i);
	testing_enter_payload(MODE_USER);
	testing_ecall(1, 2, 3, 4, 5);
	cr_expect(vcpu_trap(testing_vcpu())->cause == CAUSE_ECALL_U && vcpu_mode(testing_vcpu()) == EXEC_USER);
	testing_enter_firmware();
	cr_expect(vcpu_mode(testing_vcpu()) == EXEC_FIRMWARE && testing_vcpu()->world == WORLD_FIRMWARE);
}

Test(module, pmp_entries_are_recorded_and_deny_accesses_of_the_world_that_they_name, .init = start)
{
	uint64_t byte = 0;

	testing_enter_payload(MODE_SUPERVISOR);
	ask(RAM + 16);

	const struct testing_pmp *entry = testing_module.pmp[0];

	cr_expect(entry[0].set && entry[0].match == PMP_OFF && entry[0].address == RAM + 16);
	cr_expect(entry[1].set && entry[1].match == PMP_TOR && entry[1].address == RAM + 24);
	cr_expect(entry[1].firmware == PMP_NONE && entry[1].payload == PMP_RWX);
	cr_expect_eq(guest_copy_in(testing_vcpu(), &byte, RAM + 16, 1), ERROR_NONE);
	testing_enter_firmware();
	cr_expect_eq(guest_copy_in(testing_vcpu(), &byte, RAM + 15, 1), ERROR_NONE);
	cr_expect_eq(guest_copy_in(testing_vcpu(), &byte, RAM + 16, 1), ERROR_TRAPPED);
	cr_expect_eq(guest_copy_in(testing_vcpu(), &byte, RAM + 24, 1), ERROR_NONE);
}

Test(module, a_pmp_entry_takes_effect_at_the_end_of_the_exit, .init = start)
{
	testing_ecall(1, 0, 0, 0, 0);
	cr_expect_eq(module_pmp_napot(testing_state(sample), 0, RAM, 16, PMP_R), ERROR_NONE);
	cr_expect(host_pmp_allows(MODE_USER, RAM, 1, HOST_WRITE));
	testing_end_exit();
	cr_expect_not(host_pmp_allows(MODE_USER, RAM, 1, HOST_WRITE));
	cr_expect(host_pmp_allows(MODE_USER, RAM, 1, HOST_READ) && host_pmp_allows(MODE_USER, RAM + 16, 1, HOST_WRITE));
}

Test(module, a_pmp_entry_that_hv_refuses_is_not_recorded, .init = start)
{
	struct sample *self = testing_state(sample);

	cr_expect_eq(module_pmp_tor(self, 0, RAM, PMP_NONE), ERROR_INVALID, "TOR in the first entry");
	cr_expect_eq(module_pmp_off(self, 2, RAM), ERROR_INVALID, "the module has two entries");
	cr_expect_eq(module_pmp_napot(self, 0, RAM, 12, PMP_NONE), ERROR_INVALID);
	cr_expect(testing_module.pmp_calls == 0 && !testing_module.pmp[0][0].set);
	cr_expect_eq(module_pmp_napot(self, 0, RAM, 16, PMP_R), ERROR_NONE);
	cr_expect(testing_module.pmp_calls == 1 && testing_module.pmp[0][0].size == 16);
	cr_expect_eq(testing_module.pmp[0][0].payload, PMP_R, "one permission holds for both guests");
}

Test(module, a_copy_of_memory_that_the_guest_may_not_access_fails, .init = start)
{
	testing_enter_payload(MODE_SUPERVISOR);
	for (unsigned i = 0; i < 3; i++) {
		const uint64_t addresses[] = { 0x80000000, RAM + sizeof(memory) - 4, 0 };

		ask(addresses[i]);
		cr_expect_eq(vcpu_reg(testing_vcpu(), 10), (uint64_t)SBI_ERR_INVALID_ADDRESS);
	}
	cr_expect_eq(testing_module.broadcast_count, 0);
}

Test(module, a_broadcast_is_recorded_and_runs_on_interrupt_on_the_harts_of_the_set, .init = start)
{
	testing_run_on(1);
	testing_enter_payload(MODE_SUPERVISOR);
	ask(RAM);
	cr_assert_eq(testing_module.broadcast_count, 1);
	cr_expect(testing_module.broadcasts[0].wait && testing_module.broadcasts[0].set.bits[0] == 5);
	cr_expect_eq(testing_module.broadcasts[0].module, module_index((struct sample *)0));
	for (unsigned i = 0; i < 3; i++) {
		cr_expect_eq(module_state(testing_state(sample), i)->interrupts, i != 1);
		cr_expect_eq(testing_module.pmp[i][1].match, i == 1 ? PMP_TOR : PMP_OFF);
	}
	cr_expect_eq(hart_index(testing_hart()), 1, "the sender is the current hart again");
	module_broadcast(testing_state(sample), hart_set_all());
	cr_expect(testing_module.broadcast_count == 2 && !testing_module.broadcasts[1].wait);
	cr_expect_eq(testing_state(sample)->interrupts, 1, "the sender is in this set");
}

Test(module, events_and_counters_are_recorded, .init = start)
{
	testing_enter_payload(MODE_SUPERVISOR);
	ask(RAM);
	ask(RAM);
	sample_trace_counters(testing_state(sample), testing_hart());
	cr_assert(testing_module.event_count == 2 && testing_module.counter_count == 1);
	cr_expect(testing_module.events[1].event == 0 && testing_module.events[1].value == 2);
	cr_expect(testing_module.counters[0].id == 7 && testing_module.counters[0].value == 2);
	cr_expect_eq(testing_module.counters[0].hart, testing_hart());
}

Test(module, the_lines_of_the_log_are_recorded, .init = start)
{
	testing_state(sample)->calls = 4;
	testing_module.first.mtime = 10;
	testing_module.now.mtime = 17;
	sample_on_shutdown(testing_state(sample), testing_hart());
	cr_expect(strstr(testing_module.console, "hartscope: hart 100 info sample: hart 100: 4\r\n"), "%s",
		  testing_module.console);
	cr_expect(strstr(testing_module.console, "hart 101: 0\r\n"));
	cr_expect(strstr(testing_module.console, "since 7\r\n"));
}

Test(module, module_fatal_ends_the_hook_and_its_reason_is_returned, .init = start)
{
	cr_expect_null(testing_fatal(sample_init(testing_state(sample), testing_hart())));
	cr_expect_eq(module_directory()->categories, 100);
	testing_module_start(5);
	cr_expect_str_eq(testing_fatal(sample_init(testing_state(sample), testing_hart())), "too many harts");
}

Test(module, virtual_csrs_work_as_in_hv_in_both_worlds, .init = start)
{
	for (unsigned payload = 0; payload < 2; payload++) {
		uint64_t value = 0;

		if (payload)
			testing_enter_payload(MODE_SUPERVISOR);
		cr_expect_eq(vcpu_set_csr(testing_vcpu(), CSR_mscratch, 0x77 + payload), ERROR_NONE);
		cr_expect_eq(vcpu_csr(testing_vcpu(), CSR_mscratch, &value), ERROR_NONE);
		cr_expect_eq(value, 0x77 + payload);
		cr_expect_eq(testing_hart()->vcpu.world, payload ? WORLD_PAYLOAD : WORLD_FIRMWARE);
		cr_expect_eq(vcpu_csr(testing_vcpu(), 0x8ff, &value), ERROR_TRAPPED);
		cr_expect_eq(vcpu_csr(testing_vcpu(), 4096, &value), ERROR_INVALID);
	}
}

Test(module, causes_that_the_module_claims_are_not_delegated, .init = start)
{
	testing_set_csr(testing_vcpu(), CSR_medeleg, 1 << CAUSE_BREAKPOINT | 1 << CAUSE_LOAD_PAGE);
	testing_enter_payload(MODE_SUPERVISOR);
	cr_expect_eq(host_csr_read(CSR_medeleg), 1 << CAUSE_LOAD_PAGE);
}
