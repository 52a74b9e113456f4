/* The virtual M-mode machine that one hart gives the firmware, and what is known of the trap being handled.
 * First argument of everything in hv/virt; first member of struct hart. Must not know of harts, devices or modules. */
#ifndef HV_VIRT_VCPU_H
#define HV_VIRT_VCPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/isa.h"
#include "hv/ring/trace.h"
#include "hv/virt/csr.h"
#include "hv/virt/pmp.h"

#define MUST_CHECK __attribute__((warn_unused_result))

/** Who runs below hv. */
enum world { WORLD_FIRMWARE = 0, WORLD_PAYLOAD = 1 };

/** The trap that brought the hart into hv. */
struct trap {
	uint64_t cause;       /* physical mcause */
	uint64_t value;       /* physical mtval */
	uint64_t pc;          /* physical mepc */
	uint32_t instruction; /* the trapped instruction; valid if instruction_known */
	bool instruction_known;
	uint64_t eid;            /* a7 as it was: the SBI extension, if the trap is an ecall */
	uint8_t outcome, module; /* for observers: enum trace_outcome, and 1 + the module that took the trap over */
};

/** An exception that hv found while it acted for a guest, to be delivered to that guest. */
struct fault {
	uint64_t cause;
	uint64_t value;
};

/** A counter that may differ from the physical one (mcycle, minstret): virtual = inhibited ? frozen : physical + offset. */
struct counter {
	uint64_t offset;
	uint64_t frozen;
};

struct vcpu {
	uint64_t regs[32]; /* x1-x31 of the guest; regs[0] is always 0 */
	uint64_t pc;       /* where the guest goes on; valid from trap_slow to the return */
	struct trap trap;
	struct fault fault; /* valid where a function says so */

	union csr_memory csr;      /* virtual CSRs that live here */
	union csr_memory csr_mask; /* their legal bits */

	/* Physical CSRs, by slot, that a guarded read or write has found to exist on this hart: fast paths need no guard. */
	uint64_t csr_readable[CSR_SLOT_WORDS], csr_writable[CSR_SLOT_WORDS];

	/* Virtual M CSRs with code. mstatus holds the fields of MSTATUS_VIRTUAL, the rest lives in hardware. */
	uint64_t mstatus;
	uint64_t mie; /* S bits: valid in the firmware world; in the payload world they live in hardware */
	uint64_t mtvec;
	uint64_t medeleg;
	uint64_t mcounteren;
	uint64_t mcountinhibit;
	struct counter cycle, instret;

	/* The payload's values of what a world switch swaps; valid in the firmware world. */
	uint64_t satp;
	uint64_t senvcfg;
	uint64_t payload_status; /* UXL and MPV as the payload left them */

	uint64_t claims;                   /* medeleg bits that modules take out of the physical one */
	bool counters_withheld;            /* a counter is not the identity: its reads come to hv (semantics 24) */
	enum world world;                  /* what the hardware is set up for */
	enum mode mode;                    /* of the guest; MODE_MACHINE is the firmware */
	bool mprv_armed;                   /* virtual MPRV = 1 and virtual MPP != M */
	bool started;                      /* the payload has been entered on this hart */
	bool machine_timer;                /* virtual MTIP; written by this hart only */
	_Atomic uint32_t machine_software; /* virtual MSIP, 0 or 1; any hart writes, with release */
	_Atomic uint64_t machine_timecmp;  /* virtual mtimecmp in ticks; any hart writes (relaxed: an MSI follows) */

	uint64_t exit_start; /* mcycle at the entry to hv; with the trace its ring has it (vcpu_exit_start) */
	uint64_t exit_end;   /* mcycle at which the exit before this one ended; valid if something observes exits */
	uint64_t
		exit_outside; /* cycles of each exit before its start and after its end; constant after boot; likewise */
	uint64_t exit_entered; /* mcycle at the entry of the last exit that was observed, later by what it slept */

	/* Where this hart's registers in its CLINT are, the virtual ones as the physical ones. Constant after boot. */
	uint64_t msip_address, timecmp_address, mtime_address;

	struct pmp pmp;

	struct tracer tracer[CONFIG_TRACE]; /* none without module trace */
};

/** The mstatus fields that the virtual CSR holds itself. UXL and SXL are constants there (semantics 20). */
#define MSTATUS_VIRTUAL                                                                                                \
	(MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR |            \
	 MSTATUS_UXL | MSTATUS_SXL | MSTATUS_MPELP)
/** Those that live in the hardware in both worlds. */
#define MSTATUS_HARDWARE                                                                                               \
	(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_VS | MSTATUS_FS | MSTATUS_XS | MSTATUS_SUM | MSTATUS_MXR | \
	 MSTATUS_SPELP | MSTATUS_SDT | MSTATUS_SD)
/** Those of the machine's byte order, the same for all (QEMU: 0). */
#define MSTATUS_ENDIAN (MSTATUS_UBE | MSTATUS_SBE | MSTATUS_MBE)

/** Guest register @p index (0-31). */
static inline uint64_t vcpu_reg(const struct vcpu *vcpu, unsigned index)
{
	return vcpu->regs[index];
}

/** Sets guest register @p index (0-31); x0 stays 0. */
static inline void vcpu_set_reg(struct vcpu *vcpu, unsigned index, uint64_t value)
{
	vcpu->regs[index] = value;
	vcpu->regs[0] = 0;
}

/** Gives @p vcpu the machine's reset state (Privileged ISA 3.4): M-mode, MIE = MPP = 0. machine_probe has run. */
COLD void vcpu_reset(struct vcpu *vcpu);

/** Virtual trap entry (3.1.6.1, 3.1.7): virtual mepc, mcause, mtval and mstatus.{MPP,MPIE,MIE} from the guest's present
 * state, pc from virtual mtvec, mode M. Disarms MPRV.
 * @param cause as mcause holds it, interrupt bit included; not 8 for an ecall of virtual M-mode but 11
 * @param value for mtval */
void vcpu_take_trap(struct vcpu *vcpu, uint64_t cause, uint64_t value);

/** The firmware takes virtual interrupt @p interrupt (cause code), which is pending and enabled; with its trace record. */
void vcpu_take_interrupt(struct vcpu *vcpu, unsigned interrupt);

/** Enters the payload's S-mode handler as a delegated exception does (4.1.1): sepc, scause, stval, SPP, SPIE, SIE, stvec.
 * Payload world, and the guest is in U- or S-mode. */
void vcpu_reflect_to_supervisor(struct vcpu *vcpu, uint64_t cause, uint64_t value);

/** Delivers the payload's exception as the machine would: to S-mode where virtual medeleg delegates it, else to the
 * firmware. */
void vcpu_deliver_exception(struct vcpu *vcpu, uint64_t cause, uint64_t value);

/** Virtual mret and sret in virtual M-mode (3.3.2). */
void vcpu_mret(struct vcpu *vcpu);
void vcpu_sret(struct vcpu *vcpu);

/** Virtual mstatus as virtual M-mode reads it. */
uint64_t vcpu_mstatus(const struct vcpu *vcpu);

/** Writes virtual mstatus: makes @p value legal (semantics 20), and has its side effects. */
void vcpu_set_mstatus(struct vcpu *vcpu, uint64_t value);

/** After virtual mstatus, mie or mideleg changed in the firmware world: physical mie anew (semantics 3). */
void vcpu_update_interrupt_enables(struct vcpu *vcpu);

/** After virtual MPRV or MPP changed: is MPRV armed, and the PMP view that this wants (semantics 17). */
void vcpu_update_mprv(struct vcpu *vcpu);

/** Virtual mip as virtual M-mode reads it: M bits are hv's, S bits and MEIP are the wires. */
uint64_t vcpu_mip(const struct vcpu *vcpu);

/** The interrupt that virtual M-mode takes now (3.1.9 priorities MEI, MSI, MTI, SEI, SSI, STI), or 0.
 * @return its cause code (1-11) */
unsigned vcpu_pending_interrupt(const struct vcpu *vcpu);

/** Whether an interrupt is pending that virtual mie enables, whatever MIE and mideleg say: what wakes a wfi (3.3.3). */
bool vcpu_wfi_wakes(const struct vcpu *vcpu);

/** After virtual mcounteren, mcountinhibit, mcycle or minstret changed: physical mcounteren and claims anew. */
void vcpu_update_counters(struct vcpu *vcpu);

/** Whether the trap being handled is an exception whose code (0-63) is among the bits of @p causes. */
static inline bool vcpu_trap_is_one_of(const struct vcpu *vcpu, uint64_t causes)
{
	return vcpu->trap.cause < 64 && (causes >> vcpu->trap.cause & 1);
}

/** Notes for observers what the trap came to; the first call counts. */
static inline void vcpu_note_outcome(struct vcpu *vcpu, enum trace_outcome outcome)
{
	if (CONFIG_OBSERVED && vcpu->trap.outcome == TRACE_EMULATED)
		vcpu->trap.outcome = (uint8_t)outcome;
}

/** Notes for observers that the module at @p index of the configuration's list took the trap over. */
static inline void vcpu_note_module(struct vcpu *vcpu, unsigned index)
{
	if (CONFIG_OBSERVED)
		vcpu->trap.module = (uint8_t)(index + 1);
}

/** Notes for the trace the payload's ecall at @p pc, which the firmware gets now; it is told when it is answered. */
PART_OF_FAST_PATH void vcpu_note_call(struct vcpu *vcpu, uint64_t pc)
{
	if (!trace_is_on(vcpu->tracer, TRACE_ECALL))
		return;

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
	tracer->call.pending = true;
}

/** Skips the trapped instruction; its length is taken from vcpu->trap.instruction, which must be known. */
static inline void vcpu_skip_instruction(struct vcpu *vcpu)
{
	vcpu->pc += (vcpu->trap.instruction & 3) == 3 ? 4 : 2;
}

#endif
