/* Tests the order in which hv calls the hooks of modules. The modules recorder_a, recorder_b and recorder_c log the
 * calls of their hooks. This guest compares the log with the documented order. The expected order is a string such as
 * "af bf": first hv calls hook f of recorder_a, then hook f of recorder_b. HOOK_LETTERS in asking.h lists the letters
 * of the hooks. */
#include "payloads/modules/asking.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"

#define NOBODYS_EID 0x0b0b0b0b
#define UNMAPPED (PAGE_WINDOW + 5 * PAGE_SIZE + 0x128)

static struct taken taken;
static struct taken of_hart[MAX_HARTS];
static volatile uint64_t guarded[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

/* Returns the first record of @p hook at or after index @p from. If there is none, returns the last record, with which
 * the checks of the caller fail. */
static const struct record *find(enum recorder_hook hook, uint64_t from)
{
	while (from + 1 < taken.count && taken.records[from].hook != hook)
		from++;
	return &taken.records[from];
}

static void prepare(void)
{
	quiet();
	mode_open_memory();
	recorder_ask(RECORDER_RELEASE, 0, 0, 0);
}

/* ---- init ---- */

static void take_own(void *unused)
{
	(void)unused;
	recorder_take(&of_hart[hart_self()->id]);
}

TEST(t1_init_runs_once_per_hart_before_the_firmware)
{
	hart_all(take_own, 0);
	for (unsigned id = 0; id < hart_count(); id++) {
		const struct taken *own = &of_hart[id];
		unsigned inits = 0;
		expect_sequence(own, "ai bi ci af bf", false, "init of each module, then the firmware's first exit");
		for (uint64_t i = 0; i < own->count; i++)
			inits += own->records[i].hook == RECORDED_INIT;
		expect_equal(inits, 3, "init was called once for each module");
		expect_equal(own->records[0].hart, id, "the records are of that hart");
	}
}

/* ---- one exit of the firmware ---- */

static struct ecall_result firmware_call(uint64_t eid, uint64_t fid)
{
	recorder_forget();
	struct ecall_result result = abi_call(eid, fid, 0, 0, 0);
	recorder_take(&taken);
	return result;
}

TEST(t2_modules_are_called_in_the_order_of_the_list)
{
	prepare();
	recorder_forget();
	(void)csr_read(mscratch);
	recorder_take(&taken);
	expect_sequence(&taken, "af bf ad bd", true, "a CSR access calls the trap hooks, then the decision hooks");
	expect_equal(taken.records[0].cause, CAUSE_ILLEGAL, "the cause of the CSR access");
	expect_equal(taken.records[2].previous, 3, "the previous mode is M-mode");
	expect_equal(taken.records[2].next, 3, "the next mode is M-mode");
	expect_equal(taken.records[2].pc, taken.records[0].pc + 4,
		     "the instruction is complete when the decision hooks run");
}

TEST(t2_ecalls_go_to_the_trap_hooks_then_the_ecall_hooks_then_hv)
{
	prepare();
	struct ecall_result result = firmware_call(HARTSCOPE_EID, HARTSCOPE_MARK);
	expect_sequence(&taken, "af bf aF bF ad bd", true, "an ecall that hv answers");
	expect_equal((uint64_t)result.error, 0, "hv has answered the ecall");
	trap_catch(trap_machine());
	firmware_call(NOBODYS_EID, 0);
	struct trap trap = trap_release(trap_machine());
	expect_sequence(&taken, "af bf aF bF ad bd af bf ad bd", false,
			"an ecall that neither a module nor hv answers");
	expect_trap(trap, CAUSE_ECALL_M, 0, "the firmware takes its own ecall as a trap");
}

TEST(t3_after_a_module_overwrites_a_trap_no_other_module_sees_it)
{
	prepare();
	recorder_ask(RECORDER_OVERWRITE, 'a', CAUSE_ECALL_U, RECORDER_OVERWRITES_TRAP);
	recorder_ask(RECORDER_OVERWRITE, 'b', CAUSE_ECALL_U, RECORDER_OVERWRITES_TRAP);
	struct ecall_result result = firmware_call(HARTSCOPE_EID, HARTSCOPE_MARK);
	expect_sequence(&taken, "af ad bd", true,
			"after module a overwrites the trap, only the decision hooks are called");
	expect_equal((uint64_t)result.error, RECORDER_WAS_HERE | 'a', "the guest gets the answer of module a");
	recorder_ask(RECORDER_RELEASE, 0, 0, 0);
	recorder_ask(RECORDER_OVERWRITE, 'b', CAUSE_ECALL_U, RECORDER_OVERWRITES_TRAP);
	result = firmware_call(HARTSCOPE_EID, HARTSCOPE_MARK);
	expect_sequence(&taken, "af bf ad bd", true,
			"after module b overwrites the trap, only the decision hooks are called");
	expect_equal((uint64_t)result.error, RECORDER_WAS_HERE | 'b', "the guest gets the answer of module b");
	recorder_ask(RECORDER_RELEASE, 0, 0, 0);
}

TEST(t3_after_a_module_overwrites_an_ecall_no_other_module_sees_it)
{
	prepare();
	recorder_ask(RECORDER_OVERWRITE, 'a', HARTSCOPE_EID, RECORDER_OVERWRITES_ECALL);
	recorder_ask(RECORDER_OVERWRITE, 'b', HARTSCOPE_EID, RECORDER_OVERWRITES_ECALL);
	struct ecall_result result = firmware_call(HARTSCOPE_EID, HARTSCOPE_MARK);
	expect_sequence(&taken, "af bf aF ad bd", true,
			"after module a overwrites the ecall, only the decision hooks are called");
	expect_equal((uint64_t)result.error, RECORDER_WAS_HERE | 'a', "the guest gets the answer of module a");
	recorder_ask(RECORDER_RELEASE, 0, 0, 0);
	recorder_ask(RECORDER_OVERWRITE, 'b', NOBODYS_EID, RECORDER_OVERWRITES_ECALL);
	trap_catch(trap_machine());
	result = firmware_call(NOBODYS_EID, 0);
	expect_no_trap(trap_release(trap_machine()), "an overwritten ecall does not reach the firmware");
	expect_sequence(&taken, "af bf aF bF ad bd", true,
			"after module b overwrites the ecall, only the decision hooks are called");
	expect_equal((uint64_t)result.error, RECORDER_WAS_HERE | 'b', "the guest gets the answer of module b");
	recorder_ask(RECORDER_RELEASE, 0, 0, 0);
}

/* ---- exits of the payload, and the world switches ---- */

static uint64_t payload_call(uint64_t eid)
{
	recorder_forget();
	struct ecall_result result = abi_call(eid, HARTSCOPE_MARK, 0, 0, 0);
	recorder_take(&taken);
	recorder_ask(RECORDER_RELEASE, 0, 0,
		     0); /* without this, a recorder would overwrite the ecall that ends run_in() */
	return (uint64_t)result.error;
}

static void under_paging(void)
{
	prepare();
	csr_write(satp, page_identity(PTE_RWX));
	__asm__ volatile("sfence.vma" ::: "memory");
}

TEST(t4_an_ecall_of_the_payload_calls_the_trap_hooks_then_the_ecall_hooks)
{
	under_paging();
	expect_equal(run_in(MODE_S, payload_call, HARTSCOPE_EID), 0, "hv answers the payload's ecall");
	expect_sequence(&taken, "ap bp cp aP bP ad bd", true,
			"trap hooks, ecall hooks and decision hooks are called, but no switch hooks");
	expect_equal(taken.records[5].previous, 1, "the previous mode is S-mode");
	expect_equal(taken.records[5].next, 1, "the next mode is S-mode");
	recorder_ask(RECORDER_OVERWRITE, 'b', CAUSE_ECALL_S, RECORDER_OVERWRITES_TRAP);
	expect_equal(run_in(MODE_S, payload_call, HARTSCOPE_EID), RECORDER_WAS_HERE | 'b',
		     "the guest gets the answer of module b");
	expect_sequence(&taken, "ap bp ad bd", true, "after module b overwrites the trap, module c is not called");
}

/* The records cover the payload's ecall, the firmware's handler, and the return to the payload. On the way to the
 * firmware, the switch hooks run before hv exchanges the CSRs of the payload for the CSRs of the firmware. On the way
 * back, they run after hv has loaded the payload's CSRs again. */
TEST(t4_switch_hooks_run_while_the_hardware_holds_the_payloads_state)
{
	under_paging();
	uint64_t translation = csr_read(satp);
	trap_catch(trap_machine());
	run_in(MODE_S, payload_call, NOBODYS_EID);
	expect_trap(trap_release(trap_machine()), CAUSE_ECALL_S, 0, "the firmware gets the ecall");
	expect_sequence(&taken, "ap bp cp aP bP ad bd a< b< af bf", false,
			"the hooks that are called on the way to the firmware");
	expect_equal(taken.records[5].previous, 1, "the decision hook gets S-mode as the previous mode");
	expect_equal(taken.records[5].next, 3, "the decision hook gets M-mode as the next mode");
	for (uint64_t i = 7; i < 9; i++) {
		expect_equal(taken.records[i].world, 1,
			     "while the switch hooks run, the hardware still holds the payload's state");
		expect_equal(taken.records[i].satp, translation, "physical satp is still the payload's");
	}
	expect_equal(taken.records[9].satp, 0, "physical satp is 0 at the firmware's next trap");
	const struct record *back = find(RECORDED_TO_PAYLOAD, 9);
	expect_equal(back->recorder, 'a', "on the way back, the switch hook of module a is called first");
	expect_equal(back[1].hook, RECORDED_TO_PAYLOAD, "a second switch hook follows");
	expect_equal(back[1].recorder, 'b', "the second switch hook is that of module b");
	expect_equal(back->world, 1, "while the switch hooks run, the hardware holds the payload's state again");
	expect_equal(back->satp, translation, "physical satp is the payload's again");
	expect_equal(back[-1].hook, RECORDED_DECIDED, "a decision hook is called before the switch hooks");
	expect_equal(back[-1].previous, 3, "that decision hook gets M-mode as the previous mode");
	expect_equal(back[-1].next, 1, "that decision hook gets S-mode as the next mode");
	quiet();
}

static uint64_t load_guarded(uint64_t unused)
{
	(void)unused;
	recorder_forget();
	uint64_t value = load64((uint64_t)guarded);
	recorder_take(&taken);
	return value;
}

static uint64_t load_at_once(uint64_t address)
{
	return load64(address);
}

TEST(t4_pmp_changes_take_effect_after_the_switch_hooks)
{
	prepare();
	guarded[0] = 4711;
	recorder_ask(RECORDER_GUARD, (uint64_t)guarded, 0, 0);
	trap_catch(trap_machine());
	expect_equal(run_in(MODE_S, load_at_once, (uint64_t)guarded), ACCESS_NOTHING,
		     "the payload cannot read the region, not even with its first instruction");
	trap_catch(trap_machine());
	expect_equal(run_in(MODE_S, load_guarded, 0), ACCESS_NOTHING, "the payload cannot read the region");
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, (uint64_t)guarded,
		    "the payload's load is an access fault");
	expect_equal(load64((uint64_t)guarded), 4711, "the firmware can read the region");
	const struct record *leave = find(RECORDED_TO_FIRMWARE, 0);
	expect_equal(leave[1].guarded, 1, "the last hook before the firmware runs still cannot read the region");
	expect_equal(leave[2].guarded, 0, "a hook at the firmware's next exit can read the region");
	const struct record *enter = find(RECORDED_TO_PAYLOAD, 0);
	expect_equal(enter[1].guarded, 0, "the last hook before the payload runs can still read the region");
	recorder_ask(RECORDER_GUARD, (uint64_t)guarded, 1, 0);
	expect_equal(run_in(MODE_S, load_guarded, 0), 4711,
		     "the payload can read a region that is forbidden to the firmware");
	trap_catch(trap_machine());
	expect_equal(load64((uint64_t)guarded), ACCESS_NOTHING,
		     "the firmware cannot read the region that is forbidden to it");
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, (uint64_t)guarded,
		    "the firmware's load is an access fault");
	recorder_ask(RECORDER_RELEASE, 0, 0, 0);
	run_in(MODE_S, load_guarded, 0);
	expect_equal(load64((uint64_t)guarded), 4711, "the firmware can read the region again when the entry is off");
}

/* ---- interrupts ---- */

/* Runs in the payload. Clears the log, and waits for the timer interrupt. @return true if the timer fired after the log
 * was cleared; false if it fired too early */
static uint64_t wait_for_timer(uint64_t unused)
{
	(void)unused;
	recorder_forget();
	bool in_time = !__atomic_load_n(&harts[0].machine.taken, __ATOMIC_RELAXED);
	while (!__atomic_load_n(&harts[0].machine.taken, __ATOMIC_RELAXED))
		;
	recorder_take(&taken);
	return in_time;
}

/* Sets a timer that interrupts the payload. If the timer fires before the payload is ready, tries again with a later
 * deadline. */
static void timer_in_payload(void)
{
	bool in_time = false;
	for (uint64_t ticks = 20000; !in_time; ticks *= 2) {
		trap_forget_interrupts(trap_machine());
		csr_write(mie, BIT(IRQ_MTI));
		*clint_mtimecmp(0) = *clint_mtime() + ticks;
		in_time = run_in(MODE_S, wait_for_timer, 0);
	}
	expect_equal(trap_machine()->interrupts[0], INTERRUPT | IRQ_MTI, "the firmware takes its timer interrupt");
	*clint_mtimecmp(0) = ~UINT64_C(0);
}

TEST(t5_trap_hooks_see_interrupts)
{
	prepare();
	timer_in_payload();
	expect_sequence(&taken, "ap bp cp ad bd a< b< af", false, "trap hooks, decision hooks, switch hooks");
	expect_equal(taken.records[0].cause, INTERRUPT | IRQ_MTI, "the trap hooks see the physical cause");
	expect_equal(taken.records[3].next, 3,
		     "the next mode is M-mode, because the firmware takes the virtual interrupt");
}

TEST(t5_after_an_overwrite_the_rest_of_the_exit_still_runs)
{
	prepare();
	recorder_ask(RECORDER_OVERWRITE, 'a', INTERRUPT | IRQ_MTI, RECORDER_OVERWRITES_TRAP);
	timer_in_payload();
	expect_sequence(&taken, "ap ad bd a< b< af", false,
			"after the overwrite, the decision hooks, the switch hooks and the firmware's trap follow");
	recorder_ask(RECORDER_RELEASE, 0, 0, 0);
}

static void spin_until(void *flag)
{
	while (!__atomic_load_n((uint64_t *)flag, __ATOMIC_ACQUIRE))
		;
}

static void expect_one_on_interrupt(const struct taken *own, uint8_t recorder)
{
	unsigned calls = 0, others = 0;
	for (uint64_t i = 0; i < own->count; i++) {
		bool interrupt = own->records[i].hook == RECORDED_ON_INTERRUPT;
		calls += interrupt && own->records[i].recorder == recorder;
		others += interrupt && own->records[i].recorder != recorder;
	}
	expect_equal(calls, 1, "on_interrupt ran once on the selected hart");
	expect_equal(others, 0, "on_interrupt of the other module did not run");
}

TEST(t6_on_interrupt_runs_only_for_a_modules_own_broadcasts)
{
	static uint64_t stop;
	prepare();
	for (uint8_t recorder = 'a'; recorder <= 'b'; recorder++) {
		recorder_forget();
		recorder_ask(RECORDER_BROADCAST, recorder, 1, 0);
		recorder_take(&taken);
		expect_sequence(&taken, recorder == 'a' ? "a!" : "b!", true,
				"a broadcast to the sender itself is handled before it returns");
		for (unsigned id = 1; id < hart_count(); id++) {
			hart_start(id, take_own, 0);
			hart_wait(id);
			stop = 0;
			hart_start(id, spin_until, &stop);
			recorder_ask(RECORDER_BROADCAST, recorder, 1ull << id | 1ull << 60, 0);
			__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
			hart_wait(id);
			hart_start(id, take_own, 0);
			hart_wait(id);
			expect_one_on_interrupt(&of_hart[id], recorder);
		}
		recorder_take(&taken);
		unsigned calls = 0;
		for (uint64_t i = 0; i < taken.count; i++)
			calls += taken.records[i].hook == RECORDED_ON_INTERRUPT;
		expect_equal(calls, 0, "on_interrupt did not run on the sender, which was not selected");
	}
}

/* ---- claims ---- */

static uint64_t fault(uint64_t address)
{
	trap_catch(trap_supervisor());
	recorder_forget();
	uint64_t value = load64(address);
	recorder_take(&taken);
	return value;
}

static uint64_t store_fault(uint64_t address)
{
	trap_catch(trap_supervisor());
	recorder_forget();
	store64(address, 1);
	recorder_take(&taken);
	return 0;
}

/* hv takes a fault whose cause a module claims, even if the firmware delegates it. If no module overwrites the fault,
 * the handler in S-mode must find the same state as after a delegated fault that no module claims. */
TEST(t7_a_claimed_cause_that_no_module_overwrites_goes_to_s_mode_as_if_delegated)
{
	under_paging();
	csr_write(medeleg, BIT(CAUSE_LOAD_PAGE) | BIT(CAUSE_STORE_PAGE) | BIT(CAUSE_BREAKPOINT));
	for (unsigned enabled = 0; enabled < 2; enabled++) {
		csr_clear(mstatus, MSTATUS_SIE);
		csr_set(mstatus, enabled ? MSTATUS_SIE : 0);
		trap_catch(trap_machine());
		run_in(MODE_S, store_fault, UNMAPPED);
		struct trap delegated = trap_release(trap_supervisor());
		expect_equal(taken.count, 0, "a delegated fault that no module claims makes no exit");
		run_in(MODE_S, fault, UNMAPPED);
		struct trap claimed = trap_release(trap_supervisor());
		expect_no_trap(trap_release(trap_machine()), "the firmware takes neither fault");
		expect_sequence(&taken, "ap bp cp ad bd", true, "the modules are called for the claimed fault");
		expect_equal(taken.records[0].cause, CAUSE_LOAD_PAGE, "the modules see the cause of the claimed fault");
		expect_trap(claimed, CAUSE_LOAD_PAGE, UNMAPPED,
			    "S-mode takes the claimed fault with its scause and stval");
		expect_equal(claimed.pc, taken.records[0].pc, "sepc is the address of the instruction");
		expect_equal(claimed.status, delegated.status, "sstatus is the same as after the delegated fault");
		expect_equal(taken.records[3].next, 1, "the decision hook gets S-mode as the next mode");
	}
	quiet();
}

static uint64_t breakpoint_vectored(uint64_t unused)
{
	(void)unused;
	uint64_t vector = csr_read(stvec);
	csr_write(stvec, vector | 1);
	trap_catch(trap_supervisor());
	__asm__ volatile(".option push\n.option norvc\nebreak\n.option pop");
	struct trap trap = trap_release(trap_supervisor());
	csr_write(stvec, vector);
	return trap.count == 1 ? trap.cause : 99;
}

TEST(t7_a_claimed_exception_goes_to_the_base_of_a_vectored_stvec)
{
	prepare();
	csr_write(medeleg, BIT(CAUSE_BREAKPOINT));
	expect_equal(run_in(MODE_S, breakpoint_vectored, 0), CAUSE_BREAKPOINT,
		     "the handler at the base takes the breakpoint");
}

TEST(t7_a_claimed_cause_that_is_not_delegated_goes_to_the_firmware)
{
	under_paging();
	csr_write(medeleg, 0);
	trap_catch(trap_machine());
	run_in(MODE_S, fault, UNMAPPED);
	expect_no_trap(trap_release(trap_supervisor()), "S-mode does not take the fault");
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_PAGE, UNMAPPED, "the firmware takes the fault");
	quiet();
}

/* Executes a breakpoint that a module overwrites. Two 2-byte instructions follow it, and each adds 1 to the sum. So the
 * sum shows how many bytes the module has skipped. */
static uint64_t short_breakpoint(uint64_t sum)
{
	register uint64_t a0 __asm__("a0") = 0;
	__asm__ volatile(".option push\n.option rvc\nc.ebreak\nc.addi %0, 1\nc.addi %0, 1\n.option pop"
			 : "+r"(sum), "+r"(a0));
	return sum;
}

static uint64_t long_breakpoint(uint64_t sum)
{
	register uint64_t a0 __asm__("a0") = 0;
	__asm__ volatile(".option push\n.option rvc\n.word 0x00100073\nc.addi %0, 1\nc.addi %0, 1\n.option pop"
			 : "+r"(sum), "+r"(a0));
	return sum;
}

TEST(t7_a_claimed_cause_can_be_overwritten)
{
	under_paging();
	csr_write(medeleg, BIT(CAUSE_BREAKPOINT));
	recorder_ask(RECORDER_OVERWRITE, 'c', CAUSE_BREAKPOINT, RECORDER_OVERWRITES_TRAP);
	trap_catch(trap_machine());
	expect_equal(run_in(MODE_S, breakpoint_vectored, 0), 99,
		     "S-mode does not take a breakpoint that module c overwrites");
	expect_equal(run_in(MODE_S, short_breakpoint, 0), 2, "exactly two bytes are skipped for c.ebreak");
	expect_equal(run_in(MODE_S, long_breakpoint, 0), 2, "exactly four bytes are skipped for ebreak");
	expect_no_trap(trap_release(trap_machine()), "the firmware does not take the breakpoints");
	recorder_ask(RECORDER_RELEASE, 0, 0, 0);
	quiet();
}
