/* The virtual M-mode machine that hv provides to the firmware on one hart, and the data of the trap that hv is
 * handling. Nearly every function of hv/virt takes struct vcpu as its first argument. It is the first member of struct
 * hart. Must not know harts, devices or modules. */
#ifndef HV_VIRT_VCPU_H
#define HV_VIRT_VCPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/error.h"
#include "hv/arch/isa.h"
#include "hv/ring/trace.h"
#include "hv/virt/csr.h"
#include "hv/virt/pmp.h"

/** Which guest runs: firmware in virtual M-mode, or payload in S- and U-mode. */
enum world { WORLD_FIRMWARE = 0, WORLD_PAYLOAD = 1 };

/** The trap that entered hv on this hart. */
struct trap {
	uint64_t cause;       /* physical mcause */
	uint64_t value;       /* physical mtval */
	uint64_t pc;          /* physical mepc */
	uint32_t instruction; /* the instruction that trapped; valid only if instruction_known */
	bool instruction_known;
	uint64_t eid; /* a7 at the trap: the SBI extension, if the trap is an ecall */
	/* Observers use these. `outcome` is an enum trace_outcome. `module` is 1 + the index of the module that took
	 * over the trap, or 0 if no module did. */
	uint8_t outcome, module;
	/* A module has left pc at the instruction on purpose, so that the guest repeats it. Only with CONFIG_CHECKS, which
	 * otherwise warns about this. */
	bool repeats;
};

/** An exception that occurred while hv emulated an instruction. The caller of the emulator delivers it to the guest. */
struct fault {
	uint64_t cause;
	uint64_t value;
};

/** A virtual counter (mcycle or minstret), which may differ from the physical counter. While it is inhibited, its value
 * is `frozen`. Otherwise its value is the physical counter plus `offset`. */
struct counter {
	uint64_t offset;
	uint64_t frozen;
};

struct vcpu {
	uint64_t regs[32]; /* the guest's x1-x31; regs[0] is always 0 */
	uint64_t pc;       /* where the guest continues; valid from trap_slow until the return to the guest */
	struct trap trap;
	struct fault fault; /* valid after EMULATION_FAULT, and after functions whose contracts say so */

	union csr_memory csr;      /* virtual CSRs that live here (MEMORY in csr.def) */
	union csr_memory csr_mask; /* the legal bits of each of these CSRs */

	/* Two sets with one bit for each slot. A bit is 1 if a guarded read or write has found that the physical CSR
	 * exists on this hart. Fast paths access such CSRs without a guard. */
	uint64_t csr_readable[CSR_SLOT_WORDS], csr_writable[CSR_SLOT_WORDS];

	/* Virtual M-mode CSRs that need code. mstatus holds the fields of MSTATUS_VIRTUAL; the other fields live in
	 * the hardware. */
	uint64_t mstatus;
	/* The S bits are valid only in the firmware world; in the payload world they live in physical mie. */
	uint64_t mie;
	uint64_t mtvec;
	uint64_t medeleg;
	uint64_t mcounteren;
	uint64_t mcountinhibit;
	struct counter cycle, instret;

	/* The payload's values of CSRs that a world switch replaces. They are valid in the firmware world. */
	uint64_t satp;
	uint64_t senvcfg;
	uint64_t payload_status; /* UXL, UBE, MPV, GVA and the fields of MSTATUS_SEPARATE as the payload left them */

	uint64_t claims; /* medeleg bits that modules remove from physical medeleg */
	/* a virtual counter differs from the physical counter, so that reads of it trap to hv (semantics 24) */
	bool counters_withheld;
	enum world world; /* the world that the hardware is set up for */
	enum mode mode;   /* the guest's mode; MODE_MACHINE while the firmware runs */
	bool mprv_armed;  /* virtual MPRV is 1 and virtual MPP is not M */
	/* The next entry to the payload is an ordinary one. If it is false, hv/core has to look at the entry: it is the
	 * first one, or it follows a call of the SBI's HSM extension. */
	bool started;
	bool machine_timer;                /* virtual MTIP; only this hart writes it */
	_Atomic uint32_t machine_software; /* virtual MSIP, 0 or 1; any hart may write it, with release order */
	/* Virtual mtimecmp in ticks. Any hart may write it with relaxed order. After the write, the writer sends an MSI
	 * to this hart, and this orders the write. */
	_Atomic uint64_t machine_timecmp;

	/* The deadline of supervisor_timer_set in ticks, or all ones. Only with CONFIG_SUPERVISOR_TIMER. */
	uint64_t supervisor_timecmp;

	/* mcycle at the entry to hv. Not used in images with the trace, because there the ring holds this value
	 * (vcpu_exit_start). */
	uint64_t exit_start;
	/* mcycle at the end of the previous exit, or, before the first exit, when the hart's time in the firmware began.
	 * Valid if the image has observers or the trace. */
	uint64_t exit_end;
	/* How many cycles each exit takes before its first time stamp and after its last time stamp. Constant after
	 * boot. Valid if the image has observers or the trace. */
	uint64_t exit_outside;
	uint64_t exit_entered; /* mcycle at the entry of the last observed exit, plus the cycles that hv slept in it */

	/* Physical addresses of this hart's registers in its CLINT. The virtual registers have the same addresses.
	 * Constant after boot. */
	uint64_t msip_address, timecmp_address, mtime_address;

	struct pmp pmp;

	struct tracer tracer[CONFIG_TRACE]; /* has no element without module trace */
};

/** The fields of mstatus that each world has for itself, if hv hides the payload's FP and vector registers from the
 * firmware. Physically they are 0 in the firmware world until the firmware uses such a register. Then they are equal to
 * the virtual fields (vcpu_extensions_are_off). A write of mstatus by the firmware sets them to 0 again. */
#define MSTATUS_SEPARATE (CONFIG_HIDE_EXTENSION_STATE ? MSTATUS_FS | MSTATUS_VS : 0)
/** The fields of mstatus that struct vcpu holds. UXL and SXL are constant there (semantics 20). */
#define MSTATUS_VIRTUAL                                                                                                \
	(MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR |            \
	 MSTATUS_UXL | MSTATUS_SXL | MSTATUS_MPELP | MSTATUS_SEPARATE)
/** The fields of mstatus that live in the hardware in both worlds. */
#define MSTATUS_HARDWARE                                                                                               \
	((MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_VS | MSTATUS_FS | MSTATUS_XS | MSTATUS_SUM |              \
	  MSTATUS_MXR | MSTATUS_SPELP | MSTATUS_SDT | MSTATUS_SD) &                                                    \
	 ~MSTATUS_SEPARATE)
/** The byte-order fields of mstatus. Virtual mstatus shows the values that the hardware has. On QEMU they are 0. */
#define MSTATUS_ENDIAN (MSTATUS_UBE | MSTATUS_SBE | MSTATUS_MBE)

/** Guest register @p index (0-31). */
static inline uint64_t vcpu_reg(const struct vcpu *vcpu, unsigned index)
{
	return vcpu->regs[index];
}

/** Sets guest register @p index (0-31). A write of x0 has no effect. */
static inline void vcpu_set_reg(struct vcpu *vcpu, unsigned index, uint64_t value)
{
	vcpu->regs[index] = value;
	vcpu->regs[0] = 0;
}

/** Puts @p vcpu into the machine's reset state (Privileged ISA 3.4): M-mode, MIE = 0, MPP = 0. Called at boot on the
 * hart of @p vcpu, after machine_probe. */
COLD void vcpu_reset(struct vcpu *vcpu);

/** Virtual trap entry (3.1.6.1, 3.1.7). It sets virtual mepc, mcause, mtval and mstatus.{MPP,MPIE,MIE} from the guest's
 * present state, sets pc from virtual mtvec, and changes to mode M. MPRV is not armed afterwards. If the guest was in
 * M-mode, MPP becomes M. If it was not, MPRV is already 0.
 * @param cause as in mcause, including the interrupt bit; an ecall of virtual M-mode has the cause 11, although the
 * physical cause is 8
 * @param value for virtual mtval */
void vcpu_take_trap(struct vcpu *vcpu, uint64_t cause, uint64_t value);

/** Makes the firmware take the virtual interrupt with code @p interrupt, which must be pending and enabled. Also
 * writes an INTERRUPT record to the trace. */
void vcpu_take_interrupt(struct vcpu *vcpu, unsigned interrupt);

/** Enters the payload's S-mode handler as a delegated exception does (4.1.1): sets sepc, scause, stval, SPP, SPIE,
 * SIE and pc. Called in the payload world, while the guest is in S- or U-mode.
 * @param cause as in scause
 * @param value for stval */
void vcpu_reflect_to_supervisor(struct vcpu *vcpu, uint64_t cause, uint64_t value);

/** Delivers an exception of the guest as the machine would do it. If the guest is in S- or U-mode and virtual medeleg
 * delegates @p cause, S-mode gets the exception. Otherwise the firmware gets it.
 * @param cause exception code (0-63)
 * @param value for stval or virtual mtval */
void vcpu_deliver_exception(struct vcpu *vcpu, uint64_t cause, uint64_t value);

/** Virtual mret, executed by the firmware (3.3.2). The caller switches worlds if the guest's mode is now S or U. */
void vcpu_mret(struct vcpu *vcpu);
/** Virtual sret, executed by the firmware (3.3.2). The caller switches worlds. */
void vcpu_sret(struct vcpu *vcpu);

/** Virtual mstatus as virtual M-mode reads it. */
uint64_t vcpu_mstatus(const struct vcpu *vcpu);

/** Writes virtual mstatus: makes @p value legal (semantics 20), and applies the side effects on MPRV and interrupt
 * enables. Called in the firmware world. */
void vcpu_set_mstatus(struct vcpu *vcpu, uint64_t value);

/** Whether FP and vector instructions trap only because hv hides the payload's registers: the firmware has set virtual
 * FS or VS, but the physical fields are 0. Called in the firmware world of an image with CONFIG_HIDE_EXTENSION_STATE. */
bool vcpu_extensions_are_off(const struct vcpu *vcpu);

/** Lets the firmware use FP and vector registers, as far as virtual FS and VS let it: gives the physical fields the
 * values of the virtual ones. Both become Dirty unless they are Off, because hv does not see when the firmware writes a
 * register (3.1.6.6 permits that). Called in the firmware world of an image with CONFIG_HIDE_EXTENSION_STATE. */
void vcpu_extensions_turn_on(struct vcpu *vcpu);

/** Recomputes physical mie after virtual mstatus, mie or mideleg has changed (semantics 3). Called in the firmware
 * world. */
void vcpu_update_interrupt_enables(struct vcpu *vcpu);

/** Recomputes whether MPRV is armed, after virtual MPRV or MPP has changed. In the firmware world, it also installs the
 * PMP view that fits (semantics 17). */
void vcpu_update_mprv(struct vcpu *vcpu);

/** Virtual mip as virtual M-mode reads it. hv itself holds MSIP and MTIP. The S bits and MEIP come from physical
 * mip. */
uint64_t vcpu_mip(const struct vcpu *vcpu);

/** The interrupt that virtual M-mode takes now. The order of priorities is MEI, MSI, MTI, SEI, SSI, STI (3.1.9).
 * @return its cause code (1-11), or 0 if there is none */
unsigned vcpu_pending_interrupt(const struct vcpu *vcpu);

/** Whether a wfi of the firmware ends (3.3.3). It ends if an interrupt is pending that virtual mie enables. MIE and
 * mideleg do not matter. */
bool vcpu_wfi_wakes(const struct vcpu *vcpu);

/** Recomputes physical mcounteren and counters_withheld after virtual mcounteren, mcountinhibit, mcycle or minstret
 * has changed (semantics 24). */
void vcpu_update_counters(struct vcpu *vcpu);

/** Whether the trap that hv is handling is one of the exceptions in @p causes. Bit n stands for exception code n
 * (0-63). */
static inline bool vcpu_trap_is_one_of(const struct vcpu *vcpu, uint64_t causes)
{
	return vcpu->trap.cause < 64 && (causes >> vcpu->trap.cause & 1);
}

/** Stores the outcome of the exit for observers. Only the first call in an exit has an effect. */
static inline void vcpu_note_outcome(struct vcpu *vcpu, enum trace_outcome outcome)
{
	if (CONFIG_OBSERVED && vcpu->trap.outcome == TRACE_EMULATED)
		vcpu->trap.outcome = (uint8_t)outcome;
}

/** Stores for observers that a module took over the trap. @p index is the module's position in the configuration's
 * list. */
static inline void vcpu_note_module(struct vcpu *vcpu, unsigned index)
{
	if (CONFIG_OBSERVED)
		vcpu->trap.module = (uint8_t)(index + 1);
}

/** Stores what the ECALL record of the payload's ecall at @p pc will contain. */
PART_OF_FAST_PATH void vcpu_keep_call(struct vcpu *vcpu, uint64_t pc)
{
	struct tracer *tracer = vcpu->tracer;

	struct trace_ecall ecall = { .eid = (uint32_t)vcpu->regs[17],
				     .fid = (uint32_t)vcpu->regs[16],
				     .a0 = vcpu->regs[10],
				     .a1 = vcpu->regs[11] };
	uint64_t words[1 + TRACE_ECALL_EXT];

	trace_ecall_pack(ecall, words);
	for (unsigned i = 0; i < TRACE_ECALL_EXT; i++)
		tracer->call.words[i] = words[i];
	tracer->call.pc = pc;
	tracer->call.pending = TRACE_CALL_PLAIN;
}

/** Stores the payload's ecall at @p pc, which the firmware is about to receive, for the trace. The records of the call
 * are written later, when the firmware returns to the payload. */
PART_OF_FAST_PATH void vcpu_note_call(struct vcpu *vcpu, uint64_t pc)
{
	if (__builtin_expect(trace_is_on(vcpu->tracer, TRACE_ECALL), 1)) {
		vcpu_keep_call(vcpu, pc);
	} else if (__builtin_expect(trace_is_on(vcpu->tracer, TRACE_ECALL_ARGS), 0)) {
		vcpu_keep_call(vcpu, pc);
		for (unsigned i = 0; i <= TRACE_ECALL_ARGS_EXT; i++)
			vcpu->tracer->call.arguments[i] = vcpu->regs[12 + i];
		vcpu->tracer->call.pending = TRACE_CALL_WITH_ARGUMENTS;
	}
}

/** Moves pc to the instruction after the one that trapped. vcpu->trap.instruction must be known, because it determines
 * the length of the instruction. */
static inline void vcpu_skip_instruction(struct vcpu *vcpu)
{
	vcpu->pc += (vcpu->trap.instruction & 3) == 3 ? 4 : 2;
}

#endif
