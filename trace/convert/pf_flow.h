/* The table of the interrupts that harts send to each other. It is a part of struct pftrace.
 * Used only by pf_flow.c. Knows nothing of dump files. */
#ifndef TRACE_CONVERT_PF_FLOW_H
#define TRACE_CONVERT_PF_FLOW_H

#include <stdbool.h>
#include <stdint.h>

/** An interrupt that one or more harts sent to a hart. */
struct pf_flow {
	uint64_t id;
	int64_t sent;   /* time of the last send */
	int64_t ns;     /* time of the receive */
	uint32_t hart;  /* the hart that received it */
	uint32_t sends; /* number of sends that have an arrow; at most 2048, because later sends get no arrow */
	bool received;
	uint32_t
		older; /* the next older interrupt with the same hash: its place in the table plus 1; 0 if there is none */
};

#define PF_FLOWS (1u << 18)

/** The latest PF_FLOWS interrupts. Interrupt number n is at place n modulo PF_FLOWS. */
struct pf_flows {
	struct pf_flow at[PF_FLOWS];
	uint64_t count; /* how many interrupts have been put into the table */
	uint32_t newest
		[PF_FLOWS]; /* by hash: the place of the newest interrupt with this hash, plus 1; 0 if there is none */
};

#endif
