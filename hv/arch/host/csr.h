/* Physical CSRs on the host. This header defines the same names as riscv/csr.h, for the simulated hart
 * (hv/arch/host_hart.h). In builds for unit tests, all of hv includes it as hv/arch/csr.h. Must not know what a value
 * means. */
#ifndef HV_ARCH_CSR_H
#define HV_ARCH_CSR_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/csr_number.h"
#include "hv/arch/host_hart.h"

/* Records an assembly statement instead of executing it (host_statements). */
#define arch_statement(text) host_statement(text, 0, 0)
#define arch_statement_1(text, a) host_statement(text, a, 0)
#define arch_statement_2(text, a, b) host_statement(text, a, b)

/** The same operations as in riscv/csr.h. An access to a CSR that the simulated hart does not have ends the test. */
#define csr_read(number) host_csr_read(number)
#define csr_write(number, value) host_csr_write(number, (uint64_t)(value))
#define csr_swap(number, value) host_csr_swap(number, (uint64_t)(value))
#define csr_set(number, mask) host_csr_set(number, (uint64_t)(mask))
#define csr_clear(number, mask) host_csr_clear(number, (uint64_t)(mask))

#endif
