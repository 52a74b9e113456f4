/* A reader of /dev/hartscope that accounts for every slot.
 * Called by the guest's programs that test the driver. Must not know which tests they make. */
#ifndef PAYLOADS_LINUX_DRIVER_READER_H
#define PAYLOADS_LINUX_DRIVER_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "payloads/linux/driver/hartscope_device.h"

/* The most harts that hartscope_info describes. */
#define DRIVER_HARTS (sizeof(((struct hartscope_info *)0)->hart_ids) / sizeof(uint64_t))
#define DRIVER_BUFFER_BYTES 65536

/** A reader of the device, with its counts of the slots of each hart. */
struct driver_reader {
	int file;
	bool exact;     /* whether each block continued the hart's previous block, after the reported losses */
	uint64_t harts; /* number of harts of the machine */
	uint64_t end[DRIVER_HARTS], read[DRIVER_HARTS], lost[DRIVER_HARTS]; /* end: number after the last slot */
	uint64_t sum[DRIVER_HARTS]; /* a checksum over the contents and the numbers of the slots */
	_Alignas(16) uint8_t buffer[DRIVER_BUFFER_BYTES];
};

/** Prints the result of a check in the form that the test on the host parses. @return @p good */
bool driver_check(const char *name, bool good);

/** Opens the device. Ends the program if that fails. @param flags  the flags for open() */
int driver_open(int flags);

/** Gets hv's description of the machine (INFO). @return whether that succeeded, with at most DRIVER_HARTS harts */
bool driver_info(int file, struct hartscope_info *info);

/** Opens a reader. It starts with the oldest slots that exist. Its reads never wait.
 * @param harts  the number of harts of the machine, at most DRIVER_HARTS */
void driver_reader_open(struct driver_reader *reader, uint64_t harts);

/** Closes the reader's file. */
void driver_reader_close(struct driver_reader *reader);

/** Reads once, and counts the slots. @return whether the read returned slots and all blocks so far were exact */
bool driver_reader_take(struct driver_reader *reader);

/** Reads all slots that exist now. */
void driver_reader_take_all(struct driver_reader *reader);

/** Sets mode and mask of all rings. @return whether that succeeded */
bool driver_set(const struct driver_reader *reader, uint64_t mode, uint64_t mask);

#endif
