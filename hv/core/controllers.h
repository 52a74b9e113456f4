/* The interrupt controllers in a device tree that concern hv. hv serves the controllers for the harts' machine software
 * and timer interrupts. It hides the controllers that harts access through CSRs which hv hides.
 * fdt.c finds the controllers and calls these functions. The functions must not walk the tree. */
#ifndef HV_CORE_CONTROLLERS_H
#define HV_CORE_CONTROLLERS_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/error.h"
#include "hv/virt/machine.h"

#define CONTROLLERS_MAX 32
#define CONTROLLER_RANGES 2

/** The kind of a controller, which its compatible list decides. */
enum controller_kind {
	CONTROLLER_CLINT,  /* SiFive: msip, mtimecmp, mtime in one range */
	CONTROLLER_MSWI,   /* ACLINT: msip */
	CONTROLLER_MTIMER, /* ACLINT: mtime, mtimecmp in two ranges */
	CONTROLLER_IMSIC,  /* AIA: guests access its registers through CSRs */
	CONTROLLER_PLIC,   /* hv serves it if a module closes it; only with CONFIG_PLIC */
	CONTROLLER_APLIC,  /* AIA: delivers interrupts by wire, or as messages to an IMSIC */
	CONTROLLER_OTHER
};

/** A controller, as its node describes it. */
struct controller {
	enum controller_kind kind;
	uint32_t begin, end;          /* offsets of the node's start and end in the tree */
	uint32_t phandle, msi_parent; /* 0 if the node has no such property */
	/* interrupts-extended: pairs of an interrupt number and the phandle of the controller inside a hart's node */
	const uint8_t *interrupts;
	uint32_t interrupts_length;                       /* bytes */
	struct memory_range registers[CONTROLLER_RANGES]; /* unused entries have size 0 */
};

/** The kind of a controller.
 * @param list   its compatible list: strings, each with its terminator
 * @param length bytes of the list
 * @return CONTROLLER_OTHER if hv has no interest in it. Pure. */
COLD enum controller_kind controller_kind(const uint8_t *list, uint32_t length);

/** Whether hv hides @p controller. It hides IMSICs, because it hides Smaia and Ssaia, and APLICs that reach harts only
 * through an IMSIC. Pure.
 * @param controllers all controllers of the tree, @p count of them */
COLD bool controller_is_hidden(const struct controller *controllers, unsigned count,
			       const struct controller *controller);

/** Writes the addresses of each hart's msip, mtimecmp and mtime to its vcpu, and the one region that contains them all
 * to `machine`. Called by the boot hart.
 * @param controllers   all controllers of the tree, @p count of them
 * @param hart_phandles phandle of the controller inside each hart's node, by hart index
 * @return ERROR_TREE_NO_CLINT or ERROR_TREE_CLINT_SPREAD. If no controller names a hart, the addresses of that hart
 * stay 0. This function does not report that as an error. */
COLD enum error controllers_assign(const struct controller *controllers, unsigned count,
				   const uint32_t *hart_phandles) MUST_CHECK;

#endif
