/* Prints on the serial line of QEMU's virt board.
 * Only the smoke test of the toolchain uses it, on one hart.
 * Must not know what is printed. */
#ifndef THIRD_PARTY_TOOLCHAINS_SMOKE_PRINT_H
#define THIRD_PARTY_TOOLCHAINS_SMOKE_PRINT_H

/** Prints @p text, which ends with a 0 byte. */
void print(const char *text);

#endif
