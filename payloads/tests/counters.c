/* Tests the counters cycle, time and instret: whether mcountinhibit stops them, whether they keep values that the
 * firmware writes, and which modes may read them. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/exists.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define FAR (UINT64_C(1) << 50)

/* Makes all counters run, and allows every mode to read them. */
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
	expect_equal(csr_read(mcycle), cycle, "mcycle stands still");
	expect_equal(csr_read(minstret), instret, "minstret stands still");
	csr_write(mcountinhibit, COUNTER_IR);
	quiet_pause();
	expect(csr_read(mcycle) > cycle, "mcycle counts again");
	expect_equal(csr_read(minstret), instret, "minstret still stands still");
	csr_write(mcountinhibit, 0);
	quiet_pause();
	uint64_t later = csr_read(minstret);
	expect(later > instret && later < instret + FAR, "minstret continues from where it stopped");
}

TEST(s24_a_counter_continues_from_a_written_value)
{
	all_on();
	csr_write(mcycle, FAR);
	uint64_t cycle = csr_read(mcycle);
	expect(cycle >= FAR && cycle < FAR + FAR, "mcycle continues from the written value");
	csr_write(minstret, 2 * FAR);
	uint64_t instret = csr_read(minstret);
	expect(instret >= 2 * FAR && instret < 3 * FAR, "minstret continues from the written value");
	csr_write(mcountinhibit, COUNTER_CY | COUNTER_IR);
	csr_write(mcycle, 12345);
	csr_write(minstret, 54321);
	show("mcycle, written while it is inhibited", csr_read(mcycle));
	show("minstret, written while it is inhibited", csr_read(minstret));
	all_on();
	cycle = csr_read(mcycle);
	expect(cycle >= 12345 && cycle < FAR, "mcycle continues from the value written while it was inhibited");
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
	expect(cycle >= FAR && cycle < 2 * FAR, "S-mode reads cycle with the firmware's offset");
	cycle = run_in(MODE_U, read_cycle, 0);
	expect(cycle >= FAR && cycle < 2 * FAR, "U-mode reads cycle with the firmware's offset");
	uint64_t instret = run_in(MODE_S, read_instret, 0);
	expect(instret >= 2 * FAR && instret < 3 * FAR, "S-mode reads instret with the firmware's offset");
	csr_write(mcountinhibit, COUNTER_CY);
	csr_write(mcycle, 777);
	show("S-mode reads an inhibited cycle", run_in(MODE_S, read_cycle, 0));
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
		/* Each bit of the variable `way` selects one condition. Bit 0: mcounteren permits the read. Bit 1:
		 * scounteren permits it. Bit 2: the read is in U-mode. Bit 3: the firmware has written mcycle. */
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
	show("an inhibited cycle, which hv emulates", run_in(MODE_S, illegal_and_counter, 0));
	expect_no_trap(trap_release(trap_machine()), "no trap was taken in M-mode");
	struct trap trap = trap_supervisor()->caught;
	show("traps that S-mode took", trap.count);
	show("  scause", trap.cause);
	show("  stval", trap.value);
	show("  sstatus", trap.status & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE));
	csr_write(mcounteren, 0);
	trap_catch(trap_machine());
	run_in(MODE_S, illegal_and_counter, 0);
	expect_no_trap(trap_release(trap_machine()), "no trap is taken in M-mode with mcounteren 0 either");
	show("traps that S-mode took", trap_supervisor()->caught.count);
	all_on();
}

TEST(s24_the_firmware_reads_its_counters_whatever_mcounteren_says)
{
	all_on();
	csr_write(mcounteren, 0);
	csr_write(scounteren, 0);
	trap_catch(trap_machine());
	uint64_t first = csr_read(cycle), second = csr_read(cycle);
	(void)csr_read(instret);
	(void)csr_read(hpmcounter3);
	expect_no_trap(trap_release(trap_machine()), "reads of cycle, instret and hpmcounter3 do not trap");
	show("the firmware can read time", csr_exists(time) ? 1 : 0);
	expect(second >= first, "cycle does not run backwards");
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
	show("trap cause of a read of mhpmcounter19", trap_release(trap_machine()).cause);
}
