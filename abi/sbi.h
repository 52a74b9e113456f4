/* The ids of the SBI's extensions and of their functions, as enumerators made from sbi.def.
 * Included by hv, its modules, guests and host tools. Must not know what a function does. */
#ifndef ABI_SBI_H
#define ABI_SBI_H

#include "abi/hartscope.h"

/** The EID of each extension: SBI_EID_TIME and so on. */
enum sbi_eid {
#define SBI_EXTENSION(NAME, eid) SBI_EID_##NAME = eid,
#include "abi/sbi.def"
};

/** The FID of each function: SBI_FID_set_timer and so on. An extension that has only one entry in the list for all of its
 * functions has -1 here. */
enum sbi_fid {
#define SBI(NAME, fid, name) SBI_FID_##name = fid,
#include "abi/sbi.def"
};

#endif
