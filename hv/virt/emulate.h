/* Carrying out, for virtual M-mode, the instructions that trap because the firmware runs in U-mode; and loads and stores
 * that hardware did not do. Called by hv/core for exits of the firmware, and by modules for misaligned accesses.
 * Must not know devices or harts. */
#ifndef HV_VIRT_EMULATE_H
#define HV_VIRT_EMULATE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/virt/instruction.h"
#include "hv/virt/vcpu.h"

/** What became of an instruction. */
enum emulation {
	EMULATION_DONE,    /* carried out, and skipped */
	EMULATION_ILLEGAL, /* an illegal instruction of the guest; nothing has changed */
	EMULATION_FAULT,   /* an exception of the guest: vcpu->fault */
	EMULATION_WFI,     /* a wfi: the caller has to wait, then skip it */
};

/** A device access that a guest's load, store or AMO makes, taken apart. */
struct access {
	uint64_t address; /* physical */
	uint64_t value;   /* store, AMO: operand; load, AMO: result, to be filled in */
	unsigned width;   /* bytes: 1, 2, 4, 8 */
	bool store;       /* a store */
	bool amo;         /* an AMO: operation in funct5 */
	unsigned funct5;
};

/** Reads the trapped instruction into vcpu->trap.instruction, as semantics 25 has it: the firmware's directly at pc; the
 * payload's from mtval, or with the payload's own rights.
 * @return false where it can't be read; vcpu->trap.instruction_known says the same */
bool vcpu_fault_instruction(struct vcpu *vcpu);

/** Reads the instruction at the guest's @p address (any value) with the rights of the guest that runs, halfword by halfword,
 * so that the end of a page is safe. @return whether it could be read */
COLD bool vcpu_fetch(const struct vcpu *vcpu, uint64_t address, uint32_t *word);

/** Carries out the firmware's instruction that trapped as illegal. Firmware world, instruction known. */
enum emulation emulate_privileged(struct vcpu *vcpu);

/** Carries out the trapped @p instruction, a load, store or AMO, with the rights that an armed MPRV gives (semantics 17-18).
 * Firmware world, armed. */
enum emulation emulate_mprv(struct vcpu *vcpu, const struct instruction *instruction);

/** Carries out the load or store @p instruction of the guest as itself, misaligned ones too (semantics 30).
 * rd is unchanged on EMULATION_FAULT. pc does not move. */
COLD enum emulation emulate_access(struct vcpu *vcpu, const struct instruction *instruction);

/** Takes the access that @p instruction makes at physical @p address apart, for a device.
 * @return false if it is none that a device model can serve (LR/SC, floating point) */
bool access_decode(const struct vcpu *vcpu, const struct instruction *instruction, uint64_t address,
		   struct access *access);

/** Ends a device access that was served: rd, and skips the instruction. */
void access_complete(struct vcpu *vcpu, const struct instruction *instruction, const struct access *access);

/** What AMO @p funct5 of @p width bytes stores for @p old and @p operand. Pure. */
uint64_t amo_result(unsigned funct5, unsigned width, uint64_t old, uint64_t operand);

#endif
