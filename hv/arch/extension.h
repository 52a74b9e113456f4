/* The FP and vector registers of a hart: f0 to f31 with fcsr, and v0 to v31 with vstart, vl, vtype and vcsr, as far as the
 * hart has them.
 * Called by modules through hv/module/api.h, and by hv/core. Must not know whose values the registers hold. hv itself
 * never uses these registers, so they hold a guest's values all the time. A hart with Zfinx, which has no f registers, is
 * a hart without them here; its fcsr is neither saved nor cleared. */
#ifndef HV_ARCH_EXTENSION_H
#define HV_ARCH_EXTENSION_H

#include <stddef.h>
#include <stdint.h>

/** VLEN in bits for which struct extension_state has room. */
#define EXTENSION_VECTOR_BITS_MAX 1024

/** The values of the registers. vlenb bytes of each vector register follow those of the register before it, so only the
 * first extension_state_size() bytes of the structure are used. */
struct extension_state {
	uint64_t fcsr, vstart, vl, vtype, vcsr;
	uint64_t float_registers[32];
	uint8_t vector_registers[32 * EXTENSION_VECTOR_BITS_MAX / 8] __attribute__((aligned(8)));
};

/** How many bytes of a struct extension_state the functions below use on the calling hart: 0 without F and vector
 * registers. It is greater than sizeof(struct extension_state) if VLEN exceeds EXTENSION_VECTOR_BITS_MAX. Then the
 * caller must not save or restore, unless its memory is larger than the structure. */
size_t extension_state_size(void);

/** Saves the registers of the calling hart. FS and VS do not matter and do not change. It takes about 80 instructions for
 * F or D, and 60 for vector registers.
 * @param state has room for extension_state_size() bytes */
void extension_state_save(struct extension_state *state);

/** Loads the registers of the calling hart. FS and VS do not matter and do not change; the caller makes sure that the
 * guest which owns the values finds its own FS and VS, too.
 * @param state was filled in by extension_state_save, on a hart with the same extensions */
void extension_state_restore(const struct extension_state *state);

/** Gives the registers of the calling hart the value 0, vl too; vtype becomes illegal (vill = 1), as recommended for
 * reset (Volume I, 30.3.11). FS and VS do not matter and do not change. */
void extension_state_clear(void);

#endif
