/* The arguments of the slices of exits and SBI calls.
 * Used by pf_exit.c and pf_call.c, which decide when and on which track a slice begins. */
#ifndef TRACE_CONVERT_PF_ARGUMENTS_H
#define TRACE_CONVERT_PF_ARGUMENTS_H

#include "trace/convert/pf.h"

/** Adds the outcome of @p exit, and the module that took it over if there is one. */
void pf_add_exit_details(const struct pftrace *pf, struct pf_event *event, const struct pf_exit *exit);

/** Returns the annotation (enum pf_annotation) for the value of an exit's record; 0 if the value needs none, because it
 * is 0 or an SBI function. */
unsigned pf_value_annotation(const struct pf_exit *exit);

/** Adds the SBI function if the exit's record contains one and the exit's name does not.
 * @param kind the kind of the exit, from which its name follows */
void pf_add_exit_call(struct pf_event *event, const struct pf_exit *exit, unsigned kind);

/** Adds an SBI function by its numbers, because it has no name. */
void pf_add_function(struct pf_event *event, uint64_t eid, uint64_t fid);

#endif
