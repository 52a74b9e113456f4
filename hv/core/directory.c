/* Fills in the directory through which the host finds hv's data in shared memory (abi/hartscope.h), and reads the
 * image's build id from the note that the linker wrote. */
#include "hv/core/core.h"
#include "hv/device/reset.h"
#include "hv/platform/platform.h"
#include "hv/virt/machine.h"

#define BUILD_ID_BYTES 20
#define NOTE_HEADER_BYTES 16 /* name size, descriptor size, type, "GNU\0" */

/* Symbols of the linker script: the build-id note, and the start and end of hv's code and constants. */
extern const uint8_t build_id_note[], hv_text_start[], hv_text_end[];

struct hartscope_directory hartscope_directory __attribute__((aligned(4096)));

const char *build_id_text(char text[41])
{
	for (unsigned i = 0; i < BUILD_ID_BYTES; i++) {
		uint8_t byte = build_id_note[NOTE_HEADER_BYTES + i];

		text[2 * i] = "0123456789abcdef"[byte >> 4];
		text[2 * i + 1] = "0123456789abcdef"[byte & 15];
	}
	text[40] = '\0';
	return text;
}

/* The host reads the register addresses in struct vcpu as a struct hartscope_registers, so both have the same
 * layout. */
#define VCPU_REGISTER(name) (offsetof(struct vcpu, name) - offsetof(struct vcpu, msip_address))
_Static_assert(VCPU_REGISTER(timecmp_address) == offsetof(struct hartscope_registers, mtimecmp),
	       "struct hartscope_registers");
_Static_assert(VCPU_REGISTER(mtime_address) == offsetof(struct hartscope_registers, mtime),
	       "struct hartscope_registers");

void directory_init(const struct fdt_facts *facts)
{
	struct hartscope_directory *directory = &hartscope_directory;

	directory->length = sizeof(*directory);
	directory->version = HARTSCOPE_ABI_VERSION;
	for (unsigned i = 0; i < BUILD_ID_BYTES; i++)
		directory->build_id[i] = build_id_note[NOTE_HEADER_BYTES + i];
	directory->timebase_hz = facts->timebase_hz;
	directory->hart_count = hart_count;
	directory->max_harts = CONFIG_MAX_HARTS;
	directory->hart_ids = (uint64_t)&harts[0].id;
	directory->hart_ids_stride = sizeof(struct hart);
	directory->registers = (uint64_t)&harts[0].vcpu.msip_address;
	directory->registers_stride = sizeof(struct hart);
	directory->reset_base = platform.reset.base;
	directory->reset_bytes = platform.reset.size;
	directory->hv_base = machine.hv_base;
	directory->hv_size = machine.hv_size;
	directory->text_start = (uint64_t)hv_text_start;
	directory->text_end = (uint64_t)hv_text_end;
	directory->state = HARTSCOPE_BOOTING;
	directory->magic = HARTSCOPE_MAGIC;
}
