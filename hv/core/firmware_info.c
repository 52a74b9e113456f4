/* Corrects the boot hart in the struct fw_dynamic_info of OpenSBI, by which the program before hv tells the firmware what
 * to boot (OpenSBI, include/sbi/fw_dynamic.h: words of 8 bytes; the sixth is the boot hart, from version 2 on). */
#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/core/core.h"
#include "hv/virt/machine.h"

#define INFO_MAGIC 0x4942534f
#define INFO_VERSION_WITH_BOOT_HART 2

enum { MAGIC, VERSION, BOOT_HART = 5, WORDS };

/* Loads a word of the struct. Returns 0 if it cannot be loaded, which is neither the magic number nor a version with a boot
 * hart. */
static uint64_t word_of(uint64_t info, unsigned index)
{
	uint64_t word;

	if (guarded_load(csr_read(CSR_mstatus), info + index * sizeof(word), sizeof(word), &word) != ERROR_NONE)
		return 0;
	return word;
}

uint64_t firmware_info_boot_hart(uint64_t info)
{
	/* Outside memory, a load might have an effect on a device. */
	if (info % sizeof(uint64_t) || memory_behind(info) < WORDS * sizeof(uint64_t))
		return FIRMWARE_BOOT_HART_ANY;
	if (word_of(info, MAGIC) != INFO_MAGIC || word_of(info, VERSION) < INFO_VERSION_WITH_BOOT_HART)
		return FIRMWARE_BOOT_HART_ANY;
	return word_of(info, BOOT_HART);
}

bool firmware_info_set_boot_hart(uint64_t info, uint64_t id)
{
	uint64_t address = info + BOOT_HART * sizeof(id);

	if (guarded_store(csr_read(CSR_mstatus), address, sizeof(id), id) != ERROR_NONE)
		return false;
	return word_of(info, BOOT_HART) == id;
}
