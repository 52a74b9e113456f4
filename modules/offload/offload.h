/* offload: answers in hv what firmwares answer most often, without a switch to the firmware: timers, interrupts between
 * harts, remote fences, reads of `time`, and misaligned loads and stores. What it does not know goes to the firmware.
 * Called through the generated dispatch. Must not know which firmware runs. */
#ifndef MODULES_OFFLOAD_H
#define MODULES_OFFLOAD_H

#include <stdatomic.h>

#include "abi/arguments.h"
#include "abi/sbi.h"
#include "hv/module/api.h"

/** The base of a hart mask that stands for all harts. */
#define OFFLOAD_EVERY_HART (~0ull)

#define OFFLOAD_PAGE 4096ull
/** A fence of more pages discards all translations, which takes less time. */
#define OFFLOAD_MOST_PAGES 64

/** What a remote fence has to do. The values are the FIDs of the extension RFENCE. */
enum offload_fence_kind {
	OFFLOAD_FENCE_INSTRUCTIONS = SBI_FID_remote_fence_i,
	OFFLOAD_FENCE_TRANSLATIONS = SBI_FID_remote_sfence_vma,
	OFFLOAD_FENCE_TRANSLATIONS_OF_ASID = SBI_FID_remote_sfence_vma_asid,
};

struct offload_fence {
	enum offload_fence_kind kind;
	uint64_t start, size; /* bytes of the virtual address space; size 0 or all ones stands for all of it */
	uint64_t asid;
};

/** Reasons why another hart has called module_notify: bits of `pending`. */
enum { OFFLOAD_PENDING_IPI = 1, OFFLOAD_PENDING_FENCE = 2 };

/** The state of the module on one hart. */
struct offload {
	_Atomic uint32_t pending; /* any hart sets bits with release; this hart clears them with acquire */
	/* The harts that wait until this hart has executed their fence. A hart sets its own bit with release; this hart
	 * clears the bits with acquire. */
	_Atomic uint64_t fencing[(CONFIG_MAX_HARTS + 63) / 64];
	struct offload_fence fence;  /* this hart's last remote fence; other harts read it while they execute it */
	_Atomic uint32_t unfinished; /* how many harts have not executed this fence; they decrement it with release */
	_Atomic uint32_t waits;      /* 1 if this hart may sleep until `unfinished` is 0 */
	uint64_t first_id;           /* if `consecutive`: the mhartid of the hart with index 0 */
	bool consecutive;            /* the hart with index n has the mhartid first_id + n, and there are at most 64 */
	/* If the machine lacks the CSR `time`: READ_TIME, the bits of the instructions that hv then has to emulate.
	 * Otherwise NO_INSTRUCTION, bits that no instruction has. */
	uint32_t emulated;
};

void offload_init(struct offload *self, struct hart *hart);
enum hook_action offload_trap_from_payload(struct offload *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action offload_ecall_from_payload(struct offload *self, struct hart *hart, struct vcpu *vcpu);
/** Sets SSIP, and executes the fences of other harts. */
void offload_on_interrupt(struct offload *self, struct hart *hart, struct vcpu *vcpu);

/** Fast paths (docs/modules.md). Each handles the usual forms of what the hooks handle. */
void offload_fast_ecall(struct offload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause);
void offload_fast_illegal_instruction(struct offload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause);
void offload_fast_misaligned(struct offload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause);

/** Whether the payload runs on @p hart, or is suspended there. A hart that has stopped meanwhile takes no IPI. */
static inline bool offload_reaches(const struct hart *hart)
{
	return hart_state(hart) >= HART_STARTED;
}

/** The fast path of a machine software interrupt: sets SSIP if another hart has sent an IPI.
 * @return false if there is a fence to execute, too */
PART_OF_FAST_PATH bool offload_fast_software_interrupt(struct offload *self, struct hart *hart, struct vcpu *vcpu)
{
	uint32_t pending =
		atomic_fetch_and_explicit(&self->pending, ~(uint32_t)OFFLOAD_PENDING_IPI, memory_order_acquire);

	(void)vcpu;
	if ((pending & OFFLOAD_PENDING_IPI) && offload_reaches(hart))
		csr_set(CSR_mip, IP_SSI);
	return !(pending & OFFLOAD_PENDING_FENCE);
}

/* ---- parts that the files of the module share ---- */

/** Bits that no instruction has after it has been combined with READ_TIME_MASK by AND. */
#define NO_INSTRUCTION (~READ_TIME_MASK)

/** Whether hv has to carry out the payload's instruction @p word, because it reads `time`, the machine lacks this CSR, and
 * the firmware and S-mode permit the read. */
PART_OF_FAST_PATH bool offload_emulates(const struct offload *self, const struct vcpu *vcpu, uint32_t word)
{
	return (word & READ_TIME_MASK) == self->emulated && payload_may_read_time(vcpu);
}

/** Executes a fence on the calling hart. The arguments are the members of struct offload_fence. */
PART_OF_FAST_PATH void offload_fence_here(enum offload_fence_kind kind, uint64_t start, uint64_t size, uint64_t asid)
{
	uint64_t first = start & ~(OFFLOAD_PAGE - 1), bytes = start + size - first;

	if (kind == OFFLOAD_FENCE_INSTRUCTIONS) {
		fence_instructions();
	} else if (size == 0 || size > OFFLOAD_MOST_PAGES * OFFLOAD_PAGE) {
		if (kind == OFFLOAD_FENCE_TRANSLATIONS_OF_ASID)
			fence_translations_of_asid(asid);
		else
			fence_translations();
	} else {
		for (uint64_t done = 0; done < bytes; done += OFFLOAD_PAGE)
			if (kind == OFFLOAD_FENCE_TRANSLATIONS_OF_ASID)
				fence_translations_of(first + done, asid);
			else
				fence_translations_of_address(first + done);
	}
}

/** Whether a fence has a range of addresses that wraps around the address space. */
PART_OF_FAST_PATH bool offload_range_wraps(enum offload_fence_kind kind, uint64_t start, uint64_t size)
{
	return kind != OFFLOAD_FENCE_INSTRUCTIONS && size != 0 && size != ~0ull && start + size - 1 < start;
}

/** Executes @p fence on the harts of @p set that run the payload, and returns when all of them have done so. Called on
 * @p hart. */
void offload_fence_on(struct offload *self, struct hart *hart, struct hart_set set, const struct offload_fence *fence);
/** Executes the fences that other harts have asked this hart for. */
void offload_serve_fences(struct offload *self, struct hart *hart);

#endif
