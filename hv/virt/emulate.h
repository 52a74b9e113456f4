/* Emulation for virtual M-mode: instructions that trap because the firmware physically runs in U-mode, and loads
 * and stores that the hardware did not carry out.
 * Called by hv/core for exits of the firmware, and by modules for misaligned accesses. Must not know devices or
 * harts. */
#ifndef HV_VIRT_EMULATE_H
#define HV_VIRT_EMULATE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/virt/instruction.h"
#include "hv/virt/vcpu.h"

/** The result of emulating an instruction. */
enum emulation {
	EMULATION_DONE,    /* the instruction was carried out, and pc points to the next instruction */
	EMULATION_ILLEGAL, /* the instruction is illegal for the guest; nothing has changed */
	EMULATION_FAULT,   /* the instruction raised an exception for the guest, which is in vcpu->fault */
	EMULATION_WFI,     /* the instruction is a wfi: the caller has to wait, and then to skip it */
};

/** A decoded load, store or AMO of a guest to a device. */
struct access {
	uint64_t address; /* physical address */
	uint64_t value;   /* the operand of a store or AMO; the device model writes the result of a load or AMO here */
	unsigned width;   /* in bytes: 1, 2, 4 or 8 */
	bool store;       /* true for a store */
	bool amo;         /* true for an AMO; funct5 has its operation */
	unsigned funct5;
};

/** Reads the instruction that trapped into vcpu->trap.instruction (semantics 25). hv reads the firmware's instruction
 * directly at pc. It takes the payload's instruction from mtval, or reads it with the payload's own rights.
 * @return ERROR_TRAPPED if the instruction cannot be read; then vcpu->trap.instruction_known is false, and the
 * instruction is 0 */
enum error vcpu_fault_instruction(struct vcpu *vcpu) MUST_CHECK;

/** Reads an instruction with the rights of the guest that is running. It reads halfword by halfword, so that an
 * instruction of 16 bits at the end of a page does not touch the next page.
 * @param any address of the guest
 * @param word    receives the instruction, or 0 if it cannot be read
 * @return ERROR_TRAPPED if it cannot be read */
COLD enum error vcpu_fetch(const struct vcpu *vcpu, uint64_t address, uint32_t *word) MUST_CHECK;

/** Carries out the firmware's instruction that trapped as illegal. Called in the firmware world, after
 * vcpu_fault_instruction has succeeded. */
enum emulation emulate_privileged(struct vcpu *vcpu);

/** Carries out a load, store or AMO of the firmware that trapped. The access has the rights that the armed MPRV gives
 * to it (semantics 17-18). Called in the firmware world while vcpu->mprv_armed is set. */
enum emulation emulate_mprv(struct vcpu *vcpu, const struct instruction *instruction);

/** Carries out a load, store or AMO with the rights of the guest that is running. The address may be misaligned for
 * a load or store (semantics 30). On EMULATION_FAULT, rd is unchanged. The caller moves pc. */
COLD enum emulation emulate_access(struct vcpu *vcpu, const struct instruction *instruction);

/** Carries out the payload's misaligned load or store that has trapped, and moves pc. hv does not carry out misaligned
 * AMOs, LR and SC, and nothing of VS- and VU-mode, because it does not emulate two-stage translation.
 * @return EMULATION_ILLEGAL if hv does not carry out the instruction, or cannot read it; nothing has changed then */
COLD enum emulation emulate_misaligned(struct vcpu *vcpu);

/** Decodes the access of @p instruction for a device model.
 * @param address physical address of the access
 * @param access  receives the decoded access
 * @return ERROR_UNSUPPORTED if no device model can serve the access: LR/SC, a floating-point register, or an access
 * that starts outside the device */
enum error access_decode(const struct vcpu *vcpu, const struct instruction *instruction, uint64_t address,
			 struct access *access) MUST_CHECK;

/** Completes an access that a device model has served. It writes rd, and moves pc to the next instruction. */
void access_complete(struct vcpu *vcpu, const struct instruction *instruction, const struct access *access);

/** The value that an AMO stores in memory. Pure.
 * @param funct5  the operation; it must be one that the decoder accepts for INSTRUCTION_AMO
 * @param width   4 or 8 bytes
 * @param old     the value in memory
 * @param operand the value of rs2 */
uint64_t amo_result(unsigned funct5, unsigned width, uint64_t old, uint64_t operand);

#endif
