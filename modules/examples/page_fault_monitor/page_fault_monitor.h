/* page_fault_monitor: counts the payload's page faults on each hart, which the payload then handles as usual.
 * The generated dispatch code calls the hooks. Must not know why a page is missing. */
#ifndef MODULES_EXAMPLES_PAGE_FAULT_MONITOR_H
#define MODULES_EXAMPLES_PAGE_FAULT_MONITOR_H

#include "hv/module/api.h"

/** The state of the module on one hart. Only this hart writes it, all harts read it. */
struct page_fault_monitor {
	uint64_t fetches, loads, stores; /* page faults by access */
	uint64_t last;                   /* the address of the last one */
};

/** Counts the page fault, and leaves it to hv. hv calls it only for page faults. */
enum hook_action page_fault_monitor_trap_from_payload(struct page_fault_monitor *self, struct hart *hart,
						      struct vcpu *vcpu);
/** Prints the numbers of all harts. Called on the hart that ends the run. */
void page_fault_monitor_on_shutdown(struct page_fault_monitor *self, struct hart *hart);

#endif
