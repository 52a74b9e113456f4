/* Copies blocks from the driver into a dump. The dump begins with the machine chunk and the schema chunk, and ends with
 * the statistics of each hart. */
#include "payloads/linux/hsctl/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/dump/registers.h"

/** Writes the schema. It contains the events that hsctl was built with, and the names of the machine's device
 * registers. */
static enum error write_schema(struct recording *recording)
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

		RETURN_IF_ERROR(device_stat(device, hart, &stat));
		registers[hart] = stat.registers;
	}

	char *text;

	RETURN_IF_ERROR(registers_text(&facts, &text));

	enum error error = dump_write_schema_and(recording->writer, text);

	free(text);
	return error;
}

static enum error write_head(struct recording *recording)
{
	const struct hartscope_info *info = &recording->device->info;
	struct hartscope_control control = { 0 };
	struct dump_machine machine = {
		.timebase_hz = info->timebase,
		.harts = recording->device->harts,
		.abi_version = (uint32_t)info->abi_version,
		.slots = info->slots_per_hart,
	};

	RETURN_IF_ERROR(device_control(recording->device, &control));
	machine.mode = (uint32_t)control.mode;
	memcpy(machine.build_id, info->build_id, sizeof(machine.build_id));
	RETURN_IF_ERROR(dump_write_machine(recording->writer, &machine, info->hart_ids, NULL));
	return write_schema(recording);
}

enum error recording_begin(struct recording *recording, struct device *device, const char *path)
{
	memset(recording->hart, 0, sizeof(recording->hart));
	recording->device = device;
	RETURN_IF_ERROR(dump_writer_open(&recording->writer, path));

	enum error error = write_head(recording);

	if (error != ERROR_NONE)
		recording_drop(recording);
	return error;
}

enum error recording_show(struct recording *recording)
{
	return dump_writer_show(recording->writer);
}

/** Writes the first block of the buffer to the dump.
 * @param length  receives the length of the block
 * @return ERROR_DATA if the block is cut off, or belongs to an unknown hart; both would be defects of the driver */
static enum error write_block(struct recording *recording, const uint8_t *from, size_t left, size_t *length)
{
	struct hartscope_block block;

	if (left < sizeof(block))
		return error_set(ERROR_DATA, "%s: a block is cut off", HARTSCOPE_DEVICE_PATH);
	memcpy(&block, from, sizeof(block));
	*length = sizeof(block) + (size_t)block.slots * TRACE_SLOT_BYTES;
	if (block.length != *length || *length > left || block.hart >= recording->device->harts)
		return error_set(ERROR_DATA, "%s: a block of hart %u has the wrong length %u", HARTSCOPE_DEVICE_PATH,
				 block.hart, block.length);
	if (recording->hart[block.hart].read == 0)
		recording->hart[block.hart].before = block.lost;
	recording->hart[block.hart].read += block.slots;
	recording->hart[block.hart].lost += block.lost;
	return dump_write_ring(recording->writer, block.hart, block.first, block.lost,
			       (const struct trace_slot *)(const void *)(from + sizeof(block)), block.slots);
}

enum error recording_take(struct recording *recording, size_t *bytes)
{
	ssize_t got = read(recording->device->file, recording->buffer, sizeof(recording->buffer));

	*bytes = got > 0 ? (size_t)got : 0;
	if (got < 0 && errno != EAGAIN && errno != EINTR)
		return error_set(ERROR_SYSTEM, "%s: cannot read: %s", HARTSCOPE_DEVICE_PATH, strerror(errno));
	for (size_t at = 0, length = 0; at < *bytes; at += length)
		RETURN_IF_ERROR(write_block(recording, recording->buffer + at, *bytes - at, &length));
	return dump_writer_flush(recording->writer);
}

static enum error take_the_rest(struct recording *recording)
{
	size_t bytes;

	RETURN_IF_ERROR(device_sync(recording->device));
	RETURN_IF_ERROR(device_flush(recording->device));
	do {
		RETURN_IF_ERROR(recording_take(recording, &bytes));
	} while (bytes);
	return ERROR_NONE;
}

static enum error write_statistics(struct recording *recording, unsigned int hart)
{
	struct hartscope_stat stat;

	RETURN_IF_ERROR(device_stat(recording->device, hart, &stat));
	struct dump_statistics statistics = {
		.hart = hart,
		.emitted = stat.emitted,
		.read = recording->hart[hart].read,
		/* Slots that hv discarded have no sequence number, so the losses that the driver reports do not include
		 * them. */
		.lost = recording->hart[hart].lost + stat.discarded,
		.cycles_hv = stat.cycles_hv,
		.cycles_firmware = stat.cycles_firmware,
		.cycles_payload = stat.cycles_payload,
		.cycles_asleep = stat.cycles_asleep,
	};

	memcpy(statistics.exits, stat.exits_by_cause, sizeof(statistics.exits));
	return dump_write_statistics(recording->writer, &statistics);
}

/** Reads the remaining slots, and writes the statistics of all harts. If the dump can no longer be written, the slots
 * stay in the rings for other readers. */
static enum error write_end(struct recording *recording)
{
	RETURN_IF_ERROR(dump_writer_flush(recording->writer));
	RETURN_IF_ERROR(take_the_rest(recording));
	for (unsigned int hart = 0; hart < recording->device->harts; hart++)
		RETURN_IF_ERROR(write_statistics(recording, hart));
	return ERROR_NONE;
}

enum error recording_end(struct recording *recording)
{
	struct error_kept failure = { 0 };

	error_keep(&failure, write_end(recording));
	error_keep(&failure, dump_writer_close(recording->writer));
	return error_again(&failure);
}

void recording_drop(struct recording *recording)
{
	dump_writer_drop(recording->writer);
}
