/* The numbers of attack.h that assembly needs too, so each definition is a plain number.
 * Included by attack.h and registers.S. Must not contain C. */
#ifndef PAYLOADS_PROTECT_ATTACK_CALL_H
#define PAYLOADS_PROTECT_ATTACK_CALL_H

/* The call that carries an order: function counter_config_matching of PMU. It passes five arguments and two results. */
#define ATTACK_EID 0x504d55
#define ATTACK_FID 2

/* An instruction that no machine has, and that the firmware emulates: csrrw a1, 0x8ff, a2. The result is a2 + 1. */
#define ATTACK_EMULATED 0x8ff615f3

/* ld a0, (a1) */
#define ATTACK_LOAD_INSTRUCTION 0x0005b503

#endif
