/* The interrupt controllers of a device tree that concern hv: those that have the harts' machine software and timer
 * interrupts, which hv serves; and those whose registers are CSRs that hv hides.
 * Called by fdt.c, which finds them. Must not walk the tree. */
#ifndef HV_CORE_CONTROLLERS_H
#define HV_CORE_CONTROLLERS_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/virt/machine.h"

#define CONTROLLERS_MAX 32
#define CONTROLLER_RANGES 2

enum controller_kind {
	CONTROLLER_CLINT,  /* SiFive: msip, mtimecmp, mtime in one range */
	CONTROLLER_MSWI,   /* ACLINT: msip */
	CONTROLLER_MTIMER, /* ACLINT: mtime, mtimecmp in two ranges */
	CONTROLLER_IMSIC,  /* AIA: its registers are CSRs */
	CONTROLLER_APLIC,  /* AIA: wired, or sends to an IMSIC */
	CONTROLLER_OTHER
};

/** A controller as its node has it. */
struct controller {
	enum controller_kind kind;
	uint32_t begin, end;          /* the node: offsets in the tree */
	uint32_t phandle, msi_parent; /* 0: none */
	const uint8_t *interrupts;    /* interrupts-extended: pairs of a hart's controller's phandle and a number */
	uint32_t interrupts_length;   /* bytes */
	struct memory_range registers[CONTROLLER_RANGES]; /* size 0: none */
};

/** What a controller with the compatible list @p list of @p length bytes is. Pure. */
COLD enum controller_kind controller_kind(const uint8_t *list, uint32_t length);

/** Whether hv hides @p controller, one of @p count in @p controllers: IMSICs, since Smaia and Ssaia are hidden, and the
 * APLICs that reach harts through one alone. Pure. */
COLD bool controller_is_hidden(const struct controller *controllers, unsigned count,
			       const struct controller *controller);

/** Notes in each hart's vcpu where its registers are, and in `machine` the region that has all of them.
 * @param hart_phandles by hart index: of the controller in the hart's own node
 * @return NULL, or what is wrong. A hart that no controller names is left with addresses of 0. */
COLD const char *controllers_assign(const struct controller *controllers, unsigned count,
				    const uint32_t *hart_phandles);

#endif
