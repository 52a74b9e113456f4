/* protect_payload: once the payload runs, the firmware sees nothing of it. The firmware keeps its own region of memory and
 * its console; hv closes all other memory and all other devices to it. In SBI calls, only the registers that a table names
 * pass between the two (calls.c), and the firmware can only return to where the payload left.
 * docs/protect_payload.md says what this protects against, and what it does not.
 * Called through the generated dispatch. Must not know which firmware runs. */
#ifndef MODULES_PROTECT_PAYLOAD_H
#define MODULES_PROTECT_PAYLOAD_H

#include <stdatomic.h>

#include "abi/arguments.h"
#include "abi/sbi.h"
#include "hv/module/api.h"

/** The firmware's region: from [memory] firmware to payload. */
#define PROTECT_FIRMWARE ((uint64_t)CONFIG_FIRMWARE_ADDRESS)
#define PROTECT_FIRMWARE_SIZE ((uint64_t)CONFIG_FIRMWARE_SIZE)

/** Where the firmware enters the payload first: [memory] payload. */
#define PROTECT_PAYLOAD (PROTECT_FIRMWARE + PROTECT_FIRMWARE_SIZE)

/** The page of the firmware's region through which the text of console calls passes: the last one, which the firmware does
 * not use. */
#define PROTECT_PAGE_SIZE 4096u
#define PROTECT_PAGE (PROTECT_FIRMWARE + PROTECT_FIRMWARE_SIZE - PROTECT_PAGE_SIZE)

/** The size of the console's registers in bytes. */
#define PROTECT_UART_SIZE 256u
/** The size of all physical addresses: 56 bits. */
#define PROTECT_EVERYTHING (1ull << 56)

/** The value of stvec that the firmware sees. */
#define PROTECT_STVEC 0u

/** The number of CSRs that are frozen when the payload starts. */
#define PROTECT_FROZEN 4

/** The events of the module's track, in the order of `events` in BUILD. */
enum protect_event { PROTECT_LOCK, PROTECT_MEASURE, PROTECT_DENIED, PROTECT_COPY };

/** A `fid` that stands for all values of a6, because legacy calls have no function. */
#define PROTECT_ANY 0xff

/** What the payload calls, and what passes. Registers are bits: bit n stands for a<n>. */
struct protect_call {
	uint32_t eid;
	uint8_t fid;
	uint8_t in;  /* registers whose values the firmware gets, beside a6 and a7 */
	uint8_t out; /* registers whose values the payload gets back */
	uint8_t kind;
};

/** Calls for which the module does more than to pass registers. */
enum protect_kind {
	PROTECT_PLAIN,
	/* Sets the payload's timer. If that is stimecmp, the module answers the call, because the firmware cannot write
	 * stimecmp. Otherwise the call is like one of kind PLAIN. */
	PROTECT_TIMER,
	PROTECT_PROBE,       /* an extension that is not in the table does not exist for the payload */
	PROTECT_LEGACY_MASK, /* a0 is the address of a mask of harts; the module reads the mask */
	PROTECT_START,
	PROTECT_STOP,
	PROTECT_SUSPEND,
	PROTECT_WRITE, /* text to the console, from the payload's memory */
	PROTECT_READ   /* text from the console, to the payload's memory */
};

/** The calls of kind PLAIN in one extension that return a0 and a1, for the fast path. A function has PROTECT_FUNCTION_BITS bits:
 * `in` of struct protect_call, and PROTECT_IS_PLAIN. */
struct protect_extension {
	uint64_t eid, functions;
};
#define PROTECT_FUNCTION_BITS 7
#define PROTECT_IS_PLAIN 0x40u
#define PROTECT_FUNCTIONS (64 / PROTECT_FUNCTION_BITS)
#define PROTECT_EXTENSIONS 16

/** The extensions with such calls, each in its slot. Constant after the machine has been locked. */
extern struct protect_extension protect_extensions[PROTECT_EXTENSIONS];

/** The slot of extension @p eid: a number that differs for all extensions of calls.def with such calls. */
PART_OF_FAST_PATH unsigned protect_slot(uint64_t eid)
{
	return (eid ^ eid >> 19) % PROTECT_EXTENSIONS;
}

/** How the firmware may enter the payload on this hart. */
enum protect_entry {
	PROTECT_ENTRY_START,  /* where the payload has started this hart */
	PROTECT_ENTRY_RETURN, /* where the payload left */
	PROTECT_ENTRY_RESUME  /* where the payload left, or where it wants to resume after a suspend */
};

/** What the firmware handles on this hart, if it may return to the payload by the fast path. */
enum protect_fast {
	PROTECT_SLOW,             /* something else, so that the hook handles the return */
	PROTECT_FAST_CALL,        /* a call of kind PLAIN; the payload has left by the fast path, too */
	PROTECT_FAST_INSTRUCTION, /* an illegal instruction; the same */
	PROTECT_FAST_INTERRUPT    /* an interrupt */
};

/** A request of the payload to start a hart, in the state of the hart to be started. */
enum protect_start { PROTECT_START_NONE, PROTECT_START_BEING_WRITTEN, PROTECT_START_REQUESTED };

/** The state of the module on one hart. Only this hart uses it, except for the members that say otherwise. */
struct protect_payload {
	uint64_t regs[32]; /* the payload's registers, while the firmware runs */
	uint64_t pc;       /* where the payload left */
	uint64_t cause;    /* why it left: virtual mcause */
	enum exec_mode mode;
	enum protect_entry entry;
	uint64_t shown[8];    /* a0 to a7 as the firmware gets them in a call */
	uint32_t instruction; /* the illegal instruction that the firmware has to handle */

	const struct protect_call *call; /* the payload's call, while the firmware handles it */
	uint64_t resume_pc, resume_opaque;
	struct hart *starting;              /* the hart that the call is to start */
	uint64_t text_address, text_length; /* the payload's memory for a call of the console */

	uint64_t frozen[PROTECT_FROZEN]; /* what the firmware has written to the frozen CSRs */
	enum protect_fast fast;
	uint64_t next;  /* where the firmware has to return to */
	bool guards;    /* whether `frozen` is valid, which begins with the first access to a guarded CSR */
	bool sets_satp; /* the firmware has written satp since the payload has left this hart for good */

	/* An enum protect_start. A hart that asks the firmware to start this hart changes it from NONE to BEING_WRITTEN, and
	 * stores REQUESTED with release when the next two members are written. */
	_Atomic uint32_t start;
	uint64_t start_pc, start_opaque;
};

void protect_payload_init(struct protect_payload *self, struct hart *hart);
enum hook_action protect_payload_trap_from_payload(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action protect_payload_ecall_from_payload(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu);
void protect_payload_switch_from_payload_to_firmware(struct protect_payload *self, struct hart *hart,
						     struct vcpu *vcpu);
void protect_payload_switch_from_firmware_to_payload(struct protect_payload *self, struct hart *hart,
						     struct vcpu *vcpu);
/** Fast paths of both switches for calls of kind PLAIN (docs/modules.md). */
bool protect_fast_payload_trap(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause);
bool protect_fast_firmware_mret(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause);
enum hook_action protect_payload_csr_access(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu,
					    unsigned number, bool write, uint64_t *value);
void protect_payload_access_denied(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu, uint64_t address,
				   enum pmp_access access);
/** Closes the machine to the firmware on this hart, because the payload is about to start. */
void protect_payload_on_interrupt(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu);

/** Locks the machine if this hart is the first one that enters the payload. When it returns, every hart is closed to the
 * firmware, and the payload has been measured.
 * @return whether this hart is the first one */
bool protect_lock(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu);
/** Whether a hart has begun to lock the machine. */
bool protect_has_begun(void);

/** Whether the firmware may have to emulate illegal @p instruction: its opcode is SYSTEM. */
static inline bool protect_is_system(uint32_t instruction)
{
	return (instruction & 0x7f) == 0x73;
}

/** The register whose value the firmware needs to emulate illegal @p instruction: rs1, or x0 if the field of rs1 has another
 * meaning, as in csrrwi, csrrsi and csrrci (funct3 5 to 7). */
PART_OF_FAST_PATH unsigned protect_operand(uint32_t instruction)
{
	return (instruction >> 12 & 7) > 4 ? 0 : instruction >> 15 & 31;
}

/** Writes the event DENIED: the firmware has tried to make an access to @p address (56 bits), or something else that it may
 * not do. */
static inline void protect_note_denied(struct protect_payload *self, uint64_t address, enum pmp_access access)
{
	module_trace(self, PROTECT_DENIED, (address & FIELD(0, 56)) | (uint64_t)access << 56);
}

/** Takes over the values of the frozen CSRs from the hart that enters the payload first. */
void protect_csrs_freeze(struct vcpu *vcpu);
/** Gives the frozen CSRs of the calling hart their values, because the payload begins on it. */
void protect_csrs_apply(struct protect_payload *self, struct vcpu *vcpu);

/** Fills protect_extensions. */
void protect_calls_init(void);
/** The entry of the table for function @p fid of extension @p eid, or NULL if the payload may not call it. */
const struct protect_call *protect_call_find(uint64_t eid, uint64_t fid);
/** Refuses the payload's call, with a warning if it is the first one of its function. */
enum hook_action protect_call_refuse(struct protect_payload *self, struct vcpu *vcpu);
/** Prepares @p call, which the payload makes on @p hart: fills self->shown.
 * @return HOOK_IGNORE if the firmware has to answer, or HOOK_OVERWRITE if the call has been answered */
enum hook_action protect_call_begin(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu,
				    const struct protect_call *call);
/** Takes the firmware's answer to a call of kind PLAIN out of the registers, and writes it to self->regs. */
static inline void protect_plain_end(struct protect_payload *self, const struct vcpu *vcpu)
{
	self->regs[A0] = vcpu_reg(vcpu, A0);
	self->regs[A1] = vcpu_reg(vcpu, A1);
}
/** Takes the result of an emulated instruction out of the registers, and writes it to self->regs. */
static inline void protect_instruction_end(struct protect_payload *self, const struct vcpu *vcpu)
{
	unsigned rd = self->instruction >> 7 & 31;

	self->regs[rd] = vcpu_reg(vcpu, rd);
}
/** Takes the firmware's answer to self->call out of the registers, and writes what passes to self->regs. */
void protect_call_end(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu);

#endif
