/* A simulated hart for unit tests on the host, which consists of variables. It has CSRs with the WARL rules that hv
 * depends on, physical memory protection, and a few regions of memory. It records which fences hv executes.
 * Tests set it up and examine it; hv uses it through hv/arch/{csr,guard,live,entry}.h. Must not know hv. Its rules come
 * from the privileged ISA manual, to which the section numbers in its comments refer. */
#ifndef HV_ARCH_HOST_HART_H
#define HV_ARCH_HOST_HART_H

#include <stdbool.h>
#include <stdint.h>

#define HOST_CSRS 4096
#define HOST_MEMORIES 8
#define HOST_VECTOR_BYTES 128

/** One physical CSR. A read returns `value` with the bits of `ones` set. A write changes only the bits of
 * `writable`. */
struct host_csr {
	uint64_t value, writable, ones;
	bool present; /* an access to an absent CSR is an illegal instruction */
};

/** The kind of access, as bits of `permissions`. */
enum host_access { HOST_READ = 1, HOST_WRITE = 2, HOST_EXECUTE = 4 };

/** A region of memory that guarded accesses can reach. An access can reach the region only while satp equals the member
 * `satp`. A region with satp = 0 is physical memory. */
struct host_memory {
	uint64_t address, size; /* virtual addresses if satp is not 0 */
	uint64_t satp;
	uint64_t physical;    /* the region's physical address, for PMP checks; the same as `address` if satp is 0 */
	unsigned permissions; /* permissions of the page, as a sum of enum host_access */
	unsigned widths;      /* for a device, the sum of the widths in bytes that it accepts; 0 for memory */
	uint8_t *bytes;
};

/** How a fast path ended: it has not ended yet, it has returned to the guest, or it has passed the exit on to the slow
 * tier or to a step. */
enum host_end { HOST_END_NONE, HOST_END_RETURN, HOST_END_SLOW };

struct host_hart {
	struct host_csr csr[HOST_CSRS];
	uint64_t wires;    /* bits of mip that come from outside: MSIP, MTIP, MEIP, SEIP, and STIP with Sstc */
	uint64_t step;     /* each read of a counter advances all running counters by this number */
	unsigned uxl_kept; /* bit n is 1 if mstatus.UXL can hold n */
	/* Bit n is 1 if satp.MODE can hold n; a write of any other MODE leaves satp unchanged (4.1.11). */
	uint64_t satp_modes;
	unsigned pmp_entries; /* 0, 16 or 64 (3.7.1) */
	unsigned pmp_usable;  /* entries from this number on are read-only zero */
	uint64_t pmp_granule; /* in bytes, 4 << G */
	/* Whether a TOR entry from 0 to 0 matches all addresses, as on QEMU. The manual says that it matches none. */
	bool pmp_tor_at_zero_matches;
	uint64_t float_registers[32];
	uint64_t vector_bytes; /* size of a vector register; 0 if there are none */
	uint8_t vector_registers[32 * HOST_VECTOR_BYTES];
	/* the guest registers that the first tier of trap.S leaves in the hardware (hv/arch/live.h) */
	uint64_t live[32];
	struct host_memory memory[HOST_MEMORIES];
	/* Returns the value of the CSR seed at read number @p read, from 0 on; NULL if the hart does not have Zkr. */
	uint64_t (*seed)(unsigned read);
	unsigned seed_reads;
	bool has_svinval, has_zawrs, has_zicbom, has_zicboz;
	unsigned cache_blocks;  /* number of cbo instructions that were carried out */
	uint64_t access_status; /* mstatus during the last guarded access to memory */
	enum host_end end;
	void (*vector)(void); /* argument of the last trap_vector_set */
};

extern struct host_hart host_hart;

/** Resets the hart. It then has the features of a hart of QEMU virt: RV64GC with S and H, Sstc, Zicbom, Zicboz,
 * Svinval, Zawrs, 16 PMP entries, and Sv39 to Sv57, but not Zkr. No interrupt is pending, there is no memory, and all CSRs have
 * their reset values. */
void host_hart_reset(void);

/** Removes the CSR @p number (0-4095) from the hart. */
void host_csr_remove(unsigned number);

/** Gives the hart vector registers of @p bytes bytes each (1 to HOST_VECTOR_BYTES), with their CSRs. */
void host_vectors(unsigned bytes);

/** Gives the hart @p entries PMP entries (0, 16 or 64) with a granularity of @p granule bytes. */
void host_pmp_shape(unsigned entries, uint64_t granule);

/** Adds a region of physical memory, with all permissions.
 * @param bytes the contents of the region: @p size bytes, which must exist until the next host_hart_reset */
void host_memory_add(uint64_t address, uint64_t size, void *bytes);

/** Adds a device. It accepts aligned accesses of @p widths, a sum of 1, 2, 4 and 8. As on QEMU, a misaligned access
 * reaches the device in aligned pieces. The other parameters are the same as for host_memory_add. */
void host_device_add(uint64_t address, uint64_t size, void *bytes, unsigned widths);

/* These functions are the CSR instructions that hv executes without a guard, on CSR @p number (0-4095). If the
 * instruction would trap, the function ends the test, because hv should have used a guard. */
uint64_t host_csr_read(unsigned number);
/** Writes @p value; the WARL rules apply. */
void host_csr_write(unsigned number, uint64_t value);
/** Writes @p value and returns the old value. */
uint64_t host_csr_swap(unsigned number, uint64_t value);
/** Sets the bits of @p mask. */
void host_csr_set(unsigned number, uint64_t mask);
/** Clears the bits of @p mask. */
void host_csr_clear(unsigned number, uint64_t mask);

/** Records that the assembly statement @p text was executed with the operands @p a and @p b. */
void host_statement(const char *text, uint64_t a, uint64_t b);

/** How often the statement @p text has been executed since host_hart_reset. */
unsigned host_statements(const char *text);
/** The operands of the last statement, whatever its text. */
extern uint64_t host_operands[2];

/** Takes an exception. It sets mcause to @p cause and mtval to @p value. It sets mepc to a wrong address, so that no
 * code can rely on the old mepc. Unlike the hardware, it does not change mstatus and pc. */
void host_trap(uint64_t cause, uint64_t value);

/** Whether a table of PMP entries allows an access to all bytes of a range. It examines each byte separately (3.7.1.3).
 * Pure.
 * @param configs       pmpcfg bytes of the entries
 * @param addresses     pmpaddr registers of the entries; for TOR entries, the address bits below @p granule (in bytes)
 * are ignored
 * @param count         number of entries
 * @param mode          0, 1 or 3, as mstatus.MPP encodes it
 * @param address, size physical range in bytes */
bool host_pmp_table_allows(const uint8_t *configs, const uint64_t *addresses, uint64_t granule, unsigned count,
			   unsigned mode, uint64_t address, uint64_t size, enum host_access access);

/** Whether the physical PMP entries of this hart allow an access. The parameters are the same as for
 * host_pmp_table_allows. */
bool host_pmp_allows(unsigned mode, uint64_t address, uint64_t size, enum host_access access);

struct vcpu;

/** The function that trap_step_csr calls. A test may set it. If it is NULL, trap_step_csr only records that the slow
 * tier has to handle the exit. */
extern void (*host_step_csr)(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand);

#endif