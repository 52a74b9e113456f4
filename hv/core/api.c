/* What modules ask core for (hv/module/api.h), beside broadcasts (request.c), copies (ecall.c) and the end (shutdown.c). */
#include "hv/core/core.h"
#include "hv/virt/machine.h"

struct hartscope_directory *module_directory(void)
{
	return &hartscope_directory;
}

uint64_t hart_id(const struct hart *hart)
{
	return hart->id;
}

unsigned hart_index(const struct hart *hart)
{
	return hart->index;
}

unsigned hart_total(void)
{
	return hart_count;
}

struct hart_set hart_set_all(void)
{
	struct hart_set set = { 0 };

	for (unsigned i = 0; i < hart_count; i++)
		hart_set_add(&set, i);
	return set;
}

uint64_t exit_start(const struct hart *hart)
{
	return hart->exit_start;
}

uint64_t exit_previous_end(const struct hart *hart)
{
	return hart->exit_end;
}

uint64_t exit_previous_sleep(const struct hart *hart)
{
	return hart->previous_slept;
}

/* A module's states lie one struct hart apart. */
const void *module_state_at(const void *self, unsigned index)
{
	uintptr_t offset = ((uintptr_t)self - (uintptr_t)harts) % sizeof(struct hart);

	return (const uint8_t *)&harts[index] + offset;
}

bool vcpu_csr(struct vcpu *vcpu, unsigned number, uint64_t *value)
{
	return number < CSR_COUNT && csr_virtual_read(vcpu, number, value);
}

bool vcpu_set_csr(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	return number < CSR_COUNT && csr_virtual_write(vcpu, number, CSR_OPERATION_WRITE, value);
}

bool module_pmp_set(unsigned module, unsigned i, unsigned match, uint64_t address, uint64_t size,
		    enum pmp_permission permission)
{
	static const uint8_t first[] = MODULE_PMP_FIRST, count[] = MODULE_PMP_COUNT;
	bool napot = match == PMP_NAPOT;

	if (module >= sizeof(count) || i >= count[module] || address % 4 != 0)
		return false;
	if (napot && (size < 8 || (size & (size - 1)) || address % size != 0))
		return false;
	pmp_set_own_entry(&hart_current()->vcpu, PMP_ENTRY_MODULES + first[module] + i,
			  (uint8_t)(field_set(PMPCFG_A, 0, match) | permission),
			  napot ? pmp_napot(address, size) : address >> 2);
	return true;
}
