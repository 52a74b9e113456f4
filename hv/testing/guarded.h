/* The module of the configuration with_guards. Its declaration guards CSRs and hides bits. Unit tests of hv/virt answer
 * in place of its hook csr_access (testing_guard of hv/testing/hart.h); access_denied stores what it gets.
 * Only with_guards.toml names it. Must not be in an image. */
#ifndef HV_TESTING_GUARDED_H
#define HV_TESTING_GUARDED_H

#include "hv/module/api.h"

struct guarded {
	unsigned denied; /* the calls of access_denied */
	uint64_t address;
	enum pmp_access access;
};

static inline enum hook_action guarded_csr_access(struct guarded *self, struct hart *hart, struct vcpu *vcpu,
						  unsigned number, bool write, uint64_t *value)
{
	(void)self, (void)hart, (void)vcpu, (void)number, (void)write, (void)value;
	return HOOK_IGNORE;
}

static inline void guarded_access_denied(struct guarded *self, struct hart *hart, struct vcpu *vcpu, uint64_t address,
					 enum pmp_access access)
{
	(void)hart, (void)vcpu;
	self->denied++;
	self->address = address;
	self->access = access;
}

#endif
