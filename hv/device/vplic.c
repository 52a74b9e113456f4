/* Decides by the address which context an access to a PLIC belongs to. */
#include "hv/device/vplic.h"

#include <stddef.h>

#include "hv/device/mmio.h"

/* offsets of the registers, and their distances from context to context */
#define ENABLES 0x2000u
#define ENABLES_STRIDE 0x80u
#define CONTEXTS 0x200000u
#define CONTEXTS_STRIDE 0x1000u
#define THRESHOLD 0u
#define CLAIM 4u

#define WORD_BYTES 4u
#define CONTEXTS_MAX (2 * CONFIG_MAX_HARTS)

struct context {
	const struct vcpu *vcpu;
	bool for_machine;
};

/* The contexts of all PLICs, in the order in which they were added. Constant after boot. */
static struct context contexts[CONTEXTS_MAX];
static unsigned context_count;

static struct plic {
	struct memory_range registers;
	unsigned first, count; /* its contexts */
} plics[VPLIC_MAX];
static unsigned plic_count;
static struct plic *last; /* NULL if hv has no room for the PLIC that was added last */

/* ---- boot ---- */

void vplic_add(struct memory_range registers)
{
	last = plic_count < VPLIC_MAX ? &plics[plic_count++] : NULL;
	if (last)
		*last = (struct plic){ registers, context_count, 0 };
}

void vplic_add_context(const struct vcpu *vcpu, bool for_machine)
{
	if (last == NULL || context_count == CONTEXTS_MAX)
		return;
	contexts[context_count++] = (struct context){ vcpu, for_machine };
	last->count++;
}

/* ---- accesses ---- */

static const struct plic *plic_at(uint64_t address)
{
	for (const struct plic *plic = plics; plic < plics + plic_count; plic++)
		if (address - plic->registers.base < plic->registers.size)
			return plic;
	return NULL;
}

bool vplic_contains(uint64_t address)
{
	return plic_at(address) != NULL;
}

/* The context to which the register at @p offset belongs, or NULL if it belongs to none. @p claims becomes true if a read of
 * the register takes an interrupt away from the context. */
static const struct context *context_at(const struct plic *plic, uint64_t offset, bool *claims)
{
	uint64_t number;

	*claims = false;
	if (offset >= CONTEXTS) {
		uint64_t within = (offset - CONTEXTS) % CONTEXTS_STRIDE;

		number = (offset - CONTEXTS) / CONTEXTS_STRIDE;
		*claims = within != THRESHOLD;
		if (within > CLAIM)
			return NULL;
	} else if (offset >= ENABLES) {
		number = (offset - ENABLES) / ENABLES_STRIDE;
	} else {
		return NULL;
	}
	return number < plic->count ? &contexts[plic->first + number] : NULL;
}

enum error vplic_access(const struct vcpu *vcpu, bool runs, struct access *access)
{
	const struct plic *plic = plic_at(access->address);
	bool claims;

	if (plic == NULL || access->amo || access->width != WORD_BYTES || access->address % WORD_BYTES != 0)
		return ERROR_DENIED;

	const struct context *context = context_at(plic, access->address - plic->registers.base, &claims);

	if (context == NULL || !(context->for_machine || (context->vcpu == vcpu && !runs && !claims)))
		return ERROR_DENIED;
	if (access->store)
		mmio_write32(access->address, (uint32_t)access->value);
	else
		access->value = (uint64_t)(int64_t)(int32_t)mmio_read32(access->address);
	return ERROR_NONE;
}
