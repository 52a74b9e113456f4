/* A firmware under an image that hides the payload's FP and vector registers from it (uses = hide_extension_state). */
#include "payloads/runtime/ecall.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"
#include "payloads/swapper/registers.h"
#include "payloads/swapper/swapper_calls.h"

static struct registers wanted, seen, zeros;

static void start(void)
{
	quiet();
	mode_open_memory();
	registers_find();
}

static uint64_t fill(uint64_t seed)
{
	registers_pattern(&wanted, seed);
	registers_write(&wanted);
	return 0;
}

static uint64_t read_back(uint64_t unused)
{
	registers_read(&seen);
	return unused;
}

static uint64_t status_in_payload(uint64_t clear)
{
	uint64_t status = csr_read(sstatus);
	csr_clear(sstatus, clear);
	return status;
}

static void expect_kept(const char *what)
{
	run_in(MODE_S, read_back, 0);
	expect(registers_equal(&seen, &wanted), what);
}

/* What registers_read() finds after extension_state_clear. */
static void expect_cleared(const char *what)
{
	registers_clear_copy(&zeros);
	zeros.vtype = have.vlenb ? VTYPE_ILL : 0;
	registers_read(&seen);
	expect(registers_equal(&seen, &zeros), what);
}

/* The first test, because it needs a hart on which no payload has run. */
TEST(a_the_payload_starts_with_fs_and_vs_of_the_firmware)
{
	start();
	csr_clear(mstatus, MSTATUS_FS | MSTATUS_VS);
	csr_set(mstatus, have.f ? MSTATUS_FS_INITIAL : 0);
	csr_set(mstatus, have.vlenb ? MSTATUS_VS & -MSTATUS_VS : 0);
	uint64_t status = run_in(MODE_S, status_in_payload, 0);
	expect_equal(status & (MSTATUS_FS | MSTATUS_VS), csr_read(mstatus) & (MSTATUS_FS | MSTATUS_VS),
		     "FS and VS at the payload's first entry");
}

TEST(s11_the_firmware_reads_zeros_and_the_payload_gets_its_registers_back)
{
	start();
	for (uint64_t seed = 1; seed <= 3; seed++) {
		run_in(MODE_S, fill, seed);
		expect_cleared("the firmware finds no value of the payload");
		registers_pattern(&seen, seed + 4);
		registers_write(&seen);
		expect_kept("the payload finds its own values after the firmware has written others");
		run_in(MODE_S, fill, seed);
		expect_kept("the payload finds its own values if the firmware has not used a register");
	}
}

TEST(the_firmwares_values_stay_while_it_runs)
{
	static struct registers own;
	start();
	run_in(MODE_S, fill, 3);
	registers_pattern(&own, 9);
	registers_write(&own);
	csr_set(mstatus, MSTATUS_SUM);
	csr_clear(sstatus, MSTATUS_SUM);
	registers_read(&seen);
	expect(registers_equal(&seen, &own), "the values outlast writes of mstatus and sstatus");
	expect_kept("the payload's values are not those of the second use");
}

TEST(s20_the_worlds_have_fs_and_vs_of_their_own)
{
	start();
	uint64_t fields = (have.f ? MSTATUS_FS : 0) | (have.vlenb ? MSTATUS_VS : 0);
	run_in(MODE_S, fill, 1);
	csr_clear(mstatus, MSTATUS_FS | MSTATUS_VS);
	expect_equal(csr_read(mstatus) & (MSTATUS_FS | MSTATUS_VS | MSTATUS_SD), 0, "the firmware has turned them off");
	expect_equal(csr_read(sstatus) & (MSTATUS_FS | MSTATUS_VS | MSTATUS_SD), 0, "and finds that in sstatus, too");
	expect_equal(run_in(MODE_S, status_in_payload, 0) & (MSTATUS_FS | MSTATUS_VS | MSTATUS_SD),
		     fields | (fields ? MSTATUS_SD : 0), "those of the payload are still Dirty");
	csr_set(sstatus, fields);
	expect_equal(csr_read(mstatus) & (MSTATUS_FS | MSTATUS_VS | MSTATUS_SD), fields | (fields ? MSTATUS_SD : 0),
		     "the firmware sets them to Dirty by sstatus");
	run_in(MODE_S, status_in_payload, fields);
	expect_equal(csr_read(mstatus) & (MSTATUS_FS | MSTATUS_VS), fields, "the payload turns its own ones off");
	expect_equal(run_in(MODE_S, status_in_payload, 0) & (MSTATUS_FS | MSTATUS_VS), 0, "and they stay off");
	registers_read(&seen);
	expect_equal(run_in(MODE_S, status_in_payload, 0) & (MSTATUS_FS | MSTATUS_VS), 0,
		     "even if the firmware uses the registers");
	expect_equal(csr_kept(mstatus, ~UINT64_C(0)) & (MSTATUS_FS | MSTATUS_VS), fields,
		     "the firmware can set only the fields that the hart has");
}

/* The instruction reads f8, so the value is 0 unless the firmware reads a value of the payload. */
static uint64_t move_to_x(void)
{
	uint64_t value = 1;
	__asm__ volatile(".option push\n.option arch, +f\nfmv.x.w %0, f8\n.option pop" : "+r"(value));
	return value;
}

static void load_compressed(void)
{
	static uint64_t memory;
	__asm__ volatile(".option push\n.option arch, +d, +c\nmv s1, %0\nc.fld f8, 0(s1)\n.option pop" ::"r"(&memory)
			 : "s1", "memory");
}

static void expect_illegal(uint64_t count, const char *what)
{
	struct trap trap = trap_release(trap_machine());
	expect(trap.count == count && (count == 0 || trap.cause == CAUSE_ILLEGAL), what);
}

TEST(s20_a_firmware_that_has_turned_fs_off_takes_its_own_exception)
{
	start();
	run_in(MODE_S, fill, 2);
	csr_clear(mstatus, MSTATUS_FS | MSTATUS_VS);
	trap_catch(trap_machine());
	(void)move_to_x();
	expect_illegal(1, "an FP instruction is illegal");
	trap_catch(trap_machine());
	(void)csr_read(0x003);
	expect_illegal(1, "a read of fcsr is illegal");
	expect_kept("the payload's registers have not changed");
	if (!have.f)
		return;
	csr_set(mstatus, MSTATUS_FS_INITIAL);
	trap_catch(trap_machine());
	uint64_t value = move_to_x();
	expect_illegal(0, "the same instruction is legal with FS = Initial");
	expect_equal(value, 0, "and reads 0");
	expect_equal(csr_read(mstatus) & MSTATUS_FS, MSTATUS_FS, "FS is Dirty then");
	csr_clear(mstatus, MSTATUS_FS);
	trap_catch(trap_machine());
	(void)move_to_x();
	expect_illegal(1, "it is illegal again after the firmware has turned FS off");
	expect_kept("the payload's registers have not changed");
}

TEST(vector_instructions_need_the_firmwares_vs)
{
	start();
	run_in(MODE_S, fill, 4);
	csr_clear(mstatus, MSTATUS_FS | MSTATUS_VS);
	csr_set(mstatus, have.f ? MSTATUS_FS : 0);
	trap_catch(trap_machine());
	__asm__ volatile(".option push\n.option arch, +v\nvmv.v.i v8, 0\n.option pop");
	expect_illegal(1, "a vector instruction is illegal with VS = Off, whatever FS is");
	expect_kept("the payload's registers have not changed");
}

TEST(the_csr_fcsr_and_compressed_loads_are_instructions_too)
{
	start();
	if (!have.d)
		return;
	run_in(MODE_S, fill, 5);
	csr_set(mstatus, MSTATUS_FS);
	expect_equal(csr_read(0x003), 0, "the firmware reads fcsr");
	expect_kept("the payload's registers come back");
	csr_set(mstatus, MSTATUS_FS);
	load_compressed();
	expect_kept("the payload's registers come back after c.fld");
}

TEST(s23_an_illegal_instruction_of_the_firmware_stays_one)
{
	start();
	run_in(MODE_S, fill, 6);
	registers_turn_on();
	trap_catch(trap_machine());
	__asm__ volatile(".word 0x0000000b");
	expect_trap(trap_release(trap_machine()), CAUSE_ILLEGAL, 0xb, "an instruction that does not exist");
	trap_catch(trap_machine());
	(void)csr_read(0x5c0);
	expect_illegal(1, "a CSR that does not exist");
	expect_kept("the payload's registers have not changed");
}

/* MPRV makes hv carry out the firmware's FP loads. */
TEST(fp_loads_under_mprv_reach_the_registers)
{
	static uint64_t memory = 0x123456789abcdef0, copy;
	start();
	if (!have.d)
		return;
	run_in(MODE_S, fill, 7);
	uint64_t old = csr_read(mstatus);
	csr_write(mstatus, (old & ~MSTATUS_MPP) | MSTATUS_MPP_S | MSTATUS_MPRV | MSTATUS_FS);
	__asm__ volatile(".option push\n.option arch, +d\nfld f8, 0(%0)\nfsd f8, 0(%1)\n.option pop" ::"r"(&memory),
			 "r"(&copy)
			 : "memory");
	csr_write(mstatus, old);
	expect_equal(copy, memory, "a load and a store of a double");
	expect_kept("the payload's registers come back");
}

static uint64_t save_in_module(uint64_t fid)
{
	return ecall(SWAPPER_EID, fid, 0, 0, 0, 0, 0).value;
}

TEST(the_module_changes_registers_of_the_payload_while_fs_is_off)
{
	uint64_t fields = MSTATUS_FS | MSTATUS_VS;
	start();
	run_in(MODE_S, fill, 8);
	run_in(MODE_S, status_in_payload, fields);
	run_in(MODE_S, save_in_module, SWAPPER_SAVE);
	run_in(MODE_S, save_in_module, SWAPPER_CLEAR);
	expect_equal(run_in(MODE_S, status_in_payload, 0) & fields, 0, "FS and VS of the payload stay off");
	registers_clear_copy(&wanted);
	wanted.vtype = have.vlenb ? VTYPE_ILL : 0;
	expect_kept("the module has cleared the payload's registers");
	run_in(MODE_S, save_in_module, SWAPPER_RESTORE);
	registers_pattern(&wanted, 8);
	expect_kept("the module has restored the payload's registers");
}

TEST(the_module_knows_what_the_machine_has)
{
	start();
	uint64_t misa = csr_read(misa);
	expect_equal(ecall(SWAPPER_EID, SWAPPER_HAS, 4, 0, 0, 0, 0).value, have.f, "F");
	expect_equal(ecall(SWAPPER_EID, SWAPPER_HAS, 2, 0, 0, 0, 0).value, have.d, "D");
	expect_equal(ecall(SWAPPER_EID, SWAPPER_HAS, 6, 0, 0, 0, 0).value, have.f && have.d, "F and D");
	expect_equal(ecall(SWAPPER_EID, SWAPPER_HAS, 16, 0, 0, 0, 0).value, have.vlenb != 0, "vector registers");
	expect_equal(ecall(SWAPPER_EID, SWAPPER_HAS, 1, 0, 0, 0, 0).value, misa >> 2 & 1, "C");
	expect_equal(ecall(SWAPPER_EID, SWAPPER_HAS, 32, 0, 0, 0, 0).value, quiet_has_sstc(), "Sstc");
	expect_equal(ecall(SWAPPER_EID, SWAPPER_HAS, 8, 0, 0, 0, 0).value, HAS_H, "H, which hv hides");
	expect_equal(ecall(SWAPPER_EID, SWAPPER_HAS, 64, 0, 0, 0, 0).value, HAS_ZKR, "Zkr, which hv hides");
	expect_equal(ecall(SWAPPER_EID, SWAPPER_ENTRIES, 0, 0, 0, 0, 0).value, 16, "PMP entries");
	expect_equal(ecall(SWAPPER_EID, SWAPPER_SIZE, 0, 0, 0, 0, 0).value,
		     have.vlenb || have.f ? 37 * 8 + 32 * have.vlenb : 0, "size of the registers");
}
