/* A hart made of variables, for unit tests on the host: CSRs with what matters of their WARL rules, physical memory
 * protection, a few regions of memory, and a note of each fence.
 * Set up and looked at by tests; used by hv through hv/arch/{csr,guard,live,entry}.h.
 * Must not know hv: its rules are the privileged ISA manual's, and chapters named here are its. */
#ifndef HV_ARCH_HOST_HART_H
#define HV_ARCH_HOST_HART_H

#include <stdbool.h>
#include <stdint.h>

#define HOST_CSRS 4096
#define HOST_MEMORIES 8

/** One physical CSR. Reads bring value, with `ones` in it; writes keep the bits of `writable`. */
struct host_csr {
	uint64_t value, writable, ones;
	bool present; /* an access to one that is absent is an illegal instruction */
};

enum host_access { HOST_READ = 1, HOST_WRITE = 2, HOST_EXECUTE = 4 };

/** A region that guarded accesses reach, as seen under one value of satp: 0 is physical memory. */
struct host_memory {
	uint64_t address, size; /* virtual if satp is not 0 */
	uint64_t satp;
	uint64_t physical;    /* where it lies for PMP; without satp the same as address */
	unsigned permissions; /* of the page: HOST_READ and so on */
	unsigned widths;      /* of a device: the aligned accesses that it takes, in bytes; 0 for memory */
	uint8_t *bytes;
};

/** How a fast path ended. */
enum host_end { HOST_END_NONE, HOST_END_RETURN, HOST_END_SLOW };

struct host_hart {
	struct host_csr csr[HOST_CSRS];
	uint64_t wires;       /* bits of mip that are driven from outside: MSIP, MTIP, MEIP, SEIP, and STIP with Sstc */
	uint64_t step;        /* how far each read of a counter moves all that run */
	unsigned uxl_kept;    /* bit by value: what mstatus.UXL can hold */
	uint64_t satp_modes;  /* bit by value: what satp.MODE can hold; another value leaves satp as it is (4.1.11) */
	unsigned pmp_entries; /* 0, 16 or 64 (3.7.1) */
	unsigned pmp_usable;  /* those from here on are read-only zero */
	uint64_t pmp_granule; /* bytes, 4 << G */
	uint64_t float_registers[32];
	uint64_t live[32]; /* what the first tier of trap.S leaves in the hardware (hv/arch/live.h) */
	struct host_memory memory[HOST_MEMORIES];
	bool has_svinval, has_zawrs, has_zicbom, has_zicboz;
	unsigned cache_blocks;  /* cbo.* carried out */
	uint64_t access_status; /* mstatus in force during the last guarded access to memory */
	enum host_end end;
	void (*vector)(void); /* of trap_vector_set */
};

extern struct host_hart host_hart;

/** Makes the hart QEMU virt's: RV64GC with S and H, Sstc, Zicbom, Zicboz, Svinval, Zawrs, 16 PMP entries, Sv39 to Sv57,
 * nothing pending, no memory, all CSRs at their reset values. */
void host_hart_reset(void);

/** Takes the CSR @p number away. */
void host_csr_remove(unsigned number);

/** Leaves @p entries PMP entries (0, 16, 64), with @p granule bytes. */
void host_pmp_shape(unsigned entries, uint64_t granule);

/** Adds a region of physical memory, with all permissions. */
void host_memory_add(uint64_t address, uint64_t size, void *bytes);

/** Adds a device that takes aligned accesses of @p widths (a sum of 1, 2, 4, 8); a misaligned one reaches it in aligned
 * pieces, as QEMU has it. */
void host_device_add(uint64_t address, uint64_t size, void *bytes, unsigned widths);

/* CSR instructions of hv. One that traps ends the test: hv has to guard it. */
uint64_t host_csr_read(unsigned number);
void host_csr_write(unsigned number, uint64_t value);
uint64_t host_csr_swap(unsigned number, uint64_t value);
void host_csr_set(unsigned number, uint64_t mask);
void host_csr_clear(unsigned number, uint64_t mask);

/** Notes the assembly @p text with its operands. */
void host_statement(const char *text, uint64_t a, uint64_t b);

/** How often @p text has been noted since host_hart_reset; the operands of the last one of all. */
unsigned host_statements(const char *text);
extern uint64_t host_operands[2];

/** Takes an exception as the hardware does, but for mstatus and pc: mcause, mtval, mepc (which gets a wrong pc, so that
 * nobody relies on the old one). */
void host_trap(uint64_t cause, uint64_t value);

/** Whether a table of @p count PMP entries lets @p mode (0, 1, 3) make @p access at all of [@p address, + @p size), found
 * byte by byte (3.7.1.3). @p configs are pmpcfg bytes, @p addresses pmpaddr registers, whose bits
 * below @p granule (bytes) do not count for TOR. Pure. */
bool host_pmp_table_allows(const uint8_t *configs, const uint64_t *addresses, uint64_t granule, unsigned count,
			   unsigned mode, uint64_t address, uint64_t size, enum host_access access);

/** The same by this hart's physical entries. */
bool host_pmp_allows(unsigned mode, uint64_t address, uint64_t size, enum host_access access);

struct vcpu;

/** What trap_step_csr does, if a test sets it. Without it such a fast path ends in the slow tier. */
extern void (*host_step_csr)(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand);

#endif