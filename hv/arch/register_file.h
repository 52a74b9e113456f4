/* The parts of extension.c that need instructions of the F, D and V extensions. For RISC-V they are assembly code; on the
 * host, they copy from and to variables. The fields FS and VS must not be Off, except for vector_register_bytes.
 * Called only by files of hv/arch. */
#ifndef HV_ARCH_REGISTER_FILE_H
#define HV_ARCH_REGISTER_FILE_H

#include <stdint.h>

/** CSRs of the FP and vector extensions. csr.def does not list them, because guests access them without hv. */
enum { CSR_fcsr = 0x003, CSR_vstart = 0x008, CSR_vcsr = 0x00f, CSR_vl = 0xc20, CSR_vtype = 0xc21 };

/** The size of a vector register of the calling hart in bytes (vlenb); 0 if the hart has none. FS and VS do not matter. */
uint64_t vector_register_bytes(void);

/** Copies f0 to f31 to @p registers. float_save_single copies the lower halves only, for harts without D. */
void float_save_double(uint64_t *registers), float_save_single(uint64_t *registers);

/** Loads f0 to f31 from @p registers. float_load_single loads the lower halves only, for harts without D. */
void float_load_double(const uint64_t *registers), float_load_single(const uint64_t *registers);

/** Sets f0 to f31 to 0. float_clear_single is for harts without D. */
void float_clear_double(void), float_clear_single(void);

/** Copies v0 to v31 to @p registers, vlenb bytes each. vstart must be 0. */
void vector_save(uint8_t *registers);

/** Loads v0 to v31 from @p registers, vlenb bytes each. vstart must be 0. */
void vector_load(const uint8_t *registers);

/** Sets v0 to v31 to 0. Changes vl and vtype. vstart must be 0. */
void vector_clear(void);

/** Sets vl and vtype as vsetvl does, and vstart to 0.
 * @param vl at most the maximum for @p vtype */
void vector_configure(uint64_t vl, uint64_t vtype);

#endif
