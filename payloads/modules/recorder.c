/* The code that the modules recorder_a, recorder_b and recorder_c share. It logs the calls of their hooks in one log
 * for each hart. If a guest has asked for it, this code also overwrites traps and ecalls: the module handles them
 * instead of hv. Only the hart to which a log belongs writes and reads the log. */
#define LOG_NAME recorder_a
#include "payloads/modules/recorder.h"

#include "hv/arch/csr.h"

#define RECORDED_HARTS 8
#define RECORDS 200
#define RECORDERS 3
#define A0 10
#define A1 11
#define A2 12
#define A6 16
#define A7 17

static struct record records[RECORDED_HARTS][RECORDS];
static unsigned counts[RECORDED_HARTS];
static struct recorder_guard guards[RECORDED_HARTS];

/* Says for each hart and each recorder which trap cause the recorder must overwrite in its trap hooks, and which EID in
 * its ecall hooks. RECORDER_OVERWRITES_TRAP and RECORDER_OVERWRITES_ECALL are the indices of the two inner arrays. */
static struct order {
	bool given[2];
	uint64_t what[2];
} orders[RECORDED_HARTS][RECORDERS];

static bool recorder_is_own_call(const struct vcpu *vcpu)
{
	uint64_t cause = vcpu_trap(vcpu)->cause;

	return (cause == CAUSE_ECALL_U || cause == CAUSE_ECALL_S) && vcpu_reg(vcpu, A7) == RECORDER_EID;
}

struct recorder_guard recorder_guard(const struct hart *hart)
{
	return guards[hart_index(hart)];
}

/* Returns whether the PMP entry of recorder_b currently forbids access to memory. It is the first of the PMP entries
 * that hv gives to modules. */
static bool guard_is_closed(void)
{
	uint8_t config = (uint8_t)(csr_read(CSR_pmpcfg) >> 8 * PMP_ENTRY_MODULES);

	return field_get(PMPCFG_A, config) != PMP_OFF && !(config & PMPCFG_R);
}

static void add(uint8_t name, enum recorder_hook hook, struct hart *hart, struct record record)
{
	unsigned index = hart_index(hart);

	if (index >= RECORDED_HARTS || counts[index] == RECORDS)
		return;
	record.recorder = name;
	record.hook = (uint8_t)hook;
	record.hart = (uint8_t)index;
	record.guarded = guard_is_closed();
	record.satp = csr_read(CSR_satp);
	records[index][counts[index]++] = record;
}

void recorder_init(struct recorder *self, uint8_t name, struct hart *hart)
{
	*self = (struct recorder){ .name = name };
	add(name, RECORDED_INIT, hart, (struct record){ .pc = 0 });
}

void recorder_note(const struct recorder *self, enum recorder_hook hook, struct hart *hart, const struct vcpu *vcpu,
		   unsigned previous, unsigned next)
{
	if (recorder_is_own_call(vcpu) && hook != RECORDED_ON_INTERRUPT)
		return;
	add(self->name, hook, hart,
	    (struct record){ .world = (uint8_t)vcpu->world,
			     .previous = (uint8_t)previous,
			     .next = (uint8_t)next,
			     .cause = vcpu_trap(vcpu)->cause,
			     .pc = vcpu_pc(vcpu) });
}

static enum hook_action overwrite(const struct recorder *self, const struct hart *hart, unsigned kind, uint64_t what,
				  struct vcpu *vcpu)
{
	const struct order *order = &orders[hart_index(hart)][self->name - 'a'];

	if (!order->given[kind] || order->what[kind] != what)
		return HOOK_IGNORE;
	if (vcpu_trap(vcpu)->cause & CAUSE_INTERRUPT)
		return HOOK_OVERWRITE;
	if (vcpu_fault_instruction(vcpu) != ERROR_NONE)
		return HOOK_IGNORE;
	vcpu_set_reg(vcpu, A0, RECORDER_WAS_HERE | self->name);
	vcpu_skip_instruction(vcpu);
	return HOOK_OVERWRITE;
}

enum hook_action recorder_trap(struct recorder *self, enum recorder_hook hook, struct hart *hart, struct vcpu *vcpu)
{
	if (recorder_is_own_call(vcpu))
		return HOOK_IGNORE;
	self->traps++;
	recorder_note(self, hook, hart, vcpu, 0, 0);
	return overwrite(self, hart, RECORDER_OVERWRITES_TRAP, vcpu_trap(vcpu)->cause, vcpu);
}

enum hook_action recorder_ecall(struct recorder *self, enum recorder_hook hook, struct hart *hart, struct vcpu *vcpu)
{
	recorder_note(self, hook, hart, vcpu, 0, 0);
	return overwrite(self, hart, RECORDER_OVERWRITES_ECALL, vcpu_reg(vcpu, A7), vcpu);
}

void recorder_shutdown(const struct recorder *self, const struct hart *hart, const struct recorder *other)
{
	static unsigned calls;

	calls++;
	LOG_INFO(self, "on_shutdown call %u: recorder %c, hart %lu, the last hart saw %s", calls, self->name,
		 hart_id(hart), other->traps ? "traps" : "nothing");
}

/* ---- the ecalls to the recorders ---- */

static void take(unsigned index, struct vcpu *vcpu)
{
	unsigned count = counts[index];

	if (count > vcpu_reg(vcpu, A1))
		count = (unsigned)vcpu_reg(vcpu, A1);
	counts[index] = 0;
	if (guest_copy_out(vcpu, vcpu_reg(vcpu, A0), records[index], count * sizeof(struct record)) == ERROR_NONE)
		sbi_return(vcpu, SBI_SUCCESS, count);
	else
		sbi_return(vcpu, SBI_ERR_INVALID_ADDRESS, 0);
}

static void give_order(unsigned index, const struct vcpu *vcpu)
{
	struct order *order = &orders[index][(vcpu_reg(vcpu, A0) - 'a') % RECORDERS];
	unsigned kind = vcpu_reg(vcpu, A2) % 2;

	order->given[kind] = true;
	order->what[kind] = vcpu_reg(vcpu, A1);
}

static void release(unsigned index)
{
	for (unsigned i = 0; i < RECORDERS; i++)
		orders[index][i] = (struct order){ .given = { false } };
	guards[index].address = 0;
}

bool recorder_broadcasts(const struct recorder *self, const struct vcpu *vcpu, struct hart_set *set)
{
	*set = (struct hart_set){ .bits = { vcpu_reg(vcpu, A1) } };
	return recorder_is_own_call(vcpu) && vcpu_reg(vcpu, A6) == RECORDER_BROADCAST &&
	       vcpu_reg(vcpu, A0) == self->name;
}

enum hook_action recorder_serve(struct hart *hart, struct vcpu *vcpu)
{
	unsigned index = hart_index(hart);

	if (!recorder_is_own_call(vcpu))
		return HOOK_IGNORE;
	switch (vcpu_reg(vcpu, A6)) {
	case RECORDER_TAKE:
		take(index, vcpu);
		return HOOK_OVERWRITE;
	case RECORDER_OVERWRITE:
		give_order(index, vcpu);
		break;
	case RECORDER_RELEASE:
		release(index);
		break;
	case RECORDER_GUARD:
		guards[index] = (struct recorder_guard){ vcpu_reg(vcpu, A0),
							 vcpu_reg(vcpu, A1) ? WORLD_FIRMWARE : WORLD_PAYLOAD };
		break;
	default:
		return HOOK_IGNORE;
	}
	sbi_return(vcpu, SBI_SUCCESS, 0);
	return HOOK_OVERWRITE;
}
