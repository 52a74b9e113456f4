/* Writes all rings to the console, as lines that `hstrace extract` finds in a log (trace/format/console.h). Each line
 * is one frame. The first frame describes the machine. Then come each hart's state and slots. The last frame contains
 * the number of frames, so that the reader notices if lines were lost. */
#include "trace/format/console.h"

#include "hv/core/core.h"
#include "hv/device/clint.h"
#include "hv/log/log.h"

/* A dump that is being written. */
struct dump {
	struct console_frame frame;
	uint64_t frames; /* written so far */
};

static void write_frame(struct dump *dump, enum console_type type, unsigned hart, uint64_t sequence)
{
	char line[CONSOLE_LINE_BYTES];

	dump->frame.type = (uint8_t)type;
	dump->frame.hart = (uint16_t)hart;
	dump->frame.sequence = sequence;
	console_encode(&dump->frame, line);
	log_text("%s\r\n", line);
	dump->frames++;
	dump->frame.count = 0;
	for (unsigned i = 0; i < sizeof(dump->frame.contents.bytes); i++)
		dump->frame.contents.bytes[i] = 0;
}

static void write_machine(struct dump *dump)
{
	struct console_machine *machine_frame = &dump->frame.contents.machine;

	machine_frame->timebase_hz = hartscope_directory.timebase_hz;
	machine_frame->slots = CONFIG_TRACE_SLOTS;
	machine_frame->harts = hart_count;
	machine_frame->abi_version = HARTSCOPE_ABI_VERSION;
	machine_frame->mode = (uint32_t)trace_wanted.mode;
	machine_frame->version = CONSOLE_VERSION;
	machine_frame->mtime = harts[0].vcpu.mtime_address;
	for (unsigned i = 0; i < sizeof(machine_frame->build_id); i++)
		machine_frame->build_id[i] = hartscope_directory.build_id[i];
	write_frame(dump, CONSOLE_MACHINE, 0, 0);
}

static void write_slots(struct dump *dump, const struct hart *hart, uint64_t first, uint64_t next)
{
	const struct hartscope_ring *ring = &hart->vcpu.tracer->ring;
	const struct trace_slot *slots = (const struct trace_slot *)ring->slots;

	for (uint64_t sequence = first; sequence < next;) {
		uint64_t begin = sequence;

		for (; sequence < next && sequence - begin < CONSOLE_SLOTS_EACH; sequence++)
			dump->frame.contents.slot[sequence - begin] = slots[sequence & (CONFIG_TRACE_SLOTS - 1)];
		dump->frame.count = (uint8_t)(sequence - begin);
		write_frame(dump, CONSOLE_SLOTS, hart->index, ring->erased + begin);
	}
}

/* The number of the oldest slot to dump. After a panic, a hart that has not stopped may still write to its ring, so the
 * dump leaves out the slots that this hart may be overwriting. */
static uint64_t oldest_slot(const struct hartscope_ring *ring, uint64_t head)
{
	uint64_t reach = ring->count - 2 * TRACE_RECORD_SLOTS;

	if (ring->mode == HARTSCOPE_MODE_DISCARD)
		return ring->tail / TRACE_SLOT_BYTES;
	return head > reach ? head - reach : 0;
}

/* Finds the exit that is in flight. This exit has begun, but the slots from @p first up to @p next - 1 do not contain
 * its record. @return mcycle at the start of the exit; 0 if no exit is in flight, or if its record may have been
 * lost */
static uint64_t in_flight(const struct tracer *tracer, uint64_t first, uint64_t next)
{
	const struct trace_slot *slots = (const struct trace_slot *)tracer->ring.slots;

	if (!trace_is_on(tracer, TRACE_EXIT) || tracer->lost)
		return 0;
	while (next-- > first) {
		const struct trace_slot *slot = &slots[next & (CONFIG_TRACE_SLOTS - 1)];
		uint64_t since = (tracer->ring.start - slot->tag) & TRACE_TIMESTAMP_MASK;

		if (trace_slot_event(slot) == TRACE_EXIT)
			return since && since <= TRACE_TIMESTAMP_MASK / 2 ? tracer->ring.start : 0;
	}
	return tracer->ring.start;
}

static void write_hart(struct dump *dump, const struct hart *hart)
{
	const struct hartscope_ring *ring = &hart->vcpu.tracer->ring;
	struct console_hart *state = &dump->frame.contents.hart_state;
	uint64_t next = ring->head / TRACE_SLOT_BYTES, first = oldest_slot(ring, next);

	if (ring->count == 0) /* the hart has not started */
		return;
	state->id = hart->id;
	state->first = ring->erased + first;
	state->next = ring->erased + next;
	state->discarded = ring->lost;
	state->emitted = ring->erased + next + ring->lost;
	state->in_flight = in_flight(hart->vcpu.tracer, first, next);
	state->msip = hart->vcpu.msip_address;
	state->mtimecmp = hart->vcpu.timecmp_address;
	write_frame(dump, CONSOLE_HART, hart->index, 0);
	write_slots(dump, hart, first, next);
}

void trace_dump(void)
{
	struct dump dump = { .frame.run = (uint32_t)clint_time(&hart_current()->vcpu) };

	log_text("\r\n");
	write_machine(&dump);
	for (unsigned i = 0; i < hart_count; i++)
		write_hart(&dump, &harts[i]);
	write_frame(&dump, CONSOLE_END, 0, dump.frames);
}
