/* Struct hart holds everything that belongs to one hart: its virtual machine, its stack, requests from other
 * harts, and the state of each module. The table `harts` holds all of them. Only hv/core uses this header. hart.c
 * also defines the functions by which modules look at harts (hart_id, hart_at, hart_set_all and others), which
 * hv/module/api.h declares. */
#ifndef HV_CORE_HART_H
#define HV_CORE_HART_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hv/arch/csr.h"
#include "hv/config/config.h"
#include "hv/config/dispatch.h"
#include "hv/virt/vcpu.h"

#define HART_STACK_BYTES (4096 << CONFIG_PMP_FEW) /* pmp_list.c keeps several lists on the stack */
#define HART_SET_WORDS ((CONFIG_MAX_HARTS + 63) / 64)
#define MODULE_SLOTS (MODULE_COUNT > 0 ? MODULE_COUNT : 1)

/** All data of one hart: the guest's registers, the data of hv, and the state of the modules on this hart. */
struct hart {
	struct vcpu vcpu;   /* the first member, so that mscratch points at both structures */
	uint64_t stack_top; /* value of sp at each entry to hv */
	uint64_t id;        /* mhartid */
	unsigned index;     /* 0 to hart_count - 1, in the order of the device tree */

	/* Other harts set bits with release. This hart clears all bits at once with acquire (core/request.c). */
	_Atomic uint32_t requests;                              /* bits of enum request */
	_Atomic uint64_t senders[MODULE_SLOTS][HART_SET_WORDS]; /* by module: harts with a broadcast for this hart */

	/* for how many broadcasts of this hart a receiver has not run its hook yet; the receivers decrement it with
	 * release */
	_Atomic uint32_t unfinished;
	/* 1 while this hart serves requests; written by this hart, and by the hart that ends the run */
	_Atomic uint32_t online;

	/* The hart's state as the SBI's HSM extension has it (enum hart_state). Any hart may read it with relaxed order.
	 * This hart writes it, and while it is stopped, a hart whose payload starts it. Only with CONFIG_HART_STATE. */
	_Atomic uint32_t state;
	bool entered; /* the payload has run on this hart before */
	/* The payload's FP and vector registers are in extension_states, because the firmware uses these registers. Only
	 * with CONFIG_HIDE_EXTENSION_STATE. */
	bool extensions_saved;
	uint64_t call_pc;      /* where the payload's last call of the HSM extension is */
	struct hart *starting; /* the hart that this call has asked the firmware to start, or NULL */
	uint64_t timecmp;      /* supervisor_timecmp at this call, if it has asked the firmware to stop the hart */

	uint64_t slept; /* cycles that the current exit has slept in a wfi of the firmware */
	uint64_t marks; /* number of MARK ecalls */
	/* on_interrupt of a module, or its hook of a world switch, has run and may have set any register, so step_interrupt
	 * makes trap.S load all registers */
	bool hook_ran;

	struct module_states modules;
};
_Static_assert(offsetof(struct hart, vcpu) == 0, "trap.S and hart_current take one pointer for both");

/** All harts, by index. Entries from hart_count on are not initialised. */
extern struct hart harts[CONFIG_MAX_HARTS];

/** Number of harts that the device tree lists, at most CONFIG_MAX_HARTS. The boot hart writes it in fdt_take_over,
 * before any other hart runs. It does not change after that. */
extern unsigned hart_count;

/** The hart that calls this function. Valid once boot has set mscratch. */
static inline struct hart *hart_current(void)
{
	return (struct hart *)csr_read(CSR_mscratch);
}

#endif
