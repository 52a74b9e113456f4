/* The field numbers of Perfetto's trace format, for the fields that the converter writes. They come from
 * protos/perfetto/trace in Perfetto's sources.
 * Included by the converter and its tests. Knows nothing of hartscope. */
#ifndef TRACE_CONVERT_PERFETTO_FIELDS_H
#define TRACE_CONVERT_PERFETTO_FIELDS_H

enum perfetto_trace { PERFETTO_TRACE_PACKET = 1 };

enum perfetto_packet {
	PERFETTO_PACKET_CLOCK_SNAPSHOT = 6,
	PERFETTO_PACKET_TIMESTAMP = 8,
	PERFETTO_PACKET_SEQUENCE_ID = 10, /* trusted_packet_sequence_id */
	PERFETTO_PACKET_TRACK_EVENT = 11,
	PERFETTO_PACKET_INTERNED_DATA = 12,
	PERFETTO_PACKET_SEQUENCE_FLAGS = 13,
	PERFETTO_PACKET_PREVIOUS_DROPPED = 42, /* previous_packet_dropped */
	PERFETTO_PACKET_CLOCK_ID = 58,         /* timestamp_clock_id */
	PERFETTO_PACKET_DEFAULTS = 59,         /* trace_packet_defaults */
	PERFETTO_PACKET_TRACK_DESCRIPTOR = 60,
	PERFETTO_PACKET_FIRST_ON_SEQUENCE = 87
};

enum perfetto_sequence_flag { PERFETTO_STATE_CLEARED = 1, PERFETTO_NEEDS_STATE = 2 };

enum perfetto_defaults { PERFETTO_DEFAULTS_TRACK_EVENT = 11, PERFETTO_DEFAULTS_CLOCK_ID = 58 };
enum perfetto_event_defaults { PERFETTO_EVENT_DEFAULTS_TRACK = 11 };

enum perfetto_snapshot { PERFETTO_SNAPSHOT_CLOCK = 1, PERFETTO_SNAPSHOT_PRIMARY = 2 /* primary_trace_clock */ };
enum perfetto_clock { PERFETTO_CLOCK_ID = 1, PERFETTO_CLOCK_TIMESTAMP = 2, PERFETTO_CLOCK_INCREMENTAL = 3 };
/* A clock with an id from 64 to 127 belongs to one packet sequence only. */
enum perfetto_clock_id { PERFETTO_CLOCK_BOOTTIME = 6, PERFETTO_CLOCK_TSC = 9, PERFETTO_CLOCK_SEQUENCE = 64 };

enum perfetto_track {
	PERFETTO_TRACK_UUID = 1,
	PERFETTO_TRACK_NAME = 2,
	PERFETTO_TRACK_PARENT = 5,
	PERFETTO_TRACK_COUNTER = 8,
	PERFETTO_TRACK_CHILD_ORDERING = 11,
	PERFETTO_TRACK_RANK = 12,   /* sibling_order_rank */
	PERFETTO_TRACK_MERGING = 15 /* sibling_merge_behavior */
};
enum perfetto_ordering { PERFETTO_ORDER_EXPLICIT = 3 };
enum perfetto_merging { PERFETTO_MERGE_NONE = 2 };
enum perfetto_counter { PERFETTO_COUNTER_UNIT_NAME = 6 };

enum perfetto_event {
	PERFETTO_EVENT_CATEGORY_IIDS = 3,
	PERFETTO_EVENT_ANNOTATION = 4,
	PERFETTO_EVENT_TYPE = 9,
	PERFETTO_EVENT_NAME_IID = 10,
	PERFETTO_EVENT_TRACK = 11,
	PERFETTO_EVENT_NAME = 23,
	PERFETTO_EVENT_COUNTER = 30,
	PERFETTO_EVENT_COUNTER_DOUBLE = 44,
	PERFETTO_EVENT_FLOWS = 47,
	PERFETTO_EVENT_TERMINATING_FLOWS = 48,
	PERFETTO_EVENT_CORRELATION_IID = 54 /* correlation_id_str_iid */
};
enum perfetto_event_type {
	PERFETTO_TYPE_BEGIN = 1,
	PERFETTO_TYPE_END = 2,
	PERFETTO_TYPE_INSTANT = 3,
	PERFETTO_TYPE_COUNTER = 4
};

enum perfetto_annotation {
	PERFETTO_ANNOTATION_NAME_IID = 1,
	PERFETTO_ANNOTATION_UINT = 3,
	PERFETTO_ANNOTATION_INT = 4,
	PERFETTO_ANNOTATION_STRING = 6,
	PERFETTO_ANNOTATION_POINTER = 7, /* the UI shows it in hexadecimal */
	PERFETTO_ANNOTATION_NAME = 10,
	PERFETTO_ANNOTATION_STRING_IID = 17
};

enum perfetto_interned {
	PERFETTO_INTERNED_CATEGORIES = 1,
	PERFETTO_INTERNED_NAMES = 2,
	PERFETTO_INTERNED_ANNOTATIONS = 3,
	PERFETTO_INTERNED_STRINGS = 29,
	PERFETTO_INTERNED_CORRELATIONS = 43
};
enum perfetto_interned_entry { PERFETTO_ENTRY_IID = 1, PERFETTO_ENTRY_TEXT = 2 };

#endif
