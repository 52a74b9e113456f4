#include "trace/elf/hv_elf.h"

#include <stdlib.h>
#include <string.h>

#include "trace/elf/elf_file.h"

#define CONFIGURATION_NOTE 1
#define EVENTS_NOTE 2

const char *hv_elf_read(struct hv_elf *hv, const char *path)
{
	struct elf_file file;
	uint32_t id_bytes = 0, config_bytes = 0, events_bytes = 0;
	const char *wrong = elf_open(&file, path);

	*hv = (struct hv_elf){ 0 };
	if (wrong)
		return wrong;
	const void *id = elf_note(&file, "GNU", NT_GNU_BUILD_ID, &id_bytes);
	const char *config = elf_note(&file, "hartscope", CONFIGURATION_NOTE, &config_bytes);
	const char *events = elf_note(&file, "hartscope", EVENTS_NOTE, &events_bytes);
	if (!id || id_bytes != sizeof(hv->build_id) || !config)
		wrong = "not hv's ELF file: it has no build id, or no configuration";
	else if (!(hv->config = strndup(config, config_bytes)) ||
		 (events && !(hv->events = strndup(events, events_bytes))))
		wrong = "no memory";
	else
		memcpy(hv->build_id, id, sizeof(hv->build_id));
	if (wrong)
		hv_elf_release(hv);
	elf_close(&file);
	return wrong;
}

void hv_elf_release(struct hv_elf *hv)
{
	free(hv->config);
	free(hv->events);
	*hv = (struct hv_elf){ 0 };
}
