/* hv's ABI: what guests call by ecall, and what the host reads out of the guest's memory.
 * Included by hv, guests (bare metal and Linux) and host tools. Must not include anything but <stdint.h> and layout.h.
 * Structs start with their length in bytes, so that they can grow: read what the length covers. */
#ifndef HARTSCOPE_ABI_H
#define HARTSCOPE_ABI_H

#include <stdint.h>

#include "abi/layout.h"

#define HARTSCOPE_ABI_VERSION 2

/* ---- ecalls: a7 = EID, a6 = FID; a0 = SBI error on return, a1 = value ---- */

#define HARTSCOPE_EID 0x08485343 /* SBI's experimental range */

#define HARTSCOPE_INFO 0 /* a0 address, a1 length -> a1 bytes written */
#define HARTSCOPE_CTRL                                                                                                 \
	1 /* a0 mask, a1 mode, a2 HARTSCOPE_CTRL_SET_...; all harts -> a1 mask | mode << 56 as they were */
#define HARTSCOPE_READ                                                                                                 \
	2 /* a0 id of a hart that has started, a1 sequence, a2 address, a3 length -> a1 bytes: struct hartscope_read, slots */
#define HARTSCOPE_STAT 3          /* a0 hart id, a1 address, a2 length -> a1 bytes written */
#define HARTSCOPE_SYNC 4          /* returns when every started hart has written its SYNC record */
#define HARTSCOPE_MARK 5          /* a0 id, a1 value */
#define HARTSCOPE_TEST_EMULATE 64 /* a0 address of a load or store instruction; with [debug] test_abi only */

/* CTRL: what to set; nothing only reads. */
#define HARTSCOPE_CTRL_SET_MASK 1u
#define HARTSCOPE_CTRL_SET_MODE 2u /* a change empties the rings and writes SYNC */

/* What a full ring does. */
#define HARTSCOPE_MODE_OVERWRITE 0u /* the oldest slots go: a flight recorder */
#define HARTSCOPE_MODE_DISCARD 1u   /* new records are not written until the consumer has read */

/* READ copies at most this much a call, with its header; address and length are multiples of 16 bytes. */
#define HARTSCOPE_READ_BYTES 4096u

/* The EID of the published research monitor, answered alike. */
#define HARTSCOPE_PEER_EID 0x08475bcd
#define HARTSCOPE_PEER_FAILURE 0       /* ends the run with exit code 1; [debug] test_abi */
#define HARTSCOPE_PEER_SUCCESS 1       /* ends the run with exit code 0; [debug] test_abi */
#define HARTSCOPE_PEER_LOG 2           /* a0 level 1-5, a1 address, a2 length */
#define HARTSCOPE_PEER_READ_COUNTERS 4 /* a0 hart index, a1 category -> a1 count */

/* SBI error codes (SBI specification 2.0, chapter 3). */
#define SBI_SUCCESS 0
#define SBI_ERR_FAILED (-1)
#define SBI_ERR_NOT_SUPPORTED (-2)
#define SBI_ERR_INVALID_PARAM (-3)
#define SBI_ERR_DENIED (-4)
#define SBI_ERR_INVALID_ADDRESS (-5)

/* Exits are counted by world and cause: index = exception code (0-31), or 32 + interrupt code (0-31). */
#define HARTSCOPE_WORLDS 2 /* 0 firmware, 1 payload */
#define HARTSCOPE_CAUSES 64
#define HARTSCOPE_CAUSE_INTERRUPT 32

/* Bits of hartscope_info.features. */
#define HARTSCOPE_FEATURE_TRACE 1u    /* module trace: CTRL, READ and SYNC answer */
#define HARTSCOPE_FEATURE_COUNTERS 2u /* module exit_counter_per_cause: STAT counts exits and cycles */

struct hartscope_info {
	uint64_t length;
	uint64_t abi_version;
	uint64_t harts;
	uint64_t slots_per_hart; /* 0 without trace */
	uint64_t slot_bytes;     /* 0 without trace */
	uint64_t features;
	uint64_t consumer;                /* 0 none */
	uint64_t timebase;                /* mtime ticks per second */
	uint8_t build_id[24];             /* 20 bytes, then zeros */
	uint64_t hart_ids[64];            /* by hart index; as many as `harts`, at most 64 */
	uint64_t reset_base, reset_bytes; /* the reset device, which guests access through hv; 0 if there is none */
};
LAYOUT_OFFSET(struct hartscope_info, length, 0);
LAYOUT_OFFSET(struct hartscope_info, abi_version, 8);
LAYOUT_OFFSET(struct hartscope_info, harts, 16);
LAYOUT_OFFSET(struct hartscope_info, slots_per_hart, 24);
LAYOUT_OFFSET(struct hartscope_info, slot_bytes, 32);
LAYOUT_OFFSET(struct hartscope_info, features, 40);
LAYOUT_OFFSET(struct hartscope_info, consumer, 48);
LAYOUT_OFFSET(struct hartscope_info, timebase, 56);
LAYOUT_OFFSET(struct hartscope_info, build_id, 64);
LAYOUT_OFFSET(struct hartscope_info, hart_ids, 88);
LAYOUT_OFFSET(struct hartscope_info, reset_base, 600);
LAYOUT_OFFSET(struct hartscope_info, reset_bytes, 608);
LAYOUT_SIZE(struct hartscope_info, 616);

/* Where a hart's registers of the CLINT are, which guests access through hv: physical addresses. */
struct hartscope_registers {
	uint64_t msip, mtimecmp, mtime;
};
LAYOUT_OFFSET(struct hartscope_registers, msip, 0);
LAYOUT_OFFSET(struct hartscope_registers, mtimecmp, 8);
LAYOUT_OFFSET(struct hartscope_registers, mtime, 16);
LAYOUT_SIZE(struct hartscope_registers, 24);

struct hartscope_stat {
	uint64_t length;
	uint64_t emitted, lost, read; /* slots; 0 without trace */
	uint64_t exits;               /* these need module exit_counter_per_cause, else 0 */
	uint64_t cycles_hv, cycles_firmware, cycles_payload;
	uint64_t exits_by_cause[HARTSCOPE_WORLDS][HARTSCOPE_CAUSES];
	uint64_t erased;    /* of those lost: emptied by changes of mode */
	uint64_t discarded; /* of those lost: never written (discard mode); they have no sequence numbers */
	uint64_t cycles_asleep;
	struct hartscope_registers registers;
};
LAYOUT_OFFSET(struct hartscope_stat, length, 0);
LAYOUT_OFFSET(struct hartscope_stat, emitted, 8);
LAYOUT_OFFSET(struct hartscope_stat, lost, 16);
LAYOUT_OFFSET(struct hartscope_stat, read, 24);
LAYOUT_OFFSET(struct hartscope_stat, exits, 32);
LAYOUT_OFFSET(struct hartscope_stat, cycles_hv, 40);
LAYOUT_OFFSET(struct hartscope_stat, cycles_firmware, 48);
LAYOUT_OFFSET(struct hartscope_stat, cycles_payload, 56);
LAYOUT_OFFSET(struct hartscope_stat, exits_by_cause, 64);
LAYOUT_OFFSET(struct hartscope_stat, erased, 1088);
LAYOUT_OFFSET(struct hartscope_stat, discarded, 1096);
LAYOUT_OFFSET(struct hartscope_stat, cycles_asleep, 1104);
LAYOUT_OFFSET(struct hartscope_stat, registers, 1112);
LAYOUT_SIZE(struct hartscope_stat, 1136);

/* What READ puts before the slots. */
struct hartscope_read {
	uint64_t length; /* of this struct, bytes; the slots follow */
	uint64_t first;  /* sequence number of the first slot: the one asked for, or more if that was lost */
	uint64_t next;   /* sequence to ask for next */
	uint64_t lost;   /* slots between the one asked for and `first` */
};
LAYOUT_OFFSET(struct hartscope_read, length, 0);
LAYOUT_OFFSET(struct hartscope_read, first, 8);
LAYOUT_OFFSET(struct hartscope_read, next, 16);
LAYOUT_OFFSET(struct hartscope_read, lost, 24);
LAYOUT_SIZE(struct hartscope_read, 32);

/* ---- shared memory ---- */

/* One hart's trace ring (module trace). A slot is 16 bytes (trace/format/slot.h); slot number n lies at
 * slots + 16 (n mod count). Its hart writes the slots, then `head`; a reader loads head, copies, loads it again, and
 * believes only slots from head + 2 * 4 - count on (overwrite mode). */
struct hartscope_ring {
	uint64_t head;   /* 16 * slots written since the ring was last emptied; never wraps */
	uint64_t mask;   /* bits of the events that are on; 0 until the hart starts */
	uint64_t start;  /* mcycle when the last exit began, plus its sleep: in flight if after the last record */
	uint64_t slots;  /* physical address */
	uint64_t count;  /* slots, a power of two */
	uint64_t mode;   /* HARTSCOPE_MODE_... */
	uint64_t tail;   /* discard mode: 16 * slots that the consumer has read; the consumer writes it */
	uint64_t lost;   /* slots not written for want of room (discard mode); a LOST record may be to come */
	uint64_t erased; /* slots of the rings before this one, emptied by changes of mode */
};
LAYOUT_OFFSET(struct hartscope_ring, head, 0);
LAYOUT_OFFSET(struct hartscope_ring, mask, 8);
LAYOUT_OFFSET(struct hartscope_ring, start, 16);
LAYOUT_OFFSET(struct hartscope_ring, slots, 24);
LAYOUT_OFFSET(struct hartscope_ring, count, 32);
LAYOUT_OFFSET(struct hartscope_ring, mode, 40);
LAYOUT_OFFSET(struct hartscope_ring, tail, 48);
LAYOUT_OFFSET(struct hartscope_ring, lost, 56);
LAYOUT_OFFSET(struct hartscope_ring, erased, 64);
LAYOUT_SIZE(struct hartscope_ring, 72);

/* Whose a hart's time is. hv has all of an exit, from the entry to the return; in a wfi of the firmware's, in hv, the hart is
 * asleep (docs/trace-format.md, "How a hart's time is divided"). */
enum hartscope_owner {
	HARTSCOPE_OWNER_HV,
	HARTSCOPE_OWNER_FIRMWARE,
	HARTSCOPE_OWNER_PAYLOAD,
	HARTSCOPE_OWNER_ASLEEP,
	HARTSCOPE_OWNERS
};

/* One hart's exits and cycles (module exit_counter_per_cause). Written by that hart, plain stores. */
struct hartscope_counters {
	uint64_t cycles[HARTSCOPE_OWNERS];
	uint64_t exits[HARTSCOPE_WORLDS][HARTSCOPE_CAUSES];
};
LAYOUT_OFFSET(struct hartscope_counters, cycles, 0);
LAYOUT_OFFSET(struct hartscope_counters, exits, 32);
LAYOUT_SIZE(struct hartscope_counters, 1056);

/* Categories of exit_counter: 0-7 are the research monitor's, ours follow from 16. */
enum hartscope_category {
	HARTSCOPE_CATEGORY_WORLD_SWITCH = 0, /* payload -> firmware; counted besides one of the others */
	HARTSCOPE_CATEGORY_READ_TIME = 1,
	HARTSCOPE_CATEGORY_SET_TIMER = 2,
	HARTSCOPE_CATEGORY_MISALIGNED = 3,
	HARTSCOPE_CATEGORY_IPI = 4,
	HARTSCOPE_CATEGORY_REMOTE_FENCE = 5,
	HARTSCOPE_CATEGORY_FIRMWARE_TRAP = 6,
	HARTSCOPE_CATEGORY_PAGE_FAULT = 7,
	HARTSCOPE_CATEGORY_ECALL = 16,     /* any other ecall of the payload */
	HARTSCOPE_CATEGORY_INTERRUPT = 17, /* an interrupt in the payload */
	HARTSCOPE_CATEGORY_ILLEGAL = 18,   /* any other illegal instruction of the payload */
	HARTSCOPE_CATEGORY_ACCESS = 19,    /* an access fault of the payload */
	HARTSCOPE_CATEGORY_OTHER = 20,
	HARTSCOPE_CATEGORIES = 21
};

struct hartscope_categories {
	uint64_t count[HARTSCOPE_CATEGORIES];
};
LAYOUT_OFFSET(struct hartscope_categories, count, 0);
LAYOUT_SIZE(struct hartscope_categories, 168);

/* First ids of the trace's counters, by module (trace/format/counters.def). */
#define HARTSCOPE_COUNTER_CATEGORY 0x100u /* + category */
#define HARTSCOPE_COUNTER_CAUSE 0x200u    /* + HARTSCOPE_CAUSES * world + cause */
#define HARTSCOPE_COUNTER_CYCLES 0x300u   /* + enum hartscope_owner */
#define HARTSCOPE_COUNTER_BOOT 0x400u     /* + enum hartscope_phase */

/* When a boot reached its phases (module boot_counter): hv's first instruction, the firmware's, the payload's. */
enum hartscope_phase { HARTSCOPE_PHASE_HV, HARTSCOPE_PHASE_FIRMWARE, HARTSCOPE_PHASE_KERNEL, HARTSCOPE_PHASES };

struct hartscope_phases {
	uint64_t count; /* phases reached */
	struct {
		uint64_t mtime, mcycle, exits; /* exits of all harts until then, if they are counted */
	} at[HARTSCOPE_PHASES];
};
LAYOUT_OFFSET(struct hartscope_phases, count, 0);
LAYOUT_OFFSET(struct hartscope_phases, at, 8);
LAYOUT_OFFSET(struct hartscope_phases, at[0].mcycle, 16);
LAYOUT_OFFSET(struct hartscope_phases, at[0].exits, 24);
LAYOUT_OFFSET(struct hartscope_phases, at[1].mtime, 32);
LAYOUT_SIZE(struct hartscope_phases, 80);

enum hartscope_state {
	HARTSCOPE_BOOTING,
	HARTSCOPE_RUNNING,
	HARTSCOPE_SHUT_DOWN,
	HARTSCOPE_BOOT_ERROR,
	HARTSCOPE_PANIC,
	HARTSCOPE_MODULE_FATAL
};

#define HARTSCOPE_IMAGE_MAGIC 0x6d697668u /* "hvim", little-endian */

/* How hv's image (NAME.bin) begins. It may be loaded at any multiple of block_size; all harts enter it at its first byte. */
struct hartscope_image {
	uint32_t jump;       /* over what follows */
	uint32_t magic;      /* HARTSCOPE_IMAGE_MAGIC */
	uint32_t block_size; /* bytes that hv keeps for itself, from its first one on: a power of two */
	uint32_t addresses;  /* offset of the first word to be relocated, for hv itself (boot.S); 0: none */
	uint64_t firmware;   /* where hv enters the firmware: a loader may write another address */
};
LAYOUT_OFFSET(struct hartscope_image, jump, 0);
LAYOUT_OFFSET(struct hartscope_image, magic, 4);
LAYOUT_OFFSET(struct hartscope_image, block_size, 8);
LAYOUT_OFFSET(struct hartscope_image, addresses, 12);
LAYOUT_OFFSET(struct hartscope_image, firmware, 16);
LAYOUT_SIZE(struct hartscope_image, 24);

#define HARTSCOPE_MAGIC 0x65706f6373747268ull /* "hrtscope", little-endian */

/* Where the host finds the rest: symbol hartscope_directory of the image, at a 4 KiB border, magic last written. */
struct hartscope_directory {
	uint64_t magic;
	uint32_t length, version;
	uint8_t build_id[24]; /* 20 bytes, then zeros */
	uint64_t timebase_hz;
	uint32_t hart_count, max_harts;
	uint64_t hart_ids, hart_ids_stride; /* address of hart index 0's id, and bytes from one hart's to the next's */
	uint64_t counters, counters_stride; /* struct hartscope_counters likewise; 0 without the module */
	uint64_t phases;                    /* struct hartscope_phases; 0 without the module */
	uint64_t categories, categories_stride; /* struct hartscope_categories; 0 without the module */
	uint64_t state;                         /* enum hartscope_state */
	uint64_t hv_base, hv_size;              /* hv's own memory */
	uint64_t text_start, text_end;          /* hv's code and constants, which never change */
	uint64_t rings, rings_stride;           /* struct hartscope_ring; 0 without module trace */
	uint64_t boot_mtime;                    /* mtime when hv began to run */
	uint64_t boot;                          /* mcycle at hv's first instruction: differs from boot to boot */
	uint64_t registers, registers_stride;   /* struct hartscope_registers, likewise by hart */
	uint64_t reset_base, reset_bytes;       /* the reset device; 0 if there is none */
};
LAYOUT_OFFSET(struct hartscope_directory, magic, 0);
LAYOUT_OFFSET(struct hartscope_directory, length, 8);
LAYOUT_OFFSET(struct hartscope_directory, version, 12);
LAYOUT_OFFSET(struct hartscope_directory, build_id, 16);
LAYOUT_OFFSET(struct hartscope_directory, timebase_hz, 40);
LAYOUT_OFFSET(struct hartscope_directory, hart_count, 48);
LAYOUT_OFFSET(struct hartscope_directory, max_harts, 52);
LAYOUT_OFFSET(struct hartscope_directory, hart_ids, 56);
LAYOUT_OFFSET(struct hartscope_directory, hart_ids_stride, 64);
LAYOUT_OFFSET(struct hartscope_directory, counters, 72);
LAYOUT_OFFSET(struct hartscope_directory, counters_stride, 80);
LAYOUT_OFFSET(struct hartscope_directory, phases, 88);
LAYOUT_OFFSET(struct hartscope_directory, categories, 96);
LAYOUT_OFFSET(struct hartscope_directory, categories_stride, 104);
LAYOUT_OFFSET(struct hartscope_directory, state, 112);
LAYOUT_OFFSET(struct hartscope_directory, hv_base, 120);
LAYOUT_OFFSET(struct hartscope_directory, hv_size, 128);
LAYOUT_OFFSET(struct hartscope_directory, text_start, 136);
LAYOUT_OFFSET(struct hartscope_directory, text_end, 144);
LAYOUT_OFFSET(struct hartscope_directory, rings, 152);
LAYOUT_OFFSET(struct hartscope_directory, rings_stride, 160);
LAYOUT_OFFSET(struct hartscope_directory, boot_mtime, 168);
LAYOUT_OFFSET(struct hartscope_directory, boot, 176);
LAYOUT_OFFSET(struct hartscope_directory, registers, 184);
LAYOUT_OFFSET(struct hartscope_directory, registers_stride, 192);
LAYOUT_OFFSET(struct hartscope_directory, reset_base, 200);
LAYOUT_OFFSET(struct hartscope_directory, reset_bytes, 208);
LAYOUT_SIZE(struct hartscope_directory, 216);

#endif
