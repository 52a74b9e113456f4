/* hv's ABI: the ecalls that guests make, and the structures that the host reads from the guest's memory.
 * hv, guests (bare metal and Linux) and host tools include this header. It must include nothing except <stdint.h> and
 * layout.h.
 * If a structure starts with its length in bytes, later versions may add members at its end. A reader must use only
 * members that the length covers. */
#ifndef HARTSCOPE_ABI_H
#define HARTSCOPE_ABI_H

#include <stdint.h>

#include "abi/layout.h"

#define HARTSCOPE_ABI_VERSION 2

/* ---- ecalls: a7 = EID, a6 = FID; on return a0 = SBI error, a1 = value (written after -> below) ---- */

#define HARTSCOPE_EID 0x08485343 /* in the range that SBI reserves for experiments */

#define HARTSCOPE_INFO 0 /* a0 address, a1 length -> a1 bytes written */
#define HARTSCOPE_CTRL                                                                                                 \
	1 /* a0 mask, a1 mode, a2 HARTSCOPE_CTRL_SET_...; for all harts -> a1 previous mask | mode << 56 */
#define HARTSCOPE_READ                                                                                                 \
	2 /* a0 id of a started hart, a1 sequence, a2 address, a3 length -> a1 bytes: struct hartscope_read, slots */
#define HARTSCOPE_STAT 3          /* a0 hart id, a1 address, a2 length -> a1 bytes written */
#define HARTSCOPE_SYNC 4          /* returns when every started hart has written a SYNC record */
#define HARTSCOPE_MARK 5          /* a0 id, a1 value */
#define HARTSCOPE_TEST_EMULATE 64 /* a0 address of a load or store to emulate; only with [debug] test_abi */

/* Bits of CTRL's a2, which select the values that CTRL sets. If a2 is 0, CTRL only reads. */
#define HARTSCOPE_CTRL_SET_MASK 1u
#define HARTSCOPE_CTRL_SET_MODE 2u /* a new mode empties the rings; each hart then writes a SYNC record */

/* The modes, which decide what hv does when a ring is full. */
#define HARTSCOPE_MODE_OVERWRITE 0u /* overwrite the oldest slots, like a flight recorder */
#define HARTSCOPE_MODE_DISCARD 1u   /* write no new record until the consumer has read some slots */

/* READ copies at most this many bytes per call, header included. Its address and length are multiples of 16 bytes. */
#define HARTSCOPE_READ_BYTES 4096u

/* The EID of a published research monitor. hv answers its calls in the same way. */
#define HARTSCOPE_PEER_EID 0x08475bcd
#define HARTSCOPE_PEER_FAILURE 0       /* ends the run with exit code 1; only with [debug] test_abi */
#define HARTSCOPE_PEER_SUCCESS 1       /* ends the run with exit code 0; only with [debug] test_abi */
#define HARTSCOPE_PEER_LOG 2           /* a0 level 1-5, a1 address, a2 length */
#define HARTSCOPE_PEER_READ_COUNTERS 4 /* a0 hart index, a1 category -> a1 count */

/* SBI error codes (SBI specification 2.0, chapter 3). */
#define SBI_SUCCESS 0
#define SBI_ERR_FAILED (-1)
#define SBI_ERR_NOT_SUPPORTED (-2)
#define SBI_ERR_INVALID_PARAM (-3)
#define SBI_ERR_DENIED (-4)
#define SBI_ERR_INVALID_ADDRESS (-5)
#define SBI_ERR_ALREADY_AVAILABLE (-6)

/* Exits are counted by world and cause. The index of a cause is the code of the exception (0-31), or 32 + the code of
 * the interrupt (0-31). */
#define HARTSCOPE_WORLDS 2 /* 0 firmware, 1 payload */
#define HARTSCOPE_CAUSES 64
#define HARTSCOPE_CAUSE_INTERRUPT 32

/* Bits of hartscope_info.features. */
#define HARTSCOPE_FEATURE_TRACE 1u    /* module trace is enabled: CTRL, READ and SYNC work */
#define HARTSCOPE_FEATURE_COUNTERS 2u /* module exit_counter_per_cause is enabled: STAT counts exits and cycles */

/* The answer of INFO: the machine and the image. */
struct hartscope_info {
	uint64_t length;         /* size of this struct in bytes */
	uint64_t abi_version;    /* HARTSCOPE_ABI_VERSION of hv */
	uint64_t harts;          /* number of harts that hv runs on */
	uint64_t slots_per_hart; /* 0 without trace */
	uint64_t slot_bytes;     /* 0 without trace */
	uint64_t features;       /* HARTSCOPE_FEATURE_... */
	/* the guest that reads slots in discard mode: 1 firmware, 2 payload, 0 if none has yet */
	uint64_t consumer;
	uint64_t timebase;     /* mtime ticks per second */
	uint8_t build_id[24];  /* 20 bytes, then zeros */
	uint64_t hart_ids[64]; /* ids of the harts with index 0 to 63 */
	/* address and size in bytes of the reset device, which guests access through hv; 0 if the machine has no reset
	 * device */
	uint64_t reset_base, reset_bytes;
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

/* Physical addresses of a hart's CLINT registers. Guests access them through hv. */
struct hartscope_registers {
	uint64_t msip, mtimecmp, mtime;
};
LAYOUT_OFFSET(struct hartscope_registers, msip, 0);
LAYOUT_OFFSET(struct hartscope_registers, mtimecmp, 8);
LAYOUT_OFFSET(struct hartscope_registers, mtime, 16);
LAYOUT_SIZE(struct hartscope_registers, 24);

/* The answer of STAT: one hart's counters since boot. */
struct hartscope_stat {
	uint64_t length;              /* size of this struct in bytes */
	uint64_t emitted, lost, read; /* numbers of slots of the hart's ring; 0 without trace */
	uint64_t exits;               /* exits and cycles are 0 without module exit_counter_per_cause */
	uint64_t cycles_hv, cycles_firmware, cycles_payload;
	uint64_t exits_by_cause[HARTSCOPE_WORLDS][HARTSCOPE_CAUSES];
	uint64_t erased; /* the number of slots in `lost` that were erased when a new mode emptied the ring */
	/* the number of slots in `lost` that were never written (discard mode); such slots have no sequence numbers */
	uint64_t discarded;
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

/* The header that READ writes before the slots. */
struct hartscope_read {
	uint64_t length; /* size of this struct in bytes; the slots follow it */
	/* sequence number of the first slot; higher than the requested number if older slots are lost */
	uint64_t first;
	uint64_t next; /* sequence number for the next READ */
	uint64_t lost; /* number of slots between the requested slot and `first` */
};
LAYOUT_OFFSET(struct hartscope_read, length, 0);
LAYOUT_OFFSET(struct hartscope_read, first, 8);
LAYOUT_OFFSET(struct hartscope_read, next, 16);
LAYOUT_OFFSET(struct hartscope_read, lost, 24);
LAYOUT_SIZE(struct hartscope_read, 32);

/* ---- shared memory ---- */

/* One hart's trace ring (module trace). A slot has 16 bytes (trace/format/slot.h); slot number n lies at slots +
 * 16 (n mod count). The hart writes the slots, and then `head`. A reader loads head, copies the slots, and loads head
 * again. In overwrite mode the hart may have overwritten older slots during the copy. So only the slots from number
 * head / 16 + 2 * 4 - count on are valid, where head is the value of the second load. */
struct hartscope_ring {
	uint64_t head; /* 16 * number of slots written since the ring was last emptied; never wraps */
	uint64_t mask; /* bits of the events that are on; 0 before the hart starts */
	/* mcycle when the last exit began, plus the cycles that hv slept in that exit. If this time is later than the
	 * time of the newest record, hv is still handling that exit. */
	uint64_t start;
	uint64_t slots; /* physical address of slot 0 */
	uint64_t count; /* number of slots, a power of two; 0 before the ring is set up */
	uint64_t mode;  /* HARTSCOPE_MODE_... */
	uint64_t tail;  /* discard mode: 16 * number of slots that the consumer has read; the consumer writes it */
	/* slots not written because there was no room (discard mode); a LOST record reports them later */
	uint64_t lost;
	/* slots written before a change of mode last emptied the ring; also the sequence number of slot 0 */
	uint64_t erased;
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

/* The parts into which each hart's time is divided. The whole time of an exit, from the entry to the return, belongs to
 * hv. The only exception is the time in which a hart waits inside hv because the firmware has executed wfi: during this
 * time the hart is asleep (docs/trace-format.md, "How a hart's time is divided"). */
enum hartscope_owner {
	HARTSCOPE_OWNER_HV,
	HARTSCOPE_OWNER_FIRMWARE,
	HARTSCOPE_OWNER_PAYLOAD,
	HARTSCOPE_OWNER_ASLEEP,
	HARTSCOPE_OWNERS
};

/* One hart's exits and cycles (module exit_counter_per_cause). Only that hart writes them while it runs, with
 * plain stores. */
struct hartscope_counters {
	uint64_t cycles[HARTSCOPE_OWNERS]; /* the hart's time, in cycles as mcycle counts them */
	uint64_t exits[HARTSCOPE_WORLDS][HARTSCOPE_CAUSES];
};
LAYOUT_OFFSET(struct hartscope_counters, cycles, 0);
LAYOUT_OFFSET(struct hartscope_counters, exits, 32);
LAYOUT_SIZE(struct hartscope_counters, 1056);

/* The categories of exits (module exit_counter). categories.def lists them. */
enum hartscope_category {
#define CATEGORY(number, NAME, name) HARTSCOPE_CATEGORY_##NAME = number,
#include "abi/categories.def"
	HARTSCOPE_CATEGORIES
};

/* One hart's exits by category (module exit_counter). Only that hart writes them, with plain stores. */
struct hartscope_categories {
	uint64_t count[HARTSCOPE_CATEGORIES];
};
LAYOUT_OFFSET(struct hartscope_categories, count, 0);
LAYOUT_SIZE(struct hartscope_categories, 168);

/* Ids of the counters in the trace. Each of these ids is the first id of a range (trace/format/counters.def). */
#define HARTSCOPE_COUNTER_CATEGORY 0x100u /* + category */
#define HARTSCOPE_COUNTER_CAUSE 0x200u    /* + HARTSCOPE_CAUSES * world + cause */
#define HARTSCOPE_COUNTER_CYCLES 0x300u   /* + enum hartscope_owner */
#define HARTSCOPE_COUNTER_BOOT 0x400u     /* + enum hartscope_phase */

/* The phases of a boot (module boot_counter). Each begins with the first instruction of hv, of the firmware, or of
 * the payload. */
enum hartscope_phase { HARTSCOPE_PHASE_HV, HARTSCOPE_PHASE_FIRMWARE, HARTSCOPE_PHASE_KERNEL, HARTSCOPE_PHASES };

/* The points in time at which the boot reached its phases. */
struct hartscope_phases {
	uint64_t count; /* number of phases that the boot has reached */
	struct {
		/* `exits`: number of exits of all harts until then, if a module counts them */
		uint64_t mtime, mcycle, exits;
	} at[HARTSCOPE_PHASES];
};
LAYOUT_OFFSET(struct hartscope_phases, count, 0);
LAYOUT_OFFSET(struct hartscope_phases, at, 8);
LAYOUT_OFFSET(struct hartscope_phases, at[0].mcycle, 16);
LAYOUT_OFFSET(struct hartscope_phases, at[0].exits, 24);
LAYOUT_OFFSET(struct hartscope_phases, at[1].mtime, 32);
LAYOUT_SIZE(struct hartscope_phases, 80);

/* The state of hv: whether it is running, or how the run has ended. */
enum hartscope_state {
	HARTSCOPE_BOOTING,
	HARTSCOPE_RUNNING,
	HARTSCOPE_SHUT_DOWN,
	HARTSCOPE_BOOT_ERROR,
	HARTSCOPE_PANIC,
	HARTSCOPE_MODULE_FATAL
};

#define HARTSCOPE_IMAGE_MAGIC 0x6d697668u /* "hvim", little-endian */

/* The start of hv's image (NAME.bin). A loader may place the image at any multiple of block_size. All harts begin to
 * execute at the first byte of the image. */
struct hartscope_image {
	uint32_t jump;  /* an instruction that jumps over the other members */
	uint32_t magic; /* HARTSCOPE_IMAGE_MAGIC */
	/* size in bytes of the memory that hv keeps for itself, from its first byte on; a power of two */
	uint32_t block_size;
	/* offset of the first word that boot.S relocates, or 0 if there is none; only hv itself uses this member */
	uint32_t addresses;
	uint64_t firmware; /* address at which hv enters the firmware; a loader may write another address */
};
LAYOUT_OFFSET(struct hartscope_image, jump, 0);
LAYOUT_OFFSET(struct hartscope_image, magic, 4);
LAYOUT_OFFSET(struct hartscope_image, block_size, 8);
LAYOUT_OFFSET(struct hartscope_image, addresses, 12);
LAYOUT_OFFSET(struct hartscope_image, firmware, 16);
LAYOUT_SIZE(struct hartscope_image, 24);

#define HARTSCOPE_MAGIC 0x65706f6373747268ull /* "hrtscope", little-endian */

/* The directory. In it, the host finds the addresses of all other data. It is the symbol hartscope_directory of the
 * image, and is aligned to 4 KiB. hv writes the member `magic` last. */
struct hartscope_directory {
	uint64_t magic;
	uint32_t length, version;       /* size of this struct in bytes; HARTSCOPE_ABI_VERSION */
	uint8_t build_id[24];           /* 20 bytes, then zeros */
	uint64_t timebase_hz;           /* ticks of mtime per second */
	uint32_t hart_count, max_harts; /* number of harts that hv runs on; CONFIG_MAX_HARTS */
	/* Each pair NAME and NAME_stride describes data that exists once for each hart. NAME is the address of the data
	 * of the hart with index 0, and NAME_stride is the distance in bytes to the data of the next hart. If the image
	 * lacks the module to which the data belongs, the address is 0. */
	uint64_t hart_ids, hart_ids_stride;     /* the hart's id, 8 bytes */
	uint64_t counters, counters_stride;     /* struct hartscope_counters */
	uint64_t phases;                        /* address of struct hartscope_phases; there is one for all harts */
	uint64_t categories, categories_stride; /* struct hartscope_categories */
	uint64_t state;                         /* enum hartscope_state */
	uint64_t hv_base, hv_size;              /* address and size of hv's own memory */
	uint64_t text_start, text_end;          /* start and end of hv's code and constants, which never change */
	uint64_t rings, rings_stride;           /* struct hartscope_ring */
	uint64_t boot_mtime;                    /* mtime when hv began to run (ticks) */
	/* mcycle at hv's first instruction; a different number at each boot, which identifies the boot */
	uint64_t boot;
	uint64_t registers, registers_stride; /* struct hartscope_registers */
	uint64_t reset_base, reset_bytes;     /* address and size of the reset device; 0 if there is none */
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
