/* Lets a unit test on the host call the hooks of a module that uses the module API. It gives the test simulated harts,
 * and records what the module has asked hv for.
 * Tests of modules include this header and link //hv/testing:module. Must not depend on what a module does.
 *
 * Registers, CSRs, PMP entries and copies of guest memory work as in hv, because the code of hv runs on a simulated
 * hart. Broadcasts run on_interrupt on the other harts at once. The test has one thread. */
#ifndef HV_TESTING_MODULE_H
#define HV_TESTING_MODULE_H

#include <setjmp.h>

#include "hv/arch/host_hart.h"
#include "hv/core/hart.h"
#include "hv/module/api.h"
#include "hv/testing/testing.h"

/** How many calls of each kind testing_module can record. */
#define TESTING_CALLS 64
#define TESTING_PMP_ENTRIES 16
#define TESTING_CONSOLE_BYTES 4096

/** The address at which testing_enter_payload lets the payload continue. */
#define TESTING_PAYLOAD 0x80400000ull

/** A PMP entry of the module, as the module has set it last. Its members are the parameters of module_pmp_set. */
struct testing_pmp {
	bool set; /* false if the module has never set this entry; all other members are 0 then */
	unsigned match;
	uint64_t address, size;
	enum pmp_permission firmware, payload;
};

/** A call of module_broadcast, of module_notify, or of module_broadcast_wait if @p wait is true. */
struct testing_broadcast {
	unsigned module;
	struct hart_set set;
	bool wait;
};

/** A call of module_trace. */
struct testing_event {
	unsigned module;
	uint64_t event, value;
};

/** A call of module_trace_counter. */
struct testing_counter {
	const struct hart *hart;
	uint64_t id, value;
};

/** What the module under test has done since testing_module_start. The test may change all members, for example to
 * forget earlier calls. */
struct testing_module {
	struct testing_pmp pmp[CONFIG_MAX_HARTS][TESTING_PMP_ENTRIES]; /* by the index of the hart, and by entry */
	unsigned pmp_calls;                                            /* successful calls of module_pmp_set */
	struct testing_broadcast broadcasts[TESTING_CALLS];
	unsigned broadcast_count;
	struct testing_event events[TESTING_CALLS];
	unsigned event_count;
	struct testing_counter counters[TESTING_CALLS];
	unsigned counter_count;
	char console[TESTING_CONSOLE_BYTES]; /* everything that the module has printed, with a terminator */
	size_t printed;                      /* the number of bytes in console */
	struct boot_stamp first, now;        /* what boot_stamp_first and boot_stamp_now return; the test sets them */
	const char *fatal;                   /* the reason that the module has passed to module_fatal */
	bool fatal_expected;
	jmp_buf end; /* where module_fatal continues */
};
extern struct testing_module testing_module;

/** Boots @p harts simulated harts (1 to CONFIG_MAX_HARTS), with ids 100, 101 and so on, so that a module that confuses
 * ids and indices is noticed. All are about to run the firmware's first instruction. Hart 0 is the current hart, on
 * which the test calls hooks. The states of the modules are 0. Forgets all recorded calls. Each test calls it first. */
void testing_module_start(unsigned harts);

/** Gives the contents @p bytes to the @p size bytes of physical memory from @p address on, for all harts. Accesses of
 * other memory fail. RAM is from TESTING_PAYLOAD - 0x400000 to 256 MiB after it, and its first 2 MiB belong to hv
 * (hv/testing/hart.h). guest_copy_in and guest_copy_out refuse addresses outside RAM. */
void testing_module_memory(uint64_t address, uint64_t size, void *bytes);

/** Makes the hart with @p index the current hart. */
void testing_run_on(unsigned index);

/** The current hart, and its vcpu. */
struct hart *testing_hart(void);
struct vcpu *testing_vcpu(void);

/** The state of the module @p name on the current hart. The test has to be built with a configuration that selects the
 * module. */
#define testing_state(name) (&testing_hart()->modules.name)

/** Makes the current hart run the payload in @p mode (MODE_SUPERVISOR or MODE_USER) at TESTING_PAYLOAD. All memory is
 * open to the payload. */
void testing_enter_payload(enum mode mode);

/** Makes the current hart run the firmware, as if the payload had made an SBI call. */
void testing_enter_firmware(void);

/** Makes the guest of the current hart trap at its pc with exception @p cause and value @p value (mtval). The test calls
 * the hook after this. */
void testing_take(uint64_t cause, uint64_t value);

/** Makes the guest of the current hart execute an ecall. @param eid, fid, a0, a1, a2 for registers a7, a6, a0, a1, a2 */
void testing_ecall(uint64_t eid, uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2);

/** Does what hv does after the hooks of an exit: it switches worlds if the guest's mode requires it, and PMP entries that
 * the module has set take effect. */
void testing_end_exit(void);

/** Runs the statement @p call, and returns the reason that it passes to module_fatal, or NULL if it does not call
 * module_fatal. Outside of this macro, module_fatal fails the test. */
#define testing_fatal(call)                                                                                            \
	({                                                                                                             \
		testing_module.fatal = NULL;                                                                           \
		testing_module.fatal_expected = true;                                                                  \
		if (setjmp(testing_module.end) == 0) {                                                                 \
			call;                                                                                          \
		}                                                                                                      \
		testing_module.fatal_expected = false;                                                                 \
		testing_module.fatal;                                                                                  \
	})

#endif
