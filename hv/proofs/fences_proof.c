/* Proof: hv executes a fence of the firmware on translations with the same operands and the same reach (5.2.1), or
 * refuses it as illegal, exactly if the firmware's virtual machine lacks its extension: Svinval, or H, which hv hides.
 * The firmware is in M-mode, so mstatus.TVM and VTVM forbid nothing (3.1.6.5). Besides that, only pc changes.
 * Bound: all instruction words of sfence.vma, sinval.vma, sfence.w.inval, sfence.inval.ir, hfence and hinval; all states.
 * Stubs: functions of hv that the emulation of these words does not call have no body; CBMC then gives them any result.
 * Assumptions: none. */
#include "hv/proofs/hart.h"
#include "hv/proofs/proof.h"
#include "hv/virt/emulate.h"
#include "hv/virt/machine.h"

struct machine machine;
struct machine nondet_machine(void);
struct vcpu nondet_vcpu(void);

/* The encodings in chapter "Instruction Listings". */
enum fence {
	SFENCE_VMA = 0x12000073,
	SINVAL_VMA = 0x16000073,
	SFENCE_W_INVAL = 0x18000073,
	SFENCE_INVAL_IR = 0x18100073,
	HFENCE_VVMA = 0x22000073,
	HFENCE_GVMA = 0x62000073,
	HINVAL_VVMA = 0x26000073,
	HINVAL_GVMA = 0x66000073
};

static enum fence any_fence(void)
{
	static const enum fence fences[] = { SFENCE_VMA,  SINVAL_VMA,  SFENCE_W_INVAL, SFENCE_INVAL_IR,
					     HFENCE_VVMA, HFENCE_GVMA, HINVAL_VVMA,    HINVAL_GVMA };

	return fences[nondet_u8() % 8];
}

static bool exists(enum fence fence)
{
	switch (fence) {
	case SFENCE_VMA:
		return true;
	case SINVAL_VMA:
	case SFENCE_W_INVAL:
	case SFENCE_INVAL_IR:
		return machine.has_svinval;
	default:
		return false;
	}
}

static bool executed(const char *text, uint64_t a, uint64_t b)
{
	unsigned i = 0;

	while (text[i] && text[i] == hart_statement.text[i])
		i++;
	return text[i] == hart_statement.text[i] && hart_statement.operands[0] == a && hart_statement.operands[1] == b;
}

/* Proves that hv has executed one sfence.vma with the operands of the instruction. x0 means all addresses, or all
 * address spaces and global translations (5.2.1); it differs from a register whose value is 0. */
static void check_executed(const struct vcpu *old, unsigned rs1, unsigned rs2)
{
	uint64_t address = old->regs[rs1], asid = old->regs[rs2];

	prove(proof_hart.statements == 1, "hv executes one fence");
	if (rs1 == 0 && rs2 == 0)
		prove(executed("sfence.vma x0, x0", 0, 0), "the fence is about all translations");
	else if (rs2 == 0)
		prove(executed("sfence.vma %0, x0", address, 0), "the fence is about one address");
	else if (rs1 == 0)
		prove(executed("sfence.vma x0, %0", asid, 0), "the fence is about one address space");
	else
		prove(executed("sfence.vma %0, %1", address, asid),
		      "the fence is about one address in one address space");
}

int main(void)
{
	struct vcpu vcpu = nondet_vcpu(), old;
	enum fence fence = any_fence();
	bool has_operands = fence != SFENCE_W_INVAL && fence != SFENCE_INVAL_IR;
	unsigned rs1 = has_operands ? nondet_u8() & 31 : 0, rs2 = has_operands ? nondet_u8() & 31 : 0;

	hart_choose();
	machine = nondet_machine();
	machine.has_svinval = nondet_bool();
	machine.has_hypervisor = nondet_bool();
	vcpu.regs[0] = 0;
	vcpu.trap.instruction = (uint32_t)fence | rs1 << 15 | rs2 << 20;
	old = vcpu;

	enum emulation emulation = emulate_privileged(&vcpu);

	prove(emulation == (exists(fence) ? EMULATION_DONE : EMULATION_ILLEGAL),
	      "a fence is illegal if the machine lacks its extension");
	if (fence == SFENCE_VMA || (fence == SINVAL_VMA && machine.has_svinval))
		check_executed(&old, rs1, rs2);
	else
		prove(proof_hart.statements == 0, "hv executes nothing for an illegal fence or one that only orders");
	prove(vcpu.pc == old.pc + (exists(fence) ? 4 : 0), "pc moves behind a fence that exists");
	for (unsigned i = 0; i < 32; i++)
		prove(vcpu.regs[i] == old.regs[i], "no register changes");
	return 0;
}
