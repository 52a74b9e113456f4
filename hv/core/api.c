/* Implements the calls of hv/module/api.h that have no file of their own: virtual CSRs, PMP entries, records of
 * the trace, and addresses that modules need. hart.c implements the calls about harts, request.c broadcasts,
 * guest_copy.c copies, and shutdown.c the end of a run. */
#include "hv/arch/csr.h"
#include "hv/arch/access.h"
#include "hv/core/core.h"
#include "hv/device/clint.h"
#include "hv/platform/platform.h"
#include "hv/virt/machine.h"
#include "hv/virt/transition.h"

#define PHYSICAL_ADDRESS_BITS 56

struct hartscope_directory *module_directory(void)
{
	return &hartscope_directory;
}

struct tracer *hart_tracer(struct hart *hart)
{
	return hart->vcpu.tracer;
}

uint64_t hart_take_last_exit(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;
	uint64_t cycles = vcpu->exit_end > vcpu->exit_entered ? vcpu->exit_end - vcpu->exit_entered : 0;

	vcpu->exit_entered += cycles;
	return cycles;
}

void module_trace_event(unsigned module, uint64_t event, uint64_t value)
{
	trace_emit_module(hart_current()->vcpu.tracer,
			  (struct trace_module){ .module = module + 1, .event = event, .value = value });
}

void module_trace_counter(struct hart *hart, uint64_t id, uint64_t value)
{
	struct tracer *tracer = hart->vcpu.tracer;
	uint64_t words[1 + TRACE_COUNTER_EXT];

	trace_counter_pack((struct trace_counter){ .id = id, .value = value }, words);
	if (hart == hart_current())
		trace_emit_words(tracer, TRACE_COUNTER, TRACE_COUNTER_EXT, words);
	else if (trace_is_on(tracer, TRACE_COUNTER))
		trace_append_stopped(tracer, TRACE_COUNTER, TRACE_COUNTER_EXT, words);
}

unsigned machine_pmp_entries(void)
{
	return machine.pmp_machine;
}

const volatile uint64_t *machine_mtime(void)
{
	return (const volatile uint64_t *)hart_current()->vcpu.mtime_address;
}

bool payload_read_time(struct vcpu *vcpu)
{
	if (machine.has_time || vcpu_fault_instruction(vcpu) != ERROR_NONE ||
	    (vcpu->trap.instruction & READ_TIME_MASK) != READ_TIME || !payload_may_read_time(vcpu))
		return false;
	vcpu_set_reg(vcpu, vcpu->trap.instruction >> 7 & 31, *machine_mtime());
	vcpu_skip_instruction(vcpu);
	return true;
}

uint64_t machine_console(void)
{
	return platform.uart.base;
}

/* Reads or writes a virtual CSR as virtual M-mode does. In the payload world the hardware holds the payload's mie,
 * satp, senvcfg, medeleg and parts of mstatus. So this function switches the hardware to the firmware world for the
 * access, and afterwards back to the payload world. It preserves physical MPP, which holds the guest's mode. */
static MUST_CHECK enum error access_as_firmware(struct vcpu *vcpu, unsigned number, uint64_t *value, bool write)
{
	bool detour = vcpu->world == WORLD_PAYLOAD;
	uint64_t status = csr_read(CSR_mstatus);
	enum pmp_view view = vcpu->pmp.current;

	if (detour)
		world_enter_firmware(vcpu);

	enum error error = write ? csr_virtual_write(vcpu, number, CSR_OPERATION_WRITE, *value)
				 : csr_virtual_read(vcpu, number, value);

	if (detour) {
		world_enter_payload(vcpu);
		csr_write(CSR_mstatus, field_merge(MSTATUS_MPP, csr_read(CSR_mstatus), status));
		pmp_install(vcpu, view);
	}
	return error;
}

enum error vcpu_csr(struct vcpu *vcpu, unsigned number, uint64_t *value)
{
	return number < CSR_COUNT ? access_as_firmware(vcpu, number, value, false) : ERROR_INVALID;
}

enum error vcpu_set_csr(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	return number < CSR_COUNT ? access_as_firmware(vcpu, number, &value, true) : ERROR_INVALID;
}

/* Whether a PMP entry of type @p match can describe a region of @p size bytes at @p address (3.7.1). */
static bool pmp_describes(unsigned i, unsigned match, uint64_t address, uint64_t size)
{
	if (address >> PHYSICAL_ADDRESS_BITS || address % machine.pmp_granule != 0)
		return false;
	if (match == PMP_TOR)
		return i > 0; /* the entry before the module's first one belongs to hv or to another module */
	return match == PMP_OFF ||
	       (size >= 8 && size >= machine.pmp_granule && !(size & (size - 1)) && address % size == 0);
}

/* The configuration byte of a physical entry that belongs to hv or a module, in @p view. */
static uint8_t pmp_own_config(const struct vcpu *vcpu, unsigned entry, enum pmp_view view)
{
	return (uint8_t)(vcpu->pmp.view[view][entry / 8] >> entry % 8 * 8);
}

enum error module_pmp_set(unsigned module, unsigned i, unsigned match, uint64_t address, uint64_t size,
			  enum pmp_permission firmware, enum pmp_permission payload)
{
	static const uint8_t first[] = MODULE_PMP_FIRST, count[] = MODULE_PMP_COUNT;
	struct vcpu *vcpu = &hart_current()->vcpu;

	if (module >= sizeof(count) || i >= count[module] || !pmp_describes(i, match, address, size))
		return ERROR_INVALID;

	unsigned entry = PMP_ENTRY_MODULES + first[module] + i;
	uint8_t kind = (uint8_t)field_set(PMPCFG_A, 0, match);
	uint8_t for_firmware = kind | (uint8_t)firmware, for_payload = kind | (uint8_t)payload;
	uint64_t encoded = match == PMP_NAPOT ? pmp_napot(address, size) : address >> 2;

	if (pmp_own_config(vcpu, entry, PMP_VIEW_FIRMWARE) != for_firmware ||
	    pmp_own_config(vcpu, entry, PMP_VIEW_PAYLOAD) != for_payload ||
	    csr_physical_read(CSR_SLOT_pmpaddr + entry).value != encoded) {
		pmp_set_own_entry(vcpu, entry, for_firmware, for_payload, encoded);
		trace_emit_pmp(vcpu->tracer, (struct trace_pmp){ .entry = i,
								 .config = for_firmware,
								 .payload = for_payload,
								 .module = module + 1,
								 .address = address });
	}
	return ERROR_NONE;
}
