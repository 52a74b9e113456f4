/* ecall_monitor: counts the payload's ecalls on each hart, and prints the numbers at the end of a run.
 * The generated dispatch code calls the hooks. Must not know what an ecall asks for. */
#ifndef MODULES_EXAMPLES_ECALL_MONITOR_H
#define MODULES_EXAMPLES_ECALL_MONITOR_H

#include "hv/module/api.h"

/** The state of the module on one hart. */
struct ecall_monitor {
	uint64_t ecalls; /* only this hart writes it, all harts read it */
};

/** Counts the ecall, and leaves it to hv. */
enum hook_action ecall_monitor_ecall_from_payload(struct ecall_monitor *self, struct hart *hart, struct vcpu *vcpu);
/** Prints the numbers of all harts. Called on the hart that ends the run. */
void ecall_monitor_on_shutdown(struct ecall_monitor *self, struct hart *hart);

#endif
