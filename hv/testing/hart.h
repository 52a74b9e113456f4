/* Gives unit tests on the host a hart that is in the same state as when boot enters the firmware.
 * The tests of hv/virt, hv/device and hv/core include this header.
 * Must not depend on what a test checks. The tests have one thread. No function returns an error. */
#ifndef HV_TESTING_HART_H
#define HV_TESTING_HART_H

#include "hv/arch/host_hart.h"
#include "hv/testing/testing.h"
#include "hv/virt/machine.h"
#include "hv/virt/transition.h"
#include "hv/virt/vcpu.h"

/** How often hv has reported that the firmware's trap handler cannot be fetched (vcpu_handler_missing). */
extern unsigned testing_handlers_missing;

/** Which function of upcalls.h has been called to observe an exit. */
enum testing_observer {
	TESTING_OBSERVER_NONE,
	TESTING_OBSERVER_FIRMWARE,
	TESTING_OBSERVER_PAYLOAD,
	TESTING_OBSERVER_ANSWER,
	TESTING_OBSERVER_STEP
};

/** The last exit that a fast path or a step has passed to observers, and how many there were. A fast path does so only
 * in builds with CONFIG_OBSERVED. */
struct testing_observed {
	enum testing_observer observer;
	unsigned count;
	uint64_t pc, value, kind;
};
extern struct testing_observed testing_observed;

/** The calls of vcpu_csr_access in unit tests of hv/virt, and how they are answered: whether a module takes over reads and
 * writes, and the value that it leaves in both cases. The test sets these members. */
#define TESTING_GUARD_CALLS 8
struct testing_guard_call {
	unsigned number;
	bool write;
	uint64_t value;
};
struct testing_guard {
	bool takes_reads, takes_writes;
	uint64_t answer;
	unsigned count;
	struct testing_guard_call calls[TESTING_GUARD_CALLS];
};
extern struct testing_guard testing_guard;

/** What vcpu_refill does in unit tests of hv/virt. If it is NULL, vcpu_refill returns false. The test sets it. */
extern bool (*testing_refill)(uint64_t cause, uint64_t address, unsigned width);

/** The addresses and sizes of the machine that testing_boot sets up, in bytes. hv lies at the start of RAM. */
#define TESTING_HV_BASE 0x80000000ull
#define TESTING_HV_SIZE 0x200000ull
#define TESTING_RAM_SIZE 0x10000000ull
#define TESTING_CLINT_BASE 0x2000000ull
#define TESTING_CLINT_SIZE 0x10000ull

/** Gives the machine one range of RAM, and no other: @p size bytes from @p base on. */
static inline void testing_set_ram(uint64_t base, uint64_t size)
{
	machine.ram_count = 0;
	require(machine_add_ram(base, size) == ERROR_NONE, "no room for a range of memory");
}

/** Boots the simulated hart. Before the call, the test calls host_hart_reset and may change the hart. After the call,
 * @p vcpu is about to run the firmware's first instruction.
 * @param pmp_modules the number of PMP entries that hv keeps for modules */
static inline void testing_boot_with(struct vcpu *vcpu, unsigned pmp_modules)
{
	machine = (struct machine){ .hv_base = TESTING_HV_BASE,
				    .hv_size = TESTING_HV_SIZE,
				    .clint_base = TESTING_CLINT_BASE,
				    .clint_size = TESTING_CLINT_SIZE };
	testing_set_ram(TESTING_HV_BASE, TESTING_RAM_SIZE);
	machine_probe(64, pmp_modules);
	machine_prepare_hart();
	*vcpu = (struct vcpu){ 0 };
	vcpu_reset(vcpu);
	if (machine.pmp_used < PMP_OWN_ENTRIES + pmp_modules)
		return;
	pmp_reset(vcpu);
	pmp_set_own_entry(vcpu, PMP_ENTRY_HV, (uint8_t)field_set(PMPCFG_A, 0, PMP_NAPOT),
			  (uint8_t)field_set(PMPCFG_A, 0, PMP_NAPOT), pmp_napot(TESTING_HV_BASE, TESTING_HV_SIZE));
	pmp_install(vcpu, PMP_VIEW_FIRMWARE);
}

/** Like testing_boot_with, without modules that have PMP entries. */
static inline void testing_boot(struct vcpu *vcpu)
{
	testing_boot_with(vcpu, 0);
}

/** Like testing_boot, with the hart of QEMU's virt board. */
static inline void testing_boot_usual(struct vcpu *vcpu)
{
	host_hart_reset();
	testing_boot(vcpu);
}

/** What the firmware reads from CSR @p number, which must exist. */
static inline uint64_t testing_csr(struct vcpu *vcpu, unsigned number)
{
	uint64_t value = 0;

	require(csr_virtual_read(vcpu, number, &value) == ERROR_NONE, "CSR %x cannot be read", number);
	return value;
}

/** Writes @p value to CSR @p number, as the firmware does. The write must not be refused. */
static inline void testing_set_csr(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	require(csr_virtual_write(vcpu, number, CSR_OPERATION_WRITE, value) == ERROR_NONE, "CSR %x cannot be written",
		number);
}

/** Makes the @p size bytes of @p code readable and executable for the guest. For the guest, they have the same address
 * as on the host. */
static inline void testing_place_code(void *code, uint64_t size)
{
	host_hart.memory[HOST_MEMORIES - 1] = (struct host_memory){ .address = (uint64_t)code,
								    .size = size,
								    .physical = (uint64_t)code,
								    .permissions = HOST_READ | HOST_EXECUTE,
								    .bytes = code };
}

/** Like testing_place_code, but for tests of fast paths, which read code only in RAM. It makes the whole address space
 * RAM. */
static inline void testing_place_code_in_ram(void *code, uint64_t size)
{
	testing_place_code(code, size);
	testing_set_ram(0, ~0ull);
}

/** Switches the hardware to the world to which vcpu->mode belongs, if it is not in that world. hv/core does the same at
 * the end of an exit. */
static inline void testing_switch_world(struct vcpu *vcpu)
{
	if ((vcpu->mode == MODE_MACHINE) == (vcpu->world == WORLD_FIRMWARE))
		return;
	if (vcpu->world == WORLD_PAYLOAD) {
		world_enter_firmware(vcpu);
		pmp_install(vcpu, vcpu->mprv_armed ? PMP_VIEW_MPRV : PMP_VIEW_FIRMWARE);
	} else {
		vcpu->started = true;
		world_enter_payload(vcpu);
		pmp_install(vcpu, PMP_VIEW_PAYLOAD);
	}
}

/** Simulates that the guest traps to hv at vcpu->pc. It sets the hardware's CSRs and vcpu->trap.
 * @param cause mcause
 * @param value mtval */
static inline void testing_trap(struct vcpu *vcpu, uint64_t cause, uint64_t value)
{
	unsigned physical = vcpu->mode == MODE_MACHINE ? MODE_USER : vcpu->mode;

	host_csr_write(CSR_mstatus, field_set(MSTATUS_MPP, host_csr_read(CSR_mstatus), physical));
	host_csr_write(CSR_mcause, cause);
	host_csr_write(CSR_mtval, value);
	host_csr_write(CSR_mepc, vcpu->pc);
	vcpu->trap = (struct trap){ .cause = cause, .value = value, .pc = vcpu->pc };
}

#endif
