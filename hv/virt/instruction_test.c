/* Tests the decoder with examples from the manual. instruction_objdump_test.py tests all encodings. */
#include "hv/virt/instruction.h"

#include "hv/arch/guard.h"
#include "hv/testing/testing.h"

Test(instruction, a_load_is_decoded_with_its_registers_offset_width_and_extension)
{
	struct instruction lw = instruction_decode(0xffc5a503);  /* lw a0, -4(a1) */
	struct instruction lwu = instruction_decode(0xffc5e503); /* lwu a0, -4(a1) */

	cr_expect_eq(lw.kind, INSTRUCTION_LOAD);
	cr_expect(lw.rd == 10 && lw.rs1 == 11 && lw.width == 4 && lw.offset == -4 && lw.length == 4);
	cr_expect(lw.is_signed && !lwu.is_signed);
}

Test(instruction, amos_lr_sc_and_floating_point_accesses_are_not_integer_loads_or_stores)
{
	cr_expect_eq(instruction_decode(0x06b6252f).kind, INSTRUCTION_AMO);   /* amoadd.w.aqrl a0, a1, (a2) */
	cr_expect_eq(instruction_decode(0x1005b52f).kind, INSTRUCTION_LR_SC); /* lr.d a0, (a1) */
	cr_expect_eq(instruction_decode(0x1ab6252f).kind, INSTRUCTION_LR_SC); /* sc.w.rl a0, a1, (a2) */
	cr_expect(instruction_decode(0x0005b507).is_float);                   /* fld fa0, 0(a1) */
}

Test(instruction, compressed_offsets_are_assembled_from_their_bit_fields)
{
	struct instruction fldsp = instruction_decode(0x2522); /* c.fldsp fa0, 8(sp) */

	cr_expect(fldsp.kind == INSTRUCTION_LOAD && fldsp.is_float && fldsp.rs1 == 2 && fldsp.offset == 8);
	cr_expect_eq(fldsp.length, 2);
	cr_expect_eq(instruction_decode(0xffff2522).offset, 8, "the upper half is another instruction");
}

Test(instruction, the_first_halfword_determines_the_length)
{
	for (unsigned low = 0; low < 0x10000; low++) {
		require(instruction_is_long(low) == ((low & 3) == 3), "%x", low);
		require(instruction_decode(low).length == ((low & 3) == 3 ? 4 : 2), "%x", low);
	}
}

Test(instruction, exactly_the_amos_that_have_a_thunk_are_decoded)
{
	for (unsigned funct5 = 0; funct5 < 32; funct5++) {
		struct instruction amo = instruction_decode(0x0000202f | funct5 << 27);
		bool listed = false;

		for (unsigned i = 0; i < AMO_OPERATIONS; i++)
			listed |= amo_operations[i] == funct5;
		cr_expect_eq(amo.kind == INSTRUCTION_AMO, listed, "funct5 %x", funct5);
	}
}
