/* Moves all f and v registers (register_file.h). Each function has a section of its own, because few images need them. a0 is
 * the address; t0 and t1 are clobbered. FS or VS must not be Off. */
	.option	arch, +d, +v

.macro function name
	.section .text.\name, "ax"
	.globl	\name
	.balign	2
\name:
.endm

.macro float_registers name, instruction
	function \name
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\instruction f\n, 8 * \n(a0)
	.endr
	ret
.endm

	float_registers float_save_double, fsd
	float_registers float_save_single, fsw
	float_registers float_load_double, fld
	float_registers float_load_single, flw

.macro float_zeros name, instruction
	function \name
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\instruction f\n, zero
	.endr
	ret
.endm

	float_zeros float_clear_double, fmv.d.x
	float_zeros float_clear_single, fmv.w.x

/* Accesses of whole registers do not depend on vl and vtype (Volume I, 30.7.9). */
.macro vector_registers name, instruction
	function \name
	csrr	t0, vlenb
	slli	t0, t0, 3
	.irp	n, 0,8,16,24
	\instruction v\n, (a0)
	add	a0, a0, t0
	.endr
	ret
.endm

	vector_registers vector_save, vs8r.v
	vector_registers vector_load, vl8re8.v

	function vector_clear
	vsetvli	t0, zero, e8, m8, ta, ma
	vmv.v.i	v0, 0
	vmv.v.i	v8, 0
	vmv.v.i	v16, 0
	vmv.v.i	v24, 0
	ret

	function vector_configure
	vsetvl	t0, a0, a1
	ret
