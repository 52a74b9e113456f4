/* A module that calls the module API, for the unit test of //hv/testing:module.
 * Only with_sample.toml names it. Must not be in an image. */
#ifndef HV_TESTING_SAMPLE_H
#define HV_TESTING_SAMPLE_H

#include "hv/module/api.h"

#define SAMPLE_EID 0x0a00be20 /* a0 address of 8 bytes: closes them for the firmware, and returns their sum in a1 */
#define SAMPLE_CLOSED 8       /* bytes */

struct sample {
	uint64_t calls;      /* of the ecall on this hart */
	uint64_t interrupts; /* calls of on_interrupt */
};

/** Calls module_fatal if there are more than 4 harts. */
void sample_init(struct sample *self, struct hart *hart);
/** Answers SAMPLE_EID, and broadcasts to the other harts. */
enum hook_action sample_ecall_from_payload(struct sample *self, struct hart *hart, struct vcpu *vcpu);
/** Writes the number of ecalls as counter 7. */
void sample_trace_counters(struct sample *self, struct hart *hart);
/** Opens what the ecall has closed. */
void sample_on_interrupt(struct sample *self, struct hart *hart, struct vcpu *vcpu);
/** Prints the numbers of ecalls of all harts. */
void sample_on_shutdown(struct sample *self, struct hart *hart);

#endif
