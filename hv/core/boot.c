/* Boots hv. The boot hart examines the machine, takes over the device tree and sets hv up. Then it releases the other
 * harts, and each hart enters the firmware. */
#define LOG_NAME hv_core
#include <string.h>

#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/arch/entry.h"
#include "hv/arch/fence.h"
#include "hv/arch/guard.h"
#include "hv/core/core.h"
#include "hv/device/clint.h"
#include "hv/device/vclint.h"
#include "hv/platform/platform.h"
#include "hv/virt/machine.h"
#include "hv/virt/pmp.h"

#define A0 10
#define EXIT_MEASUREMENTS 8

/* The head of the image, which boot.S defines. */
extern const struct hartscope_image hv_image;

/* The other harts wait in boot.S until this is 1, and then look themselves up in harts[]. Only the boot hart writes it,
 * once. It is in .data, not in .bss, because the other harts read it before .bss has been zeroed. */
uint32_t boot_released __attribute__((section(".data"))) = 0;

static uint8_t stacks[CONFIG_MAX_HARTS][HART_STACK_BYTES] __attribute__((aligned(16), section(".noinit")));

struct boot_stamp boot_stamp_first(void)
{
	return (struct boot_stamp){ .mtime = hartscope_directory.boot_mtime, .mcycle = hartscope_directory.boot };
}

struct boot_stamp boot_stamp_now(void)
{
	return (struct boot_stamp){ .mtime = clint_time(&hart_current()->vcpu), .mcycle = csr_read(CSR_mcycle) };
}

/* ---- each hart ---- */

static void protect_own_memory(struct vcpu *vcpu)
{
	uint8_t none = (uint8_t)field_set(PMPCFG_A, 0, PMP_NAPOT);

	pmp_reset(vcpu);
	pmp_set_own_entry(vcpu, PMP_ENTRY_HV, none, none, pmp_napot(machine.hv_base, machine.hv_size));
	pmp_set_own_entry(vcpu, PMP_ENTRY_CLINT, none, none, pmp_napot(machine.clint_base, machine.clint_size));
	if (platform.reset.size)
		pmp_set_own_entry(vcpu, PMP_ENTRY_RESET, none, none,
				  pmp_napot(platform.reset.base, platform.reset.size));
}

/* Measures how many cycles an exit takes before its first time stamp and after its last time stamp. It measures several
 * exits and keeps the minimum, because the first exits find caches and TLBs cold. SYNC records contain the result. */
static COLD void measure_exit(struct vcpu *vcpu)
{
	uint64_t vector = csr_read(CSR_mtvec);

	vcpu->exit_outside = UINT64_MAX;
	for (unsigned i = 0; i < EXIT_MEASUREMENTS; i++) {
		struct exit_cost cost = trap_measure();
		uint64_t outside = cost.entry + cost.leave;

		if (outside < vcpu->exit_outside) {
			vcpu->exit_outside = outside;
			if (CONFIG_TRACE) {
				vcpu->tracer->exit_entry = (uint32_t)cost.entry;
				vcpu->tracer->exit_leave = (uint32_t)cost.leave;
			}
		}
	}
	csr_write(CSR_mtvec, vector);
	memset(vcpu->regs, 0, sizeof(vcpu->regs));
}

/* Sets the calling hart up to enter the firmware with the arguments that the machine passed in a1 and a2. */
static void prepare(struct hart *hart, uint64_t a1, uint64_t a2)
{
	struct vcpu *vcpu = &hart->vcpu;

	csr_write(CSR_mscratch, hart);
	clint_set_software(vcpu, 0);
	fence_device_before_memory(); /* clears MSIP before others see this hart online and send it an MSI */
	/* a hart that booted faster has sent a request */
	if (atomic_load_explicit(&hart->requests, memory_order_relaxed))
		clint_set_software(vcpu, 1);
	machine_prepare_hart(); /* starts mcycle if it was inhibited */
	if (CONFIG_TRACE)
		trace_open(vcpu->tracer);
	if (CONFIG_OBSERVED)
		measure_exit(vcpu);
	if (CONFIG_HIDE_EXTENSION_STATE)
		hidden_registers_check();
	vcpu_reset(vcpu);
	vcpu->claims = MODULE_CLAIMS;
	vclint_reset(vcpu);
	protect_own_memory(vcpu);
	vcpu_set_reg(vcpu, A0, hart->id);
	vcpu_set_reg(vcpu, A0 + 1, a1);
	vcpu_set_reg(vcpu, A0 + 2, a2);
	vcpu->pc = hv_image.firmware;
	atomic_store_explicit(&hart->online, true, memory_order_relaxed);
	/* from here on broadcasts wait for this hart; init sees the data of earlier broadcasts */
	fence_all();
	if (shutdown_has_begun()) /* the hart that ends the run may have seen this hart offline */
		request_stop(hart);
	dispatch_init(&hart->modules, hart);
}

static _Noreturn void enter_firmware(struct hart *hart)
{
	pmp_install(&hart->vcpu, PMP_VIEW_FIRMWARE);
	trap_vector_set(trap_entry_firmware);
	if (CONFIG_TRACE) {
		trace_sync(hart->vcpu.tracer); /* readers know the hart's time from here on */
		trace_prepare_nothing(hart->vcpu.tracer);
	}
	/* The firmware's time begins with the SYNC record, as for readers of the trace. */
	hart->vcpu.exit_end = CONFIG_TRACE ? hart->vcpu.tracer->sync_mcycle : csr_read(CSR_mcycle);
	hart->vcpu.exit_entered = hart->vcpu.exit_end;
	fence_instructions();
	if (CONFIG_OBSERVED)
		trap_enter(hart);
	trap_return(hart);
}

_Noreturn void boot_secondary(struct hart *hart, uint64_t a1, uint64_t a2)
{
	prepare(hart, a1, a2);
	enter_firmware(hart);
}

/* ---- the boot hart ---- */

/* Refuses a machine on which hv cannot protect itself or cannot run a payload. */
static void require_machine(void)
{
	unsigned needed = PMP_OWN_ENTRIES + machine.pmp_modules;

	if (machine.hv_base & (machine.hv_size - 1)) /* the loader may have placed hv at any address */
		boot_error("hv at 0x%lx is not a multiple of 0x%lx", machine.hv_base, machine.hv_size);
	if (!machine.has_supervisor)
		boot_error("the boot hart has no S-mode, which the payload needs");
	if (machine.pmp_locked >= 0)
		boot_error("PMP entry %d is locked: hv cannot protect itself", machine.pmp_locked);
	if (machine.pmp_used < needed)
		boot_error("%u PMP entries, %u needed: hv %u, modules %u", machine.pmp_used, needed, PMP_OWN_ENTRIES,
			   machine.pmp_modules);
	if (platform.reset.size && machine.pmp_granule > platform.reset.size)
		boot_error("PMP granularity of %lu bytes is too coarse", machine.pmp_granule);
}

/* The text of an error of tree_error.def. The texts are in a separate section: fast paths reach several tables of
 * constants from one base address, and texts between these tables would move some tables out of the reach of that
 * address. */
static const char *tree_error_text(enum error error)
{
	static const char texts[] __attribute__((section(".rodata.tree_errors"))) =
#define TREE_ERROR(name, text) text "\0"
#include "hv/arch/tree_error.def"
#undef TREE_ERROR
		;

	return log_nth(texts, error - ERROR_TREE_FIRST);
}

/* Whether the ranges are in RAM, and where hv lies, is known only now. The build has checked everything else. */
static void check_modules_ranges(void)
{
	static const struct memory_range ranges[] = MODULE_RESERVED;
	static const char *const names[] = MODULE_RESERVED_BY;

	for (const struct memory_range *range = ranges; range < ranges + MODULE_RESERVED_COUNT; range++)
		if (memory_behind(range->base) < range->size)
			boot_error("module %s reserves 0x%lx to 0x%lx, which is not all RAM outside hv",
				   names[range - ranges], range->base, range->base + range->size);
}

static void read_device_tree(uint64_t id, uint64_t address, struct fdt_facts *facts)
{
	enum error error = ERROR_TREE_UNREADABLE;
	uint64_t byte;

	if (guarded_load(csr_read(CSR_mstatus), address, sizeof(uint8_t), &byte) == ERROR_NONE)
		error = fdt_take_over((void *)address, facts);
	if (error != ERROR_NONE)
		boot_error("the device tree at 0x%lx: %s", address, tree_error_text(error));
	if (facts->hart_count > CONFIG_MAX_HARTS)
		log_warn("%u harts, only %u used ([platform] max_harts)", facts->hart_count, CONFIG_MAX_HARTS);
	if (hart_from_id(id) == NULL)
		boot_error("boot hart %lu is not in the device tree", id);
	check_modules_ranges();
	machine_prefer_ram(hv_image.firmware);
}

/* OpenSBI's fw_dynamic waits for the hart that the program before hv has named. If hv has left out that hart, the calling
 * hart, @p id, boots the firmware instead. */
static void correct_boot_hart(uint64_t info, uint64_t id)
{
	uint64_t named = firmware_info_boot_hart(info);

	if (named == FIRMWARE_BOOT_HART_ANY || hart_from_id(named))
		return;
	if (firmware_info_set_boot_hart(info, id))
		log_info("hart %lu boots the firmware, not hart %lu, which is left out", id, named);
	else
		log_warn("the firmware will wait for hart %lu, which is left out: 0x%lx names it", named, info);
}

static void prepare_harts(void)
{
	for (unsigned i = 0; i < hart_count; i++) {
		const struct vcpu *vcpu = &harts[i].vcpu;

		if (vcpu->msip_address == 0 || vcpu->timecmp_address == 0)
			boot_error("hart %lu: no CLINT of the device tree has its %s", harts[i].id,
				   vcpu->msip_address ? "timer" : "software interrupt");
		harts[i].index = i;
		harts[i].stack_top = (uint64_t)stacks[i + 1];
	}
}

/* Stores mtime at boot. @p time is an early read of the CSR time. If that CSR does not exist, mtime is read now,
 * because its address is known only from the device tree. */
static void stamp_first(const struct guarded *time, const struct vcpu *vcpu)
{
	hartscope_directory.boot_mtime = time->error ? clint_time(vcpu) : time->value;
}

static void release_others(uint64_t id)
{
	fence_all();
	boot_released = 1;
	fence_memory_before_device();
	for (unsigned i = 0; i < hart_count; i++)
		if (harts[i].id != id)
			clint_set_software(&harts[i].vcpu, 1);
}

_Noreturn void boot_main(uint64_t id, uint64_t a1, uint64_t a2)
{
	struct fdt_facts facts;
	struct guarded time = csr_physical_read(CSR_SLOT_time);
	char build[41];

	machine.hv_base = (uint64_t)&hv_image;
	machine.hv_size = hv_image.block_size;
	machine.has_time = !time.error;
	machine_probe(CONFIG_PMP_LIMIT, MODULE_PMP_ENTRIES);
	require_machine();
	read_device_tree(id, a1, &facts);
	prepare_harts();
	stamp_first(&time, &hart_from_id(id)->vcpu);
	directory_init(&facts);
	log_info("config %s, build %s, %u harts, PMP entries: %u physical, %u for the firmware", CONFIG_NAME,
		 build_id_text(build), hart_count, machine.pmp_machine, machine.pmp_virtual);
	if (CONFIG_HARTS_DIFFER)
		correct_boot_hart(a2, id);
	/* first, so that the modules have published all their data before any guest runs */
	prepare(hart_from_id(id), a1, a2);
	hartscope_directory.state = HARTSCOPE_RUNNING;
	release_others(id);
	enter_firmware(hart_from_id(id));
}
