/* The prober is a module that calls functions of the module API when a guest asks for it. Each of its ecalls (calls.h)
 * stands for one function of the API or for one check. */
#define LOG_NAME prober
#include "payloads/modules/prober.h"

#include "hv/arch/fence.h"

#define A0 10
#define S5 21
#define ARGUMENTS 5

/* The sending hart writes these variables by plain stores before it broadcasts. The hook on_interrupt reads them on the
 * receiving harts. */
static uint64_t published;
static uint64_t round_of[PROBED_HARTS];

void prober_init(struct prober *self, struct hart *hart)
{
	(void)hart;
	*self = (struct prober){ .seen = 0 };
}

void prober_on_interrupt(struct prober *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	self->seen++;
	self->last = *(volatile uint64_t *)&published;
	if (self->last == PROBE_FOR_S5)
		vcpu_set_reg(vcpu, S5, self->last);
	for (unsigned i = 0; i < PROBED_HARTS; i++)
		self->rounds[i] = *(volatile uint64_t *)&round_of[i];
}

void prober_on_shutdown(struct prober *self, struct hart *hart)
{
	module_broadcast_wait(self, hart_set_all()); /* must not wait for the other harts: they have all stopped */
	LOG_INFO(self, "prober: on_shutdown on hart %lu", hart_id(hart));
	if (self->late_fatal)
		module_fatal(self, "a guest asked for a fatal error at shutdown");
}

/* ---- broadcasts ---- */

static void broadcast(struct prober *self, const uint64_t a[ARGUMENTS])
{
	struct hart_set set = { .bits = { a[0] } };

	published = a[2];
	if (a[1])
		module_broadcast_wait(self, set);
	else
		module_broadcast(self, set);
}

/* Makes @p rounds broadcasts to @p set, and waits after each until the receiving harts have handled it. After each
 * wait, every hart in @p set must have seen the current round. @return how often a hart had not seen it */
static uint64_t storm(struct prober *self, const struct hart *hart, struct hart_set set, uint64_t rounds)
{
	unsigned own = hart_index(hart);
	uint64_t missed = 0;

	for (uint64_t round = 0; round < rounds; round++) {
		round_of[own]++;
		module_broadcast_wait(self, set);
		for (unsigned i = 0; i < hart_total() && i < PROBED_HARTS; i++)
			if (hart_set_has(&set, i))
				missed += *(const volatile uint64_t *)&module_state(self, i)->rounds[own] !=
					  round_of[own];
	}
	return missed;
}

static bool sets_are_right(void)
{
	struct hart_set set = { .bits = { 0 } }, all = hart_set_all();
	bool right = !hart_set_has(&set, 0) && !hart_set_has(&all, hart_total());

	hart_set_add(&set, 3);
	hart_set_add(&set, CONFIG_MAX_HARTS - 1);
	right = right && hart_set_has(&set, 3) && !hart_set_has(&set, 4) && hart_set_has(&set, CONFIG_MAX_HARTS - 1) &&
		!hart_set_has(&set, CONFIG_MAX_HARTS - 2);
	for (unsigned i = 0; i < hart_total(); i++)
		right = right && hart_set_has(&all, i);
	return right;
}

/* ---- the guest's state ---- */

static bool registers_are_right(struct vcpu *vcpu)
{
	uint64_t old = vcpu_reg(vcpu, 31);

	vcpu_set_reg(vcpu, 0, 5);
	vcpu_set_reg(vcpu, 31, 77);

	bool right = vcpu_reg(vcpu, 0) == 0 && vcpu_reg(vcpu, 31) == 77 && vcpu_reg(vcpu, 17) == PROBER_EID;

	vcpu_set_reg(vcpu, 31, old);
	return right;
}

static uint64_t trap_fact(const struct vcpu *vcpu, uint64_t what)
{
	const struct trap *trap = vcpu_trap(vcpu);

	switch (what) {
	case PROBE_TRAP_CAUSE:
		return trap->cause;
	case PROBE_TRAP_PC:
		return trap->pc;
	case PROBE_TRAP_VALUE:
		return trap->value;
	case PROBE_TRAP_MODE:
		return vcpu_mode(vcpu);
	default:
		return vcpu_pc(vcpu) == trap->pc;
	}
}

static uint64_t hart_fact(const struct hart *hart, uint64_t what)
{
	switch (what) {
	case PROBE_HART_ID:
		return hart_id(hart);
	case PROBE_HART_INDEX:
		return hart_index(hart);
	default:
		return hart_total();
	}
}

/* Returns whether these times follow each other in the right order: the first boot stamp, the end of the previous exit,
 * the start of the last exit, and now. */
static bool times_are_right(const struct prober *self)
{
	struct boot_stamp first = boot_stamp_first(), now = boot_stamp_now();

	return first.mcycle < self->previous_end && self->previous_end < self->start && self->cycles > 0 &&
	       self->cycles < self->previous_end && self->start < now.mcycle && first.mtime <= now.mtime &&
	       self->slept == 0;
}

/* Whether the prober's keys have the values of prober_image.toml. In prober_alone, they have their defaults. */
static bool keys_are_right(void)
{
#if CONFIG_PROBER_HAS_START && CONFIG_PROBER_HAS_DIGEST
	static const uint64_t deny[] = CONFIG_PROBER_DENY;
	static const uint8_t digest[] = CONFIG_PROBER_DIGEST;

	return sizeof(deny) / sizeof(deny[0]) == CONFIG_PROBER_DENY_COUNT && CONFIG_PROBER_DENY_COUNT == 2 &&
	       deny[0] == ~0ull && deny[1] == 2 && sizeof(digest) == 4 && digest[0] == 0 && digest[1] == 0xff &&
	       digest[2] == 0x10 && digest[3] == 0xa5 && CONFIG_PROBER_LIMIT == 1ull << 40 &&
	       CONFIG_PROBER_START == 0x80200000 && CONFIG_PROBER_STRICT && CONFIG_PROBER_ANSWER == 2 &&
	       !CONFIG_PROBER_HAS_SALT;
#else
	return false;
#endif
}

static void csr(struct vcpu *vcpu, const uint64_t a[ARGUMENTS], bool write)
{
	uint64_t value = 0;
	enum error error = write ? vcpu_set_csr(vcpu, (unsigned)a[0], a[1]) : vcpu_csr(vcpu, (unsigned)a[0], &value);

	sbi_return(vcpu, error == ERROR_NONE ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM, value);
}

static void copy(struct vcpu *vcpu, const uint64_t a[ARGUMENTS], bool out)
{
	uint8_t bytes[64];
	size_t length = a[1] < sizeof(bytes) ? a[1] : sizeof(bytes);
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = out ? 0xa5 : 0;

	enum error error = out ? guest_copy_out(vcpu, a[0], bytes, length) : guest_copy_in(vcpu, bytes, a[0], length);

	for (size_t i = 0; i < length; i++)
		sum += bytes[i];
	sbi_return(vcpu, error == ERROR_NONE ? SBI_SUCCESS : SBI_ERR_INVALID_ADDRESS, sum);
}

/* Reads or writes at a virtual address. */
static void copy_virtual(struct prober *self, struct vcpu *vcpu, const uint64_t a[ARGUMENTS], bool write)
{
	uint8_t bytes[64];
	size_t length = a[1] < sizeof(bytes) ? a[1] : sizeof(bytes);
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = write ? 0xa5 : 0;

	enum error error = write ? guest_write(vcpu, a[0], bytes, length) : guest_read(vcpu, bytes, a[0], length);

	for (size_t i = 0; i < length; i++)
		sum += bytes[i];
	self->fault = vcpu->fault.value;
	sbi_return(vcpu, error == ERROR_NONE ? SBI_SUCCESS : SBI_ERR_INVALID_ADDRESS, error ? vcpu->fault.cause : sum);
}

static void state(struct vcpu *vcpu, uint64_t id)
{
	const struct hart *hart = hart_from_id(id);

	sbi_return(vcpu, hart ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM, hart ? hart_state(hart) : 0);
}

static MUST_CHECK enum error protect(struct prober *self, const uint64_t a[ARGUMENTS])
{
	enum pmp_permission permission = (enum pmp_permission)a[4];

	switch ((enum probe_pmp)a[3]) {
	case PROBE_PMP_OFF:
		return module_pmp_off(self, (unsigned)a[0], a[1]);
	case PROBE_PMP_TOR:
		return module_pmp_tor(self, (unsigned)a[0], a[1], permission);
	default:
		return module_pmp_napot(self, (unsigned)a[0], a[1], a[2], permission);
	}
}

/* ---- ends ---- */

static _Noreturn void hang(void)
{
	for (;;)
		pause_hint();
}

static void crash(void)
{
	*(volatile uint64_t *)16 = 1;
}

static void log_all_levels(const struct prober *self)
{
	LOG_ERROR(self, "a line of level error, %s %d %u %x %lx %c", "text", -5, 7u, 0xabcu, 0xfedcba9876543210ul, 'z');
	LOG_WARN(self, "a line of level warn");
	LOG_INFO(self, "a line of level info");
	LOG_DEBUG(self, "a line of level debug");
	LOG_TRACE(self, "a line of level trace");
}

/* ---- the ecalls ---- */

/* Answers the ecalls that return a value. @return true if @p fid is one of these ecalls */
static bool value_of(struct prober *self, const struct hart *hart, struct vcpu *vcpu, uint64_t fid,
		     const uint64_t a[ARGUMENTS], uint64_t *value)
{
	switch (fid) {
	case PROBE_STORM:
		*value = storm(self, hart, (struct hart_set){ .bits = { a[0] } }, a[1]);
		return true;
	case PROBE_HART:
		*value = hart_fact(hart, a[0]);
		return true;
	case PROBE_SETS:
		*value = sets_are_right();
		return true;
	case PROBE_KEYS:
		*value = keys_are_right();
		return true;
	case PROBE_REGISTERS:
		*value = registers_are_right(vcpu);
		return true;
	case PROBE_TRAP:
		*value = trap_fact(vcpu, a[0]);
		return true;
	case PROBE_TIMES:
		*value = times_are_right(self);
		return true;
	case PROBE_SEEN:
		*value = module_state(self, (unsigned)a[0])->seen;
		return true;
	case PROBE_FAULT:
		*value = self->fault;
		return true;
	case PROBE_LAST_SEEN:
		*value = module_state(self, (unsigned)a[0])->last;
		return true;
	default:
		return false;
	}
}

/* Performs the ecalls that return no value. The caller then returns success to the guest. */
static void act(struct prober *self, uint64_t fid, const uint64_t a[ARGUMENTS])
{
	switch (fid) {
	case PROBE_BROADCAST:
		broadcast(self, a);
		break;
	case PROBE_NOTIFY:
		published = a[1];
		module_notify(self, hart_at((unsigned)a[0]));
		break;
	case PROBE_FATAL:
		module_fatal(self, "a guest asked for a fatal error");
	case PROBE_LATE_FATAL:
		for (unsigned i = 0; i < hart_total(); i++)
			module_state(self, i)->late_fatal = true;
		break;
	case PROBE_HANG:
		hang();
	case PROBE_CRASH:
		crash();
		break;
	case PROBE_LOG:
		log_all_levels(self);
		break;
	}
}

static void serve(struct prober *self, struct hart *hart, struct vcpu *vcpu)
{
	uint64_t a[ARGUMENTS], fid = vcpu_reg(vcpu, 16), value;

	for (unsigned i = 0; i < ARGUMENTS; i++)
		a[i] = vcpu_reg(vcpu, A0 + i);
	switch (fid) {
	case PROBE_CSR:
	case PROBE_SET_CSR:
		csr(vcpu, a, fid == PROBE_SET_CSR);
		break;
	case PROBE_COPY_IN:
	case PROBE_COPY_OUT:
		copy(vcpu, a, fid == PROBE_COPY_OUT);
		break;
	case PROBE_READ:
	case PROBE_WRITE:
		copy_virtual(self, vcpu, a, fid == PROBE_WRITE);
		break;
	case PROBE_MEMORY:
		sbi_return(vcpu, SBI_SUCCESS, (uint64_t)guest_memory(a[0], a[1]));
		break;
	case PROBE_STATE:
		state(vcpu, a[0]);
		break;
	case PROBE_PMP:
		sbi_return(vcpu, protect(self, a) == ERROR_NONE ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM, 0);
		break;
	case PROBE_PMP_TWO: {
		enum error error = module_pmp_napot(self, (unsigned)a[0], a[1], a[2], (enum pmp_permission)a[3],
						    (enum pmp_permission)a[4]);

		sbi_return(vcpu, error == ERROR_NONE ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM, 0);
		break;
	}
	case PROBE_REFLECT:
		vcpu_reflect_to_supervisor(vcpu, a[0], a[1]);
		break;
	case PROBE_STAY:
		/* pc stays at the ecall, so the guest repeats it. The new value of a6 makes it a PROBE_SETS. */
		vcpu_set_reg(vcpu, 16, PROBE_SETS);
		break;
	case PROBE_RETURN:
		sbi_return(vcpu, (int64_t)a[0], a[1]);
		break;
	default:
		if (!value_of(self, hart, vcpu, fid, a, &value)) {
			act(self, fid, a);
			value = 0;
		}
		sbi_return(vcpu, SBI_SUCCESS, value);
	}
}

static enum hook_action answer(struct prober *self, struct hart *hart, struct vcpu *vcpu)
{
	if (vcpu_reg(vcpu, 17) != PROBER_EID)
		return HOOK_IGNORE;

	bool leaves = vcpu_reg(vcpu, 16) == PROBE_LEAVE;

	serve(self, hart, vcpu);
	return leaves ? HOOK_IGNORE : HOOK_OVERWRITE;
}

enum hook_action prober_ecall_from_firmware(struct prober *self, struct hart *hart, struct vcpu *vcpu)
{
	return answer(self, hart, vcpu);
}

enum hook_action prober_ecall_from_payload(struct prober *self, struct hart *hart, struct vcpu *vcpu)
{
	return answer(self, hart, vcpu);
}
