/* The arguments of an exit's slice.
 * Used by pf_exit.c, which decides when and on which track a slice begins. */
#ifndef TRACE_CONVERT_PF_ARGUMENTS_H
#define TRACE_CONVERT_PF_ARGUMENTS_H

#include "trace/convert/pf.h"

/** Adds the outcome of @p exit, and the module that took it over if there is one. */
void pf_add_exit_details(const struct pftrace *pf, struct pf_event *event, const struct pf_exit *exit);

/** Returns the annotation (enum pf_annotation) for the value of an exit's record; 0 if the value needs none, because it
 * is 0, or because it is an SBI function that the exit's name contains.
 * @param kind the kind of the exit, from which its name follows */
unsigned pf_value_annotation(const struct pf_exit *exit, unsigned kind);

#endif
