/* Physical CSRs in proofs. This header defines the same names as hv/arch/riscv/csr.h, for the hart of the proofs
 * (hart.h). run_proof.py gives it to all of hv as hv/arch/csr.h. Must not know what a value means. */
#ifndef HV_ARCH_CSR_H
#define HV_ARCH_CSR_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/csr_number.h"
#include "hv/proofs/hart.h"

#define arch_statement(text) hart_execute(text, 0, 0)
#define arch_statement_1(text, a) hart_execute(text, (uint64_t)(a), 0)
#define arch_statement_2(text, a, b) hart_execute(text, (uint64_t)(a), (uint64_t)(b))

#define csr_read(number) hart_csr_read(number, HART_SLOT_##number)
#define csr_write(number, value) hart_csr_write(number, HART_SLOT_##number, (uint64_t)(value))
#define csr_swap(number, value) hart_csr_swap(number, HART_SLOT_##number, (uint64_t)(value))
#define csr_set(number, mask) hart_csr_set(number, HART_SLOT_##number, (uint64_t)(mask))
#define csr_clear(number, mask) hart_csr_clear(number, HART_SLOT_##number, (uint64_t)(mask))

#endif
