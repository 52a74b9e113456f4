/* A hart: its virtual machine, hv's stack for it, what others ask of it, and the state of the modules on it; and the table of
 * all harts. Used by hv/core only. What modules may ask of a hart is declared in hv/module/api.h (hart_id, hart_at,
 * hart_set_all and so on), and hart.c defines that, too. */
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

#define HART_STACK_BYTES 4096
#define HART_SET_WORDS ((CONFIG_MAX_HARTS + 63) / 64)
#define MODULE_SLOTS (MODULE_COUNT > 0 ? MODULE_COUNT : 1)

struct hart {
	struct vcpu vcpu;   /* first: mscratch points at both */
	uint64_t stack_top; /* sp at each entry to hv */
	uint64_t id;        /* mhartid */
	unsigned index;     /* dense, 0 to hart_count - 1, in the FDT's order */

	/* Requests of other harts. They write with release, this hart takes them whole with acquire (core/request.c). */
	_Atomic uint32_t requests;                              /* bits of enum request */
	_Atomic uint64_t senders[MODULE_SLOTS][HART_SET_WORDS]; /* by module: harts whose broadcast is to be run here */

	_Atomic uint32_t
		unfinished;      /* broadcasts of this hart that others have not run; they count down with release */
	_Atomic uint32_t online; /* it serves requests; this hart writes, and the one that ends the run */

	uint64_t slept; /* cycles that the present exit slept in the firmware's wfi */
	uint64_t marks; /* MARK ecalls */
	bool hook_ran; /* on_interrupt of a module, which may have set any register; step_interrupt restores them then */

	struct module_states modules;
};
_Static_assert(offsetof(struct hart, vcpu) == 0, "trap.S and hart_current take one pointer for both");

/** All harts, by index. Those below hart_count are valid. */
extern struct hart harts[CONFIG_MAX_HARTS];

/** Number of harts that the device tree lists, at most CONFIG_MAX_HARTS. The boot hart writes it (fdt_take_over) before any
 * other hart runs; constant after that. */
extern unsigned hart_count;

/** The calling hart. After boot has set mscratch. */
static inline struct hart *hart_current(void)
{
	return (struct hart *)csr_read(CSR_mscratch);
}

/** The hart with mhartid @p id (any value), or NULL if there is none. After fdt_take_over. */
struct hart *hart_by_id(uint64_t id);

#endif
