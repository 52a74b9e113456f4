/* warden: a test module with the hooks csr_access and access_denied, which also hides bits from the firmware. It records
 * the calls of the hooks, and guests read the records by ecall (warden_calls.h).
 * hv calls its hooks through generated code, in the image of its tests.
 * Must not do anything to a guest except what the guest has asked for. */
#ifndef PAYLOADS_WARDEN_WARDEN_H
#define PAYLOADS_WARDEN_WARDEN_H

#include "hv/module/api.h"
#include "payloads/warden/warden_calls.h"

struct asked {
	unsigned number;
	bool write;
	uint64_t value;
};

struct warden {
	uint64_t denied, address, access; /* of access_denied: the number of calls, and the arguments of the last one */
	bool opens;
	struct asked asked[WARDEN_CALLS]; /* the first calls of csr_access */
	unsigned count;
	bool takes_reads, takes_writes;
	uint64_t answer;
};

enum hook_action warden_ecall_from_firmware(struct warden *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action warden_csr_access(struct warden *self, struct hart *hart, struct vcpu *vcpu, unsigned number,
				   bool write, uint64_t *value);
void warden_access_denied(struct warden *self, struct hart *hart, struct vcpu *vcpu, uint64_t address,
			  enum pmp_access access);

#endif
