/* The ecalls that the module swapper answers. The EID is in a7 and the FID in a6. Each calls a function of
 * hv/module/api.h; "->" precedes the result in a1.
 * Included by the module and by guests. Must not include headers of hv or of the guests' runtime. */
#ifndef PAYLOADS_SWAPPER_SWAPPER_CALLS_H
#define PAYLOADS_SWAPPER_SWAPPER_CALLS_H

#define SWAPPER_EID 0x0a00be14

#define SWAPPER_HAS 0     /* a0 extensions -> machine_has */
#define SWAPPER_ENTRIES 1 /* -> machine_pmp_entries */
#define SWAPPER_SIZE 2    /* -> extension_state_size */
#define SWAPPER_SAVE 3    /* extension_state_save */
#define SWAPPER_RESTORE 4 /* extension_state_restore of what SWAPPER_SAVE has saved on this hart */
#define SWAPPER_CLEAR 5   /* extension_state_clear */
#define SWAPPER_RESET 6   /* supervisor_context_reset of this hart's context */
#define SWAPPER_PUT 7     /* a0 number of a member of the context (enum swapper_member), a1 its new value */
#define SWAPPER_GET 8     /* a0 number of a member of the context -> its value */
#define SWAPPER_SWAP 9    /* supervisor_context_swap -> how many instructions it took */
#define SWAPPER_NOTHING 10

/* The members of struct supervisor_context, in its order. */
enum swapper_member {
	SWAPPER_STVEC,
	SWAPPER_SSCRATCH,
	SWAPPER_SEPC,
	SWAPPER_SCAUSE,
	SWAPPER_STVAL,
	SWAPPER_SATP,
	SWAPPER_SCOUNTEREN,
	SWAPPER_SENVCFG,
	SWAPPER_STIMECMP,
	SWAPPER_SSTATUS,
	SWAPPER_MEDELEG,
	SWAPPER_MIDELEG,
	SWAPPER_MIE,
	SWAPPER_MIP,
	SWAPPER_MEMBERS
};

#endif
