/* Fast paths of the firmware's exits. Look at the disassembly after any change: no stack frame, no call. */
#include "hv/virt/fast.h"

#include "hv/arch/csr.h"
#include "hv/virt/fast_register.h"

#define OPCODE_SYSTEM 0x73

void fast_firmware_illegal(struct vcpu *vcpu)
{
	uint64_t pc = csr_read(CSR_mepc);
	uint32_t word = fast_instruction(pc);
	unsigned csr = word >> 20, rs1 = word >> 15 & 31, rd = word >> 7 & 31, operation = word >> 12 & 3;
	unsigned index = csr_index_of(csr);

	if ((word & 0x7f) != OPCODE_SYSTEM || operation == 0)
		return trap_slow(vcpu);

	bool writes = operation == CSR_OPERATION_WRITE || rs1 != 0;
	uint64_t old;

	if (__builtin_expect(index < CSR_MEMORY_COUNT, 1)) {
		old = vcpu->csr.by_index[index];
		if (writes) {
			uint64_t operand = word >> 14 & 1 ? rs1 : fast_register(vcpu, rs1);

			if (operation == CSR_OPERATION_SET)
				operand |= old;
			else if (operation == CSR_OPERATION_CLEAR)
				operand = old & ~operand;
			vcpu->csr.by_index[index] = operand & vcpu->csr_mask.by_index[index];
		}
	} else if (index == CSR_INDEX_mstatus && !writes) {
		old = vcpu_mstatus(vcpu);
	} else {
		return trap_slow(vcpu);
	}
	if (rd)
		fast_set_register(vcpu, rd, old);
	csr_write(CSR_mepc, pc + 4);
	return trap_return_fast(vcpu);
}
