/* Tests the CSRs of M-mode and their legal values, the S-mode CSRs that show a part of an M-mode CSR, the CSR
 * instructions, vectored traps, mret and sret. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/exists.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define INTERRUPT_BITS (MSTATUS_SIE | MSTATUS_MIE | MSTATUS_SPIE | MSTATUS_MPIE)
/* The bits of mstatus that the tests compare with the bare machine. UXL and SXL are left out, because QEMU stores
 * reserved values in them. The bits of the H extension and of the control-flow extensions are left out, because hv
 * hides these extensions. */
#define COMPARED (~(MSTATUS_UXL | MSTATUS_UXL << 2 | BIT(23) | BIT(24) | BIT(38) | BIT(39) | BIT(41) | BIT(42)))

TEST(s20_mpp_holds_only_modes_that_exist)
{
	quiet();
	for (uint64_t before = 0; before < 4; before++) {
		if (before == 2)
			continue;
		csr_clear(mstatus, MSTATUS_MPP);
		csr_set(mstatus, before << 11);
		csr_write(mstatus, (csr_read(mstatus) & ~MSTATUS_MPP) | UINT64_C(2) << 11);
		show("mstatus.MPP after 2 was written", csr_read(mstatus) & MSTATUS_MPP);
	}
	csr_set(mstatus, MSTATUS_MPP);
}

TEST(s20_mstatus_keeps_its_legal_bits)
{
	quiet();
	show("mstatus after all ones were written", csr_kept(mstatus, ~UINT64_C(0)) & COMPARED);
	show("mstatus after 0 was written", csr_kept(mstatus, 0) & COMPARED);
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t kept = csr_kept(mstatus, BIT(bit)) & COMPARED;
		if (kept)
			show("mstatus after a single bit was written", kept);
	}
	quiet();
}

TEST(s20_sd_follows_fs)
{
	quiet();
	for (uint64_t state = 0; state < 4; state++) {
		csr_clear(mstatus, MSTATUS_FS);
		csr_set(mstatus, state << 13);
		show("SD and FS in mstatus", csr_read(mstatus) & (MSTATUS_SD | MSTATUS_FS));
		show("SD and FS in sstatus", csr_read(sstatus) & (MSTATUS_SD | MSTATUS_FS));
	}
	csr_clear(mstatus, MSTATUS_FS);
}

TEST(s20_sstatus_is_a_view_of_mstatus)
{
	const uint64_t shared = MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_FS | MSTATUS_SUM | MSTATUS_MXR;
	quiet();
	csr_clear(sstatus, shared);
	expect_equal(csr_read(mstatus) & shared, 0, "bits cleared in sstatus are 0 in mstatus");
	csr_set(mstatus, shared);
	expect_equal(csr_read(sstatus) & shared, shared, "bits set in mstatus are 1 in sstatus");
	uint64_t before = csr_read(mstatus);
	csr_clear(sstatus, MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_TW | MSTATUS_MPIE);
	csr_set(sstatus, MSTATUS_TVM | MSTATUS_TSR | MSTATUS_MIE);
	expect_equal(csr_read(mstatus), before, "a write to sstatus does not change other bits of mstatus");
	expect_equal(csr_read(sstatus) & (MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE), 0,
		     "sstatus does not show other bits of mstatus");
	show("sstatus after all ones were written", csr_kept(sstatus, ~UINT64_C(0)) & COMPARED);
	csr_clear(mstatus, shared);
}

TEST(s20_sie_and_sip_are_views_masked_by_mideleg)
{
	quiet();
	csr_write(mie, 0xaaa);
	csr_set(mip, 0x222);
	for (unsigned way = 0; way < 4; way++) {
		csr_write(mideleg, way == 3 ? 0x222 : way ? UINT64_C(2) << (4 * (way - 1)) : 0);
		show("mideleg", csr_read(mideleg) & 0x222);
		show("  sie", csr_read(sie));
		show("  sip", csr_read(sip));
		csr_write(sie, 0);
		show("  mie after sie was set to 0", csr_read(mie));
		csr_write(mie, 0xaaa);
		csr_clear(sip, 0x222);
		show("  mip after sip was cleared", csr_read(mip) & 0x222);
		csr_set(mip, 0x222);
		csr_set(sip, 0x222);
	}
	quiet();
}

static void use_floating_point(uint64_t value)
{
	__asm__ volatile(".option push\n.option arch, +d\nfmv.d.x fs3, %0\n.option pop" ::"r"(value));
}

static uint64_t floating_point_register(void)
{
	uint64_t value;
	__asm__ volatile(".option push\n.option arch, +d\nfmv.x.d %0, fs3\n.option pop" : "=r"(value));
	return value;
}

static uint64_t payload_uses_floating_point(uint64_t value)
{
	uint64_t before = floating_point_register();
	use_floating_point(value);
	return before;
}

TEST(s20_both_worlds_share_fs_and_the_floating_point_registers)
{
	quiet();
	mode_open_memory();
	trap_catch(trap_machine());
	use_floating_point(1);
	show("trap cause of a floating-point instruction with FS off", trap_release(trap_machine()).cause);
	csr_set(mstatus, MSTATUS_FS_INITIAL);
	use_floating_point(UINT64_C(0x4142434445464748));
	show("FS and SD after a floating-point register was written", csr_read(mstatus) & (MSTATUS_FS | MSTATUS_SD));
	csr_clear(mstatus, MSTATUS_FS);
	csr_set(mstatus, MSTATUS_FS_CLEAN);
	show("the register as the payload finds it",
	     run_in(MODE_S, payload_uses_floating_point, UINT64_C(0x5152535455565758)));
	show("FS and SD after the payload has written it", csr_read(mstatus) & (MSTATUS_FS | MSTATUS_SD));
	show("the register as the firmware finds it", floating_point_register());
	csr_clear(mstatus, MSTATUS_FS);
}

static uint64_t set_uxl(uint64_t value)
{
	csr_clear(sstatus, MSTATUS_UXL);
	csr_set(sstatus, value << 32);
	uint64_t first = csr_read(sstatus) & MSTATUS_UXL;
	register uint64_t a7 __asm__("a7") = 0;
	__asm__ volatile("ecall" ::"r"(a7) : "a0", "memory");
	uint64_t second = csr_read(sstatus) & MSTATUS_UXL;
	csr_clear(sstatus, MSTATUS_UXL);
	csr_set(sstatus, UINT64_C(2) << 32);
	return first << 28 | second;
}

TEST(s20_an_exit_preserves_the_payloads_uxl)
{
	for (uint64_t value = 0; value < 4; value++) {
		quiet();
		mode_open_memory();
		trap_catch(trap_machine());
		uint64_t kept = run_in(MODE_S, set_uxl, value);
		trap_release(trap_machine());
		show("UXL that the payload wrote", value);
		expect_equal(kept & MSTATUS_UXL, kept >> 28 & MSTATUS_UXL, "sstatus.UXL is the same after an exit");
	}
}

/* The index of the entry of the vector table that took the last trap. Each entry stores its index here, and then
 * continues at the usual trap vector of the runtime. */
uint64_t vector_entered;

__asm__(".altmacro\n"
	".macro vector_entry number\n"
	"vector_\\number:\n"
	"	csrrw tp, mscratch, tp\n"
	"	sd t0, 40(tp)\n"
	"	sd t1, 48(tp)\n"
	"	la t0, vector_entered\n"
	"	li t1, \\number\n"
	"	sd t1, 0(t0)\n"
	"	ld t0, 40(tp)\n"
	"	ld t1, 48(tp)\n"
	"	csrrw tp, mscratch, tp\n"
	"	j trap_vector_machine\n"
	".endm\n"
	".macro vector_jump number\n"
	"	j vector_\\number\n"
	".endm\n"
	".section .text.vector_table, \"ax\"\n"
	".balign 256\n"
	".option push\n.option norvc\n"
	"vector_table:\n"
	".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13\n"
	"vector_jump \\number\n"
	".endr\n"
	".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13\n"
	"vector_entry \\number\n"
	".endr\n"
	".option pop\n"
	".noaltmacro\n"
	".section .text\n");
void vector_table(void);

TEST(s21_mtvec_has_two_modes)
{
	quiet();
	uint64_t base = (uint64_t)vector_table;
	for (uint64_t mode = 0; mode < 4; mode++) {
		csr_write(mtvec, (uint64_t)trap_vector_machine);
		csr_write(mtvec, base | mode);
		expect_equal(csr_read(mtvec) & ~UINT64_C(3), mode < 2 ? base : csr_read(mtvec) & ~UINT64_C(3),
			     "mtvec holds the base that was written with a legal mode");
		show("mode in mtvec", csr_read(mtvec) & 3);
		csr_write(mtvec, (uint64_t)trap_vector_machine);
		csr_write(stvec, base | mode);
		show("mode in stvec", csr_read(stvec) & 3);
		csr_write(stvec, (uint64_t)trap_vector_supervisor);
	}
}

TEST(s21_vectored_interrupts_enter_at_their_number_and_exceptions_at_0)
{
	static const unsigned irqs[] = { IRQ_SSI, IRQ_MSI, IRQ_STI, IRQ_MTI, IRQ_SEI, IRQ_MEI };
	for (unsigned i = 0; i < 6; i++) {
		if (!quiet_can_raise(irqs[i]))
			continue;
		quiet();
		csr_write(mtvec, (uint64_t)vector_table | 1);
		quiet_raise(irqs[i]);
		csr_write(mie, BIT(irqs[i]));
		vector_entered = 99;
		csr_set(mstatus, MSTATUS_MIE);
		quiet_wait_for_interrupts(trap_machine(), 1);
		csr_clear(mstatus, MSTATUS_MIE);
		show("vector entry at which the interrupt arrived", vector_entered);
	}
	trap_catch(trap_machine());
	vector_entered = 99;
	__asm__ volatile("ebreak");
	trap_release(trap_machine());
	show("entry that ebreak took", vector_entered);
	csr_write(mtvec, (uint64_t)trap_vector_machine);
	quiet();
}

TEST(s22_mret_restores_mie_from_mpie_and_enters_the_mode_in_mpp)
{
	for (unsigned way = 0; way < 4; way++) {
		uint64_t after;
		quiet();
		csr_clear(mstatus, MSTATUS_MPIE);
		csr_set(mstatus, MSTATUS_MPP | (way & 1 ? MSTATUS_MPIE : 0) | (way & 2 ? MSTATUS_MIE : 0));
		__asm__ volatile("la t0, 1f\ncsrw mepc, t0\nmret\n1:\ncsrr %0, mstatus" : "=r"(after)::"t0", "memory");
		show("before mret: MPIE | MIE << 1", way);
		show("  mstatus after mret", after & (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP));
	}
	quiet();
}

static struct trap_frame below;

/* Handles the ecall that a test makes after an sret. Copies the trap frame to `below`, and returns to the test in
 * M-mode. */
static bool note_and_return(struct trap_frame *frame)
{
	if (frame->cause != CAUSE_ECALL_U && frame->cause != CAUSE_ECALL_S)
		return false;
	below = *frame;
	frame->pc += 4;
	frame->status |= MSTATUS_MPP;
	return true;
}

TEST(s22_sret_of_the_firmware_enters_the_mode_in_spp)
{
	for (unsigned way = 0; way < 8; way++) {
		quiet();
		mode_open_memory();
		trap_set_handler(trap_machine(), note_and_return);
		csr_clear(mstatus, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE | MSTATUS_MPP);
		csr_set(mstatus, (way & 1 ? MSTATUS_SPP : 0) | (way & 2 ? MSTATUS_SPIE : 0) | MSTATUS_MPP |
					 (way & 4 ? MSTATUS_SIE : 0) | MSTATUS_MPRV | MSTATUS_TSR);
		__asm__ volatile(".option push\n.option norvc\nla t0, 1f\ncsrw sepc, t0\nsret\n1:\nli a7, 0\necall\n"
				 ".option pop" ::
					 : "t0", "a7", "memory");
		show("before sret: SPP | SPIE << 1 | SIE << 2", way);
		show("  cause of the ecall after sret", below.cause);
		show("  mstatus in its handler",
		     below.status & (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_MPP | MSTATUS_MPRV));
		quiet();
	}
}

static uint64_t try_sret(uint64_t argument)
{
	__asm__ volatile("la t0, 1f\ncsrw sepc, t0\nli t0, 0x100\ncsrs sstatus, t0\nsret\n1:" ::: "t0", "memory");
	return argument;
}

static uint64_t try_satp(uint64_t argument)
{
	csr_write(satp, csr_read(satp));
	return argument;
}

static uint64_t try_sfence(uint64_t argument)
{
	__asm__ volatile("sfence.vma" ::: "memory");
	return argument;
}

static uint64_t try_wfi(uint64_t argument)
{
	__asm__ volatile("wfi" ::: "memory");
	return argument;
}

TEST(s22_tsr_tvm_and_tw_apply_to_the_payload)
{
	static const struct {
		const char *name;
		mode_function function;
		uint64_t bit;
	} tries[] = { { "sret with TSR set to", try_sret, MSTATUS_TSR },
		      { "satp access with TVM set to", try_satp, MSTATUS_TVM },
		      { "sfence.vma with TVM set to", try_sfence, MSTATUS_TVM },
		      { "wfi with TW set to", try_wfi, MSTATUS_TW } };
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned on = 0; on < 2; on++) {
			quiet();
			mode_open_memory();
			csr_set(mip, BIT(IRQ_SSI));
			csr_write(mideleg, BIT(IRQ_SSI));
			csr_write(mie, BIT(IRQ_SSI));
			if (on)
				csr_set(mstatus, tries[i].bit);
			trap_catch(trap_machine());
			run_in(MODE_S, tries[i].function, 0);
			struct trap trap = trap_release(trap_machine());
			show(tries[i].name, on);
			show("  traps", trap.count);
			show("  cause", trap.cause);
			show("  value", trap.value);
		}
	}
	quiet();
}

TEST(s22_wfi_in_user_mode_is_eventually_illegal_with_tw)
{
	quiet();
	mode_open_memory();
	csr_set(mstatus, MSTATUS_TW);
	trap_catch(trap_machine());
	run_in(MODE_U, try_wfi, 0);
	show("trap cause of wfi in U-mode with TW=1", trap_release(trap_machine()).cause);
	quiet();
}

TEST(s23_an_access_that_does_not_write_is_legal_on_a_read_only_csr)
{
	uint64_t value;
	quiet();
	trap_catch(trap_machine());
	__asm__ volatile("csrrs %0, mhartid, x0" : "=r"(value));
	__asm__ volatile("csrrc %0, mhartid, x0" : "=r"(value));
	__asm__ volatile("csrrsi %0, mhartid, 0" : "=r"(value));
	__asm__ volatile("csrrci %0, mhartid, 0" : "=r"(value));
	expect_no_trap(trap_release(trap_machine()), "csrrs and csrrc with x0, csrrsi and csrrci with 0 do not trap");
	expect_equal(value, BOOT_HART, "csrrs, csrrc, csrrsi and csrrci read mhartid");
	trap_catch(trap_machine());
	__asm__ volatile("csrrs t0, mhartid, %0" ::"r"(UINT64_C(0)) : "t0");
	expect_equal(trap_release(trap_machine()).cause, CAUSE_ILLEGAL,
		     "csrrs with a register other than x0 is illegal, even if it holds 0");
	trap_catch(trap_machine());
	__asm__ volatile("csrrw x0, mvendorid, x0");
	expect_equal(trap_release(trap_machine()).cause, CAUSE_ILLEGAL, "csrrw is illegal");
	trap_catch(trap_machine());
	__asm__ volatile("csrrwi x0, marchid, 0");
	expect_equal(trap_release(trap_machine()).cause, CAUSE_ILLEGAL, "csrrwi is illegal");
	trap_catch(trap_machine());
	__asm__ volatile("csrrsi t0, mimpid, 1" ::: "t0");
	expect_equal(trap_release(trap_machine()).cause, CAUSE_ILLEGAL, "csrrsi with a bit is illegal");
}

TEST(s23_each_of_the_six_csr_instructions_works)
{
	uint64_t scratch = csr_read(mscratch);
	uint64_t old[6], now[6];
	quiet();
	__asm__ volatile("csrw mscratch, %3\n"
			 "csrrw t0, mscratch, %2\nsd t0, 0(%0)\ncsrr t0, mscratch\nsd t0, 0(%1)\n"
			 "csrrs t0, mscratch, %3\nsd t0, 8(%0)\ncsrr t0, mscratch\nsd t0, 8(%1)\n"
			 "csrrc t0, mscratch, %2\nsd t0, 16(%0)\ncsrr t0, mscratch\nsd t0, 16(%1)\n"
			 "csrrwi t0, mscratch, 21\nsd t0, 24(%0)\ncsrr t0, mscratch\nsd t0, 24(%1)\n"
			 "csrrsi t0, mscratch, 10\nsd t0, 32(%0)\ncsrr t0, mscratch\nsd t0, 32(%1)\n"
			 "csrrci t0, mscratch, 3\nsd t0, 40(%0)\ncsrr t0, mscratch\nsd t0, 40(%1)\n"
			 "csrw mscratch, %4"
			 :
			 : "r"(old), "r"(now), "r"(UINT64_C(0x0f0f0f0f0f0f0f0f)), "r"(UINT64_C(0x3333333333333333)),
			   "r"(scratch)
			 : "t0", "memory");
	for (unsigned i = 0; i < 6; i++) {
		show("old value", old[i]);
		show("new value", now[i]);
	}
}

TEST(s23_source_and_destination_may_be_the_same_register)
{
	uint64_t scratch = csr_read(mscratch);
	uint64_t value = 17;
	__asm__ volatile("csrw mscratch, %1\ncsrrw %0, mscratch, %0\ncsrrw %0, mscratch, %0" : "+r"(value) : "r"(5));
	show("the register after it was swapped twice", value);
	__asm__ volatile("csrrs %0, mscratch, %0\ncsrrc %0, mscratch, %0" : "+r"(value));
	show("the register after csrrs and csrrc", value);
	csr_write(mscratch, scratch);
}

TEST(s23_an_unknown_csr_is_an_illegal_instruction_with_exact_mepc_and_mtval)
{
	uint64_t where;
	quiet();
	trap_catch(trap_machine());
	__asm__ volatile("la %0, 1f\n1: csrrw t0, 0x8ff, t1" : "=r"(where)::"t0");
	struct trap trap = trap_release(trap_machine());
	expect_trap(trap, CAUSE_ILLEGAL, 0x8ff312f3, "csrrw of 0x8ff");
	expect_equal(trap.pc, where, "mepc is the address of the instruction");
	trap_catch(trap_machine());
	__asm__ volatile("csrr t2, 0x5c0" ::: "t2");
	expect_trap(trap_release(trap_machine()), CAUSE_ILLEGAL, 0x5c0023f3, "csrr of 0x5c0");
	trap_catch(trap_machine());
	__asm__ volatile(".insn i 0x73, 4, x5, x6, 0x300");
	expect_trap(trap_release(trap_machine()), CAUSE_ILLEGAL, 0x300342f3,
		    "a CSR instruction with the reserved funct3 4");
}

TEST(s23_identity_csrs_have_the_machines_values)
{
	show("mvendorid", csr_read(mvendorid));
	show("marchid", csr_read(marchid));
	show("mimpid", csr_read(mimpid));
	show("misa without H", csr_read(misa) & ~BIT('H' - 'A'));
	show("misa without H after 0 was written", csr_kept(misa, 0) & ~BIT('H' - 'A'));
	show("mconfigptr", csr_read(0xf15));
}

TEST(s23_delegation_and_interrupt_enables_keep_their_legal_bits)
{
	quiet();
	show("medeleg without cause 11 and the causes of the hypervisor extension",
	     csr_kept(medeleg, ~UINT64_C(0)) & 0xb3ff);
	show("S-mode bits of mideleg", csr_kept(mideleg, ~UINT64_C(0)) & 0xaaa);
	show("M-mode and S-mode bits of mie", csr_kept(mie, ~UINT64_C(0)) & 0xaaa);
	show("mcounteren", csr_kept(mcounteren, ~UINT64_C(0)));
	show("scounteren", csr_kept(scounteren, ~UINT64_C(0)));
	if (csr_exists(mcountinhibit))
		show("mcountinhibit", csr_kept(mcountinhibit, ~UINT64_C(0)));
	show("satp after Sv39 was written", csr_kept(satp, SATP_SV39 | 0x12345));
	show("satp after mode 15 was written", csr_kept(satp, UINT64_C(15) << 60 | 0x12345));
	show("mcause", csr_kept(mcause, ~UINT64_C(0)));
	show("mtval", csr_kept(mtval, UINT64_C(0xfedcba9876543210)));
	show("scause", csr_kept(scause, ~UINT64_C(0)));
	show("stval", csr_kept(stval, UINT64_C(0xfedcba9876543210)));
	show("sscratch", csr_kept(sscratch, UINT64_C(0xfedcba9876543210)));
}
