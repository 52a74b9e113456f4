/* Counters: inhibit, offsets, and who may read them. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define FAR (UINT64_C(1) << 50)

static void all_on(void)
{
	quiet();
	mode_open_memory();
	csr_write(mcountinhibit, 0);
	csr_write(mcounteren, COUNTER_CY | COUNTER_TM | COUNTER_IR);
	csr_write(scounteren, COUNTER_CY | COUNTER_TM | COUNTER_IR);
}

TEST(s24_an_inhibited_counter_stops_and_later_continues)
{
	all_on();
	csr_write(mcountinhibit, COUNTER_CY | COUNTER_IR);
	show("mcountinhibit", csr_read(mcountinhibit));
	uint64_t cycle = csr_read(mcycle), instret = csr_read(minstret);
	quiet_pause();
	expect_equal(csr_read(mcycle), cycle, "mcycle stands");
	expect_equal(csr_read(minstret), instret, "minstret stands");
	csr_write(mcountinhibit, COUNTER_IR);
	quiet_pause();
	expect(csr_read(mcycle) > cycle, "mcycle goes on alone");
	expect_equal(csr_read(minstret), instret, "minstret stands");
	csr_write(mcountinhibit, 0);
	quiet_pause();
	uint64_t later = csr_read(minstret);
	expect(later > instret && later < instret + FAR, "minstret goes on where it was");
}

TEST(s24_a_counter_continues_from_a_written_value)
{
	all_on();
	csr_write(mcycle, FAR);
	uint64_t cycle = csr_read(mcycle);
	expect(cycle >= FAR && cycle < FAR + FAR, "mcycle");
	csr_write(minstret, 2 * FAR);
	uint64_t instret = csr_read(minstret);
	expect(instret >= 2 * FAR && instret < 3 * FAR, "minstret");
	csr_write(mcountinhibit, COUNTER_CY | COUNTER_IR);
	csr_write(mcycle, 12345);
	csr_write(minstret, 54321);
	show("inhibited: mcycle", csr_read(mcycle));
	show("inhibited: minstret", csr_read(minstret));
	all_on();
	cycle = csr_read(mcycle);
	expect(cycle >= 12345 && cycle < FAR, "goes on from the written value");
}

static uint64_t read_cycle(uint64_t unused)
{
	(void)unused;
	return csr_read(cycle);
}

static uint64_t read_instret(uint64_t unused)
{
	(void)unused;
	return csr_read(instret);
}

static uint64_t read_time(uint64_t unused)
{
	(void)unused;
	return csr_read(time);
}

TEST(s24_the_payload_reads_the_counter_values_that_the_firmware_wrote)
{
	all_on();
	csr_write(mcycle, FAR);
	csr_write(minstret, 2 * FAR);
	uint64_t cycle = run_in(MODE_S, read_cycle, 0);
	expect(cycle >= FAR && cycle < 2 * FAR, "cycle in S-mode");
	cycle = run_in(MODE_U, read_cycle, 0);
	expect(cycle >= FAR && cycle < 2 * FAR, "cycle in U-mode");
	uint64_t instret = run_in(MODE_S, read_instret, 0);
	expect(instret >= 2 * FAR && instret < 3 * FAR, "instret in S-mode");
	csr_write(mcountinhibit, COUNTER_CY);
	csr_write(mcycle, 777);
	show("inhibited: cycle in S-mode", run_in(MODE_S, read_cycle, 0));
	all_on();
}

TEST(s24_mcounteren_and_scounteren_gate_each_counter)
{
	static const struct {
		const char *name;
		mode_function function;
		uint64_t bit;
	} counters[] = { { "cycle", read_cycle, COUNTER_CY },
			 { "time", read_time, COUNTER_TM },
			 { "instret", read_instret, COUNTER_IR } };
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned way = 0; way < 16; way++) {
			all_on();
			if (way & 8)
				csr_write(mcycle, FAR);
			csr_write(mcounteren, way & 1 ? counters[i].bit : ~counters[i].bit & 7);
			csr_write(scounteren, way & 2 ? counters[i].bit : ~counters[i].bit & 7);
			trap_catch(trap_machine());
			run_in(way & 4 ? MODE_U : MODE_S, counters[i].function, 0);
			struct trap trap = trap_release(trap_machine());
			show(counters[i].name, way);
			show("  traps", trap.count);
			show("  value", trap.value);
		}
	}
	all_on();
}

static uint64_t illegal_and_counter(uint64_t unused)
{
	(void)unused;
	trap_catch(trap_supervisor());
	uint64_t seen = csr_read(cycle);
	__asm__ volatile("csrr t0, mscratch" ::: "t0");
	trap_release(trap_supervisor());
	return seen;
}

TEST(s24_a_delegated_illegal_instruction_still_goes_to_the_payload)
{
	all_on();
	csr_write(mcountinhibit, COUNTER_CY);
	csr_write(mcycle, 888);
	csr_write(medeleg, BIT(CAUSE_ILLEGAL));
	trap_catch(trap_machine());
	show("a counter that is withheld", run_in(MODE_S, illegal_and_counter, 0));
	expect_no_trap(trap_release(trap_machine()), "nothing came to M-mode");
	struct trap trap = trap_supervisor()->caught;
	show("S-mode: traps", trap.count);
	show("  scause", trap.cause);
	show("  stval", trap.value);
	show("  sstatus", trap.status & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE));
	csr_write(mcounteren, 0);
	trap_catch(trap_machine());
	run_in(MODE_S, illegal_and_counter, 0);
	expect_no_trap(trap_release(trap_machine()), "nor with mcounteren 0");
	show("S-mode: traps", trap_supervisor()->caught.count);
	all_on();
}

TEST(s24_the_firmware_reads_its_counters_whatever_mcounteren_says)
{
	all_on();
	csr_write(mcounteren, 0);
	csr_write(scounteren, 0);
	trap_catch(trap_machine());
	uint64_t first = csr_read(cycle), second = csr_read(cycle);
	(void)csr_read(time);
	(void)csr_read(instret);
	(void)csr_read(hpmcounter3);
	expect_no_trap(trap_release(trap_machine()), "cycle, time, instret, hpmcounter3");
	expect(second >= first, "cycle goes forward");
	all_on();
}

TEST(s24_hpm_counters_and_events_behave_as_on_the_machine)
{
	all_on();
	show("mhpmevent3", csr_kept(mhpmevent3, 0x10));
	show("mhpmcounter3", csr_kept(mhpmcounter3, 0x1234));
	show("mhpmcounter18", csr_kept(mhpmcounter18, 0x1234));
	trap_catch(trap_machine());
	(void)csr_read(mhpmcounter19);
	show("mhpmcounter19: cause", trap_release(trap_machine()).cause);
}
