/* Answers the ecalls that use one of hv's two EIDs (abi/hartscope.h). One EID is hartscope's, and the other one belongs
 * to a published research monitor. The firmware and the payload's S-mode get the same answers. Calls that read or
 * control the trace are in ecall_trace.c. */
#define LOG_NAME hv_core
#include "hv/core/core.h"
#include "hv/core/ecall.h"
#include "hv/device/reset.h"
#include "hv/virt/emulate.h"
#include "hv/virt/machine.h"

#define A0 10
#define A1 11
#define A2 12
#define A6 16
#define A7 17

/* ---- hartscope's EID ---- */

/* Returns a structure to the caller. It copies as many bytes of @p data as fit in the @p room bytes at @p address. The
 * first word of each structure is its full length, so the caller can see how many bytes are missing. */
static void return_struct(struct vcpu *vcpu, uint64_t address, uint64_t room, const void *data, uint64_t length)
{
	uint64_t bytes = room < length ? room : length;

	if (room < sizeof(uint64_t))
		sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
	else if (guest_copy_out(vcpu, address, data, bytes) != ERROR_NONE)
		sbi_return(vcpu, SBI_ERR_INVALID_ADDRESS, 0);
	else
		sbi_return(vcpu, SBI_SUCCESS, bytes);
}

static void ecall_info(struct vcpu *vcpu)
{
	struct hartscope_info info = {
		.length = sizeof(info),
		.abi_version = HARTSCOPE_ABI_VERSION,
		.harts = hart_count,
		.slots_per_hart = CONFIG_TRACE ? CONFIG_TRACE_SLOTS : 0,
		.slot_bytes = CONFIG_TRACE ? TRACE_SLOT_BYTES : 0,
		.features = (hartscope_directory.counters ? HARTSCOPE_FEATURE_COUNTERS : 0) |
			    (CONFIG_TRACE ? HARTSCOPE_FEATURE_TRACE : 0),
		.consumer = CONFIG_TRACE ? ecall_trace_consumer() : 0,
		.timebase = hartscope_directory.timebase_hz,
		.reset_base = hartscope_directory.reset_base,
		.reset_bytes = hartscope_directory.reset_bytes,
	};

	for (unsigned i = 0; i < sizeof(info.build_id); i++)
		info.build_id[i] = hartscope_directory.build_id[i];
	for (unsigned i = 0; i < hart_count && i < 64; i++)
		info.hart_ids[i] = harts[i].id;
	return_struct(vcpu, vcpu_reg(vcpu, A0), vcpu_reg(vcpu, A1), &info, sizeof(info));
}

static void count_exits(struct hartscope_stat *stat, const struct hartscope_counters *counters)
{
	for (unsigned world = 0; world < HARTSCOPE_WORLDS; world++)
		for (unsigned cause = 0; cause < HARTSCOPE_CAUSES; cause++) {
			stat->exits_by_cause[world][cause] = counters->exits[world][cause];
			stat->exits += counters->exits[world][cause];
		}
	stat->cycles_hv = counters->cycles[HARTSCOPE_OWNER_HV];
	stat->cycles_firmware = counters->cycles[HARTSCOPE_OWNER_FIRMWARE];
	stat->cycles_payload = counters->cycles[HARTSCOPE_OWNER_PAYLOAD];
	stat->cycles_asleep = counters->cycles[HARTSCOPE_OWNER_ASLEEP];
}

static void ecall_stat(struct vcpu *vcpu)
{
	const struct hart *target = hart_from_id(vcpu_reg(vcpu, A0));
	struct hartscope_stat stat = { .length = sizeof(stat) };
	uint64_t counters = hartscope_directory.counters;

	if (target == NULL) {
		sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
		return;
	}
	if (counters)
		count_exits(&stat,
			    (const struct hartscope_counters *)(counters +
								target->index * hartscope_directory.counters_stride));
	ecall_trace_stat(target, &stat);
	stat.registers = (struct hartscope_registers){ target->vcpu.msip_address, target->vcpu.timecmp_address,
						       target->vcpu.mtime_address };
	return_struct(vcpu, vcpu_reg(vcpu, A1), vcpu_reg(vcpu, A2), &stat, sizeof(stat));
}

/* Runs hv's load and store emulator on the instruction at the address in a0. A test needs this call, because on some
 * hardware no misaligned access traps, and the test could not reach the emulator otherwise. */
static void ecall_test_emulate(struct vcpu *vcpu)
{
	uint64_t address = vcpu_reg(vcpu, A0);
	uint32_t word;

	if (!CONFIG_TEST_ABI) {
		sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
		return;
	}
	if (vcpu_fetch(vcpu, address, &word) != ERROR_NONE) {
		sbi_return(vcpu, SBI_ERR_INVALID_ADDRESS, 0);
		return;
	}

	struct instruction instruction = instruction_decode(word);

	switch (emulate_access(vcpu, &instruction)) {
	case EMULATION_DONE:
		vcpu->pc += 4;
		break;
	case EMULATION_FAULT:
		vcpu->pc = address;
		vcpu_deliver_exception(vcpu, vcpu->fault.cause, vcpu->fault.value);
		break;
	default:
		sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
		break;
	}
}

static void ecall_hartscope(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;

	switch (vcpu_reg(vcpu, A6)) {
	case HARTSCOPE_INFO:
		ecall_info(vcpu);
		break;
	case HARTSCOPE_STAT:
		ecall_stat(vcpu);
		break;
	case HARTSCOPE_MARK:
		hart->marks++;
		trace_emit_mark(vcpu->tracer,
				(struct trace_mark){ .id = vcpu_reg(vcpu, A0), .value = vcpu_reg(vcpu, A1) });
		sbi_return(vcpu, SBI_SUCCESS, 0);
		break;
	case HARTSCOPE_CTRL:
	case HARTSCOPE_READ:
	case HARTSCOPE_SYNC:
		ecall_trace(hart, vcpu_reg(vcpu, A6));
		break;
	case HARTSCOPE_TEST_EMULATE:
		ecall_test_emulate(vcpu);
		break;
	default:
		sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
		break;
	}
}

/* ---- the research monitor's EID ---- */

#define GUEST_LOG_BYTES 160

/* Prints a guest's text as a separate log line. Characters that are not printable become dots, so that a guest cannot
 * imitate other lines. */
static void ecall_log(struct vcpu *vcpu)
{
	uint64_t level = vcpu_reg(vcpu, A0), length = vcpu_reg(vcpu, A2);
	char text[GUEST_LOG_BYTES + 1];

	if (level < LOG_LEVEL_ERROR || level > LOG_LEVEL_TRACE) {
		sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
		return;
	}
	if (length > GUEST_LOG_BYTES)
		length = GUEST_LOG_BYTES;
	if (guest_copy_in(vcpu, text, vcpu_reg(vcpu, A1), length) != ERROR_NONE) {
		sbi_return(vcpu, SBI_ERR_INVALID_ADDRESS, 0);
		return;
	}
	for (unsigned i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '.';
	text[length] = '\0';
	if (level <= LOG_LEVEL_hv_core)
		log_line((enum log_level)level, "guest", "%s", text);
	sbi_return(vcpu, SBI_SUCCESS, 0);
}

static void ecall_read_counters(struct vcpu *vcpu)
{
	uint64_t index = vcpu_reg(vcpu, A0), category = vcpu_reg(vcpu, A1);
	uint64_t categories = hartscope_directory.categories;

	if (!categories)
		sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
	else if (index >= hart_count || category >= HARTSCOPE_CATEGORIES ||
		 (category > HARTSCOPE_CATEGORY_PAGE_FAULT && category < HARTSCOPE_CATEGORY_ECALL))
		sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
	else
		sbi_return(vcpu, SBI_SUCCESS,
			   ((const struct hartscope_categories *)(categories +
								  index * hartscope_directory.categories_stride))
				   ->count[category]);
}

static void ecall_end(struct hart *hart, unsigned code)
{
	if (!CONFIG_TEST_ABI) {
		sbi_return(&hart->vcpu, SBI_ERR_NOT_SUPPORTED, 0);
		return;
	}
	shutdown_run(hart, HARTSCOPE_SHUT_DOWN);
	reset_exit(code);
}

static void ecall_peer(struct hart *hart)
{
	switch (vcpu_reg(&hart->vcpu, A6)) {
	case HARTSCOPE_PEER_FAILURE:
		ecall_end(hart, 1);
		break;
	case HARTSCOPE_PEER_SUCCESS:
		ecall_end(hart, 0);
		break;
	case HARTSCOPE_PEER_LOG:
		ecall_log(&hart->vcpu);
		break;
	case HARTSCOPE_PEER_READ_COUNTERS:
		ecall_read_counters(&hart->vcpu);
		break;
	default:
		sbi_return(&hart->vcpu, SBI_ERR_NOT_SUPPORTED, 0);
		break;
	}
}

bool ecall_handle(struct hart *hart)
{
	switch (vcpu_reg(&hart->vcpu, A7)) {
	case HARTSCOPE_EID:
		ecall_hartscope(hart);
		return true;
	case HARTSCOPE_PEER_EID:
		ecall_peer(hart);
		return true;
	default:
		return false;
	}
}
