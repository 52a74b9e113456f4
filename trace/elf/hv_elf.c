/* Copies the notes of hv's ELF file. The linker wrote the note with the build id. hv/config/emit_c.py generated the
 * notes with the configuration and the list of events. */
#include "trace/elf/hv_elf.h"

#include <stdlib.h>
#include <string.h>

#include "trace/elf/elf_file.h"

#define CONFIGURATION_NOTE 1
#define EVENTS_NOTE 2

static enum error read_notes(struct hv_elf *hv, const struct elf_file *file)
{
	uint32_t id_bytes = 0, config_bytes = 0, events_bytes = 0;
	const void *id = elf_note(file, "GNU", NT_GNU_BUILD_ID, &id_bytes);
	const char *config = elf_note(file, "hartscope", CONFIGURATION_NOTE, &config_bytes);
	const char *events = elf_note(file, "hartscope", EVENTS_NOTE, &events_bytes);

	if (!id || id_bytes != sizeof(hv->build_id) || !config)
		return error_set(ERROR_DATA, "%s: not hv's ELF file: it has no build id, or no configuration",
				 file->path);
	hv->config = strndup(config, config_bytes);
	if (events)
		hv->events = strndup(events, events_bytes);
	if (!hv->config || (events && !hv->events))
		return error_no_memory();
	memcpy(hv->build_id, id, sizeof(hv->build_id));
	return ERROR_NONE;
}

enum error hv_elf_read(struct hv_elf *hv, const char *path)
{
	struct elf_file file;

	*hv = (struct hv_elf){ 0 };
	RETURN_IF_ERROR(elf_open(&file, path));

	enum error error = read_notes(hv, &file);

	if (error != ERROR_NONE)
		hv_elf_release(hv);
	elf_close(&file);
	return error;
}

void hv_elf_release(struct hv_elf *hv)
{
	free(hv->config);
	free(hv->events);
	*hv = (struct hv_elf){ 0 };
}
