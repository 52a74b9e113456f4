/* The numbers of the names that the Perfetto converter uses in every trace. pf_state.c sends the texts of these names, and
 * pftrace.c those of enum pf_name.
 * Included by pf.h. Knows nothing of packets. */
#ifndef TRACE_CONVERT_PF_NAMES_H
#define TRACE_CONVERT_PF_NAMES_H

/** Event names that are the same in every trace. The numbers are the iids of the names. */
enum pf_name {
	PF_NAME_NONE,
	PF_NAME_HV,
	PF_NAME_FIRMWARE,
	PF_NAME_PAYLOAD,
	PF_NAME_LOST,
	PF_NAME_WFI,
	PF_NAME_IPI_RECV,
	PF_NAME_PMP,
	PF_NAME_IN_FLIGHT,
	PF_NAME_WFI_IN_FLIGHT,
	PF_NAME_ASLEEP,
	PF_NAME_FIRST_FREE
};

enum pf_category {
	PF_NO_CATEGORY,
	PF_CATEGORY_EXIT,
	PF_CATEGORY_DETAIL,
	PF_CATEGORY_LOST,
	PF_CATEGORY_PHASE,
	PF_CATEGORY_TRIGGER
};

/** Perfetto's UI computes a slice's colour from the slice's correlation id, or from its name if it has no correlation
 * id. If the name would give an unsuitable colour, the slice gets one of these ids. Each id is a text that was chosen
 * for its colour. analysis/style.py uses the same colours, and a test compares them. */
enum pf_correlation {
	PF_NO_CORRELATION,
	PF_LIKE_FIRMWARE,
	PF_LIKE_PAYLOAD,
	PF_LIKE_ASLEEP,
	PF_LIKE_SHUTDOWN,
	PF_CORRELATIONS
};

/** Names of annotations. All of them are sent whenever a sequence's state begins. Perfetto shows numbers from 2^63 on as
 * negative. So addresses and registers are always strings, and each name has only one type. The values of marks and
 * modules are numbers, because people compute with them. From 2^63 on, they become strings with another name. */
enum pf_annotation {
	PF_MEPC = 1,
	PF_INSTRUCTION,
	PF_MTVAL,
	PF_ACCESSED, /* mtval of an access fault; it has the same name, but its text may contain a device register */
	PF_CYCLES,
	PF_OUTCOME,
	PF_MODULE_NAME,
	PF_SLOTS,
	PF_EID,
	PF_FID,
	PF_A0,
	PF_A1,
	PF_A2,
	PF_A3,
	PF_A4,
	PF_A5,
	PF_ERROR,
	PF_ENTRY,
	PF_CONFIG,
	PF_PAYLOAD_CONFIG,
	PF_ADDRESS,
	PF_VALUE,
	PF_LARGE_VALUE,
	PF_JOINED,
	PF_BUILD_ID,
	PF_CONFIGURATION,
	PF_TIMEBASE,
	PF_HARTS,
	PF_CONDITION,
	PF_HART,
	PF_SEQUENCE,
	PF_ANNOTATIONS
};

#endif
