/* The ecalls that the test module warden answers, with their arguments and results.
 * Included by the module and by guests. Must not include headers of hv or of the guests' runtime. */
#ifndef PAYLOADS_WARDEN_WARDEN_CALLS_H
#define PAYLOADS_WARDEN_WARDEN_CALLS_H

/* The EID is in a7, the FID in a6; "->" precedes the result in a1. */
#define WARDEN_EID 0x0a00be13

#define WARDEN_CLOSE                                                                                                   \
	0 /* a0 address, a1 size (0: nothing is closed), a2 firmware's permission, a3 payload's permission */
#define WARDEN_DENIED 1 /* a0 what (enum warden_denied) -> that of the last call of access_denied */
#define WARDEN_FORGET 2 /* forgets all calls of both hooks */
#define WARDEN_ANSWER 3 /* a0 whether to take over reads, a1 writes, a2 the value for reads */
#define WARDEN_ASKED 4  /* a0 what (enum warden_asked), a1 which call of csr_access, from 0 on -> that */
#define WARDEN_CSR 5    /* a0 CSR number -> what the module reads from it */
#define WARDEN_WRITE 6  /* a0 CSR number, a1 value: the module writes it */
#define WARDEN_OPENS 7  /* the next call of access_denied opens what is closed */

enum warden_denied { WARDEN_DENIED_COUNT, WARDEN_DENIED_ADDRESS, WARDEN_DENIED_ACCESS };
enum warden_asked { WARDEN_ASKED_COUNT, WARDEN_ASKED_NUMBER, WARDEN_ASKED_WRITE, WARDEN_ASKED_VALUE };

/* The values of WARDEN_DENIED_ACCESS. */
#define WARDEN_READ 1
#define WARDEN_WROTE 2
#define WARDEN_EXECUTED 4

#define WARDEN_CALLS 8 /* how many calls of csr_access the module remembers */

#endif
