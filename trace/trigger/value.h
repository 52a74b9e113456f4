/* Finds the number or the kinds of exits that a name in a trigger stands for.
 * Called by the parser of triggers (trigger.c). It does not know the syntax of triggers. */
#ifndef TRACE_TRIGGER_VALUE_H
#define TRACE_TRIGGER_VALUE_H

#include "trace/trigger/trigger.h"

/** Returns whether values of the type are numbers that can be ordered, so that < and > make sense. Pure. */
bool value_is_ordered(enum trace_field_type type);

/** Finds the value that a name stands for.
 * @param type   the type of the field that is compared
 * @param config hv's configuration, for the names of modules
 * @return ERROR_OPTION if values of this type have no names, or if none has this name; the message does not contain
 * the trigger */
enum error value_of_name(enum trace_field_type type, const char *name, const char *config, uint64_t *value) MUST_CHECK;

/** Finds all kinds of exits with a name.
 * @param calls whether @p name is the name of an SBI function, so that only kinds of SBI calls are meant
 * @param kinds receives an array of NAMES_KINDS elements, which the caller frees; null after an error
 * @return ERROR_OPTION if no kind has this name; ERROR_MEMORY */
enum error value_kinds(const char *name, bool calls, bool **kinds) MUST_CHECK;

#endif
