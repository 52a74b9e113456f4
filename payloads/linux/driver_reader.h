/* A reader of /dev/hartscope that keeps account of every slot.
 * Called by the guest's test programs of the driver. Knows the device's blocks; knows nothing of what a test is about. */
#ifndef PAYLOADS_LINUX_DRIVER_READER_H
#define PAYLOADS_LINUX_DRIVER_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "payloads/linux/driver/hartscope_device.h"

#define DRIVER_HARTS 64
#define DRIVER_BUFFER_BYTES 65536

struct driver_reader {
	int file;
	bool exact;     /* each block began where the one before ended, but for what it called lost */
	uint64_t harts; /* of the machine */
	uint64_t end[DRIVER_HARTS], read[DRIVER_HARTS], lost[DRIVER_HARTS];
	uint64_t sum[DRIVER_HARTS]; /* of what the slots hold and where they are */
	_Alignas(16) uint8_t buffer[DRIVER_BUFFER_BYTES];
};

/** Prints the outcome of a check, in the form that the test on the host looks for. @return @p good */
bool driver_check(const char *name, bool good);

/** Opens the device; ends the program if there is none. @param flags  of open() */
int driver_open(int flags);

/** Begins with the oldest slots there are; does not wait. @param harts  at most DRIVER_HARTS */
void driver_reader_open(struct driver_reader *reader, uint64_t harts);
void driver_reader_close(struct driver_reader *reader);

/** Reads once. @return whether there was anything */
bool driver_reader_take(struct driver_reader *reader);

/** Reads all that there is now. */
void driver_reader_take_all(struct driver_reader *reader);

/** Sets mode and mask of all rings. @return whether that worked */
bool driver_set(const struct driver_reader *reader, uint64_t mode, uint64_t mask);

#endif
