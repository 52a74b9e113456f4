/* Lists of PMP ranges, for machines with few PMP entries: how to describe what virtual PMP allows with fewer entries.
 * Called by pmp_few.c. Must not know struct vcpu, physical registers or why a range is protected. All functions are
 * pure, except that they change the list they get. */
#ifndef HV_VIRT_PMP_LIST_H
#define HV_VIRT_PMP_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"

/* Enough for 16 virtual entries and one more range, and for the entries of hv and of modules on a machine with fewer than
 * 16. */
#define PMP_LIST_MAX 20

/** A range of physical addresses with the rights of a pmpcfg byte. */
struct pmp_range {
	uint64_t first, last; /* addresses of the first and the last byte; first <= last */
	uint8_t config;       /* R, W, X and L of a pmpcfg byte; A is ignored */
};

/** Ranges in order of priority: the first range that contains an address decides about it (3.7.1.3). */
struct pmp_list {
	unsigned count;
	struct pmp_range range[PMP_LIST_MAX];
};

/** What reducing a list must respect. */
struct pmp_limits {
	const struct pmp_list
		*own;   /* ranges of hv and of modules; they come before the list, so it decides nothing there */
	unsigned slots; /* physical entries for the list, without the default entry */
	bool locked;    /* locked ranges exist, so the list must be right for M-mode, too */
};

/** A list in the form of physical entries. */
struct pmp_slots {
	unsigned count;
	uint8_t config[PMP_LIST_MAX * 2];   /* A, L, R, W, X; 0 for an entry that only holds the start of a TOR range */
	uint64_t address[PMP_LIST_MAX * 2]; /* pmpaddr values */
};

/** Whether the range is all memory. As the last range of a list, it needs no entry besides the default entry. */
COLD bool pmp_range_is_all(const struct pmp_range *range);

/** Converts a list to entries: NA4 or NAPOT where the range has that shape; otherwise TOR, which takes one more entry for
 * the start unless the entry before ends there. A last range that is all memory is left out. */
COLD void pmp_list_encode(const struct pmp_list *list, struct pmp_slots *slots);

/** Makes @p list fit into the slots of @p limits. Afterwards no address outside the own ranges has a right that it
 * did not have before. If addresses lose rights, pmp_list_load can return them one range at a time. If the list fits,
 * it stays as it is. In a list that does not fit, no range means no rights, for M-mode too if ranges are locked. */
COLD void pmp_list_reduce(struct pmp_list *list, const struct pmp_limits *limits);

/** Puts @p range in front of a list that pmp_list_reduce has made, and removes as many other ranges as needed.
 * @param range      a range in which each address has the same rights in the full list
 * @param first, last the access that needs the range. If there are too few slots for the whole range, the list gets a part of it
 *                   that has NAPOT form and contains the access.
 * @return false if the slots cannot hold any range that contains the access; the list is unchanged */
COLD bool pmp_list_load(struct pmp_list *list, const struct pmp_limits *limits, struct pmp_range range, uint64_t first,
			uint64_t last);

/** Whether @p part grants no right that @p full does not grant, at any address outside the own ranges.
 * @param exact whether it must also grant all rights that @p full grants No range means no rights, for M-mode
 * too. */
COLD bool pmp_list_is_within(const struct pmp_list *part, const struct pmp_list *full, const struct pmp_limits *limits,
			     bool exact);

#endif
