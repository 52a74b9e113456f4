/* See recording.h. */
#include "payloads/linux/hsctl/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "payloads/linux/hsctl/command.h"
#include "trace/dump/registers.h"

/** Whether the dump could be written; if not, says why. */
static bool done(enum error error)
{
	return error == ERROR_NONE || complain("%s", error_message());
}

/** Writes the events that this tool knows, and the names of the machine's registers. @return whether the device answered */
static bool write_schema(struct recording *recording)
{
	const struct device *device = recording->device;
	struct hartscope_registers registers[DEVICE_HARTS];
	struct registers_facts facts = { .harts = device->harts,
					 .ids = device->info.hart_ids,
					 .registers = registers,
					 .reset_base = device->info.reset_base,
					 .reset_bytes = device->info.reset_bytes };

	for (unsigned int hart = 0; hart < device->harts; hart++) {
		struct hartscope_stat stat;

		if (!device_stat(device, hart, &stat))
			return false;
		registers[hart] = stat.registers;
	}

	char *text;

	if (!done(registers_text(&facts, &text)))
		return false;
	IGNORE_ERROR(dump_write_schema_and(recording->writer, text)); /* closing returns it */
	free(text);
	return true;
}

static bool write_head(struct recording *recording)
{
	const struct hartscope_info *info = &recording->device->info;
	struct hartscope_control control = { 0 };
	struct dump_machine machine = {
		.timebase_hz = info->timebase,
		.harts = recording->device->harts,
		.abi_version = (uint32_t)info->abi_version,
		.slots = info->slots_per_hart,
	};

	if (!device_control(recording->device, &control))
		return false;
	machine.mode = (uint32_t)control.mode;
	memcpy(machine.build_id, info->build_id, sizeof(machine.build_id));
	/* A full disk or a closed pipe is reported at the end: the writer keeps its first failure. */
	IGNORE_ERROR(dump_write_machine(recording->writer, &machine, info->hart_ids, NULL));
	return write_schema(recording);
}

bool recording_begin(struct recording *recording, struct device *device, const char *path)
{
	memset(recording->hart, 0, sizeof(recording->hart));
	recording->device = device;
	if (!done(dump_writer_open(&recording->writer, path)))
		return false;
	if (write_head(recording)) {
		IGNORE_ERROR(dump_writer_show(recording->writer)); /* closing returns it */
		return true;
	}
	dump_writer_drop(recording->writer);
	return false;
}

/** @return whether the block is whole and of a hart that there is; the driver sees to it */
static bool write_block(struct recording *recording, const uint8_t *from, size_t left, size_t *length)
{
	struct hartscope_block block;

	if (left < sizeof(block))
		return complain("%s: a block was cut", HARTSCOPE_DEVICE_PATH);
	memcpy(&block, from, sizeof(block));
	*length = sizeof(block) + (size_t)block.slots * TRACE_SLOT_BYTES;
	if (block.length != *length || *length > left || block.hart >= recording->device->harts)
		return complain("%s: a block of hart %u has a length of %u", HARTSCOPE_DEVICE_PATH, block.hart,
				block.length);
	if (recording->hart[block.hart].read == 0)
		recording->hart[block.hart].before = block.lost;
	recording->hart[block.hart].read += block.slots;
	recording->hart[block.hart].lost += block.lost;
	return dump_write_ring(recording->writer, block.hart, block.first, block.lost,
			       (const struct trace_slot *)(const void *)(from + sizeof(block)),
			       block.slots) == ERROR_NONE;
}

bool recording_take(struct recording *recording, size_t *bytes)
{
	ssize_t got = read(recording->device->file, recording->buffer, sizeof(recording->buffer));

	*bytes = got > 0 ? (size_t)got : 0;
	if (got < 0 && errno != EAGAIN && errno != EINTR)
		return complain("%s: reading: %s", HARTSCOPE_DEVICE_PATH, strerror(errno));
	for (size_t at = 0, length = 0; at < *bytes; at += length)
		if (!write_block(recording, recording->buffer + at, *bytes - at, &length))
			return false;
	return dump_writer_flush(recording->writer) == ERROR_NONE;
}

static bool take_the_rest(struct recording *recording)
{
	size_t bytes;

	if (!device_sync(recording->device) || !device_flush(recording->device))
		return false;
	do {
		if (!recording_take(recording, &bytes))
			return false;
	} while (bytes);
	return true;
}

static bool write_statistics(struct recording *recording, unsigned int hart)
{
	struct hartscope_stat stat;

	if (!device_stat(recording->device, hart, &stat))
		return false;
	struct dump_statistics statistics = {
		.hart = hart,
		.emitted = stat.emitted,
		.read = recording->hart[hart].read,
		/* What hv discarded was never a slot that a reader could miss. */
		.lost = recording->hart[hart].lost + stat.discarded,
		.cycles_hv = stat.cycles_hv,
		.cycles_firmware = stat.cycles_firmware,
		.cycles_payload = stat.cycles_payload,
		.cycles_asleep = stat.cycles_asleep,
	};

	memcpy(statistics.exits, stat.exits_by_cause, sizeof(statistics.exits));
	return dump_write_statistics(recording->writer, &statistics) == ERROR_NONE;
}

bool recording_end(struct recording *recording)
{
	struct hartscope_control control = { 0 };
	bool good = take_the_rest(recording) && device_control(recording->device, &control);

	for (unsigned int hart = 0; good && hart < recording->device->harts; hart++)
		good = write_statistics(recording, hart);
	return done(dump_writer_close(recording->writer)) && good;
}
