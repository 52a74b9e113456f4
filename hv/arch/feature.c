/* Finds out which extensions the calling hart has: from misa, or by a guarded access to a CSR of the extension. */
#include "hv/arch/feature.h"

#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/arch/isa.h"
#include "hv/arch/register_file.h"

bool machine_has(unsigned features)
{
	uint64_t misa = csr_read(CSR_misa);

	if ((features & MACHINE_C) && !(misa & MISA('C')))
		return false;
	if ((features & MACHINE_D) && !(misa & MISA('D')))
		return false;
	if ((features & MACHINE_F) && !(misa & MISA('F')))
		return false;
	if ((features & MACHINE_H) && !(misa & MISA('H')))
		return false;
	if ((features & MACHINE_V) && vector_register_bytes() == 0)
		return false;
	if ((features & MACHINE_SSTC) && csr_physical_read(CSR_SLOT_stimecmp).error)
		return false;
	return !(features & MACHINE_ZKR) || !guarded_call(0, seed_thunk, 0, csr_read(CSR_mstatus)).error;
}
