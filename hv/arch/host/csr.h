/* Physical CSRs on the host: riscv/csr.h's names over the hart that is made of variables (hv/arch/host_hart.h).
 * Included as hv/arch/csr.h by all of hv when it is built for unit tests.
 * Must not know what a value means. */
#ifndef HV_ARCH_CSR_H
#define HV_ARCH_CSR_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/csr_number.h"
#include "hv/arch/host_hart.h"

/* A statement of assembly is only noted (host_statements). */
#define arch_statement(text) host_statement(text, 0, 0)
#define arch_statement_1(text, a) host_statement(text, a, 0)
#define arch_statement_2(text, a, b) host_statement(text, a, b)

#define csr_read(number) host_csr_read(number)
#define csr_write(number, value) host_csr_write(number, (uint64_t)(value))
#define csr_swap(number, value) host_csr_swap(number, (uint64_t)(value))
#define csr_set(number, mask) host_csr_set(number, (uint64_t)(mask))
#define csr_clear(number, mask) host_csr_clear(number, (uint64_t)(mask))

#endif
