/* Random attacks of the hostile firmware on all harts that do not run the payload. Each attack that is an access must be refused; the
 * others, which disturb the payload's hart, have no result. */
#include "payloads/protect/hostile.h"

#include "payloads/robust/random.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"

#define RAM_SIZE UINT64_C(0x10000000)
#define NAPOT_RWX 0x1f
#define ALL_MEMORY (~UINT64_C(0) >> 10)

/* What each hart has done. Only the hart itself writes it. */
static struct {
	struct random random;
	uint64_t rounds, wins;
} loops[MAX_HARTS];

uint64_t hostile_rounds(uint64_t id)
{
	return __atomic_load_n(&loops[id].rounds, __ATOMIC_RELAXED);
}

uint64_t hostile_wins(uint64_t id)
{
	return __atomic_load_n(&loops[id].wins, __ATOMIC_RELAXED);
}

/* Attacks that are accesses. Jumps are not among them, because the memory may contain any code. */
static uint64_t attack_memory(struct random *random)
{
	static const uint8_t attacks[] = { ATTACK_LOAD, ATTACK_STORE,     ATTACK_LOAD_WORD,  ATTACK_STORE_WORD,
					   ATTACK_AMO,  ATTACK_RESERVE,   ATTACK_LOAD_FLOAT, ATTACK_STORE_FLOAT,
					   ATTACK_ZERO, ATTACK_FLUSH,     ATTACK_MPRV_LOAD,  ATTACK_MPRV_STORE,
					   ATTACK_USED, ATTACK_MPRV_USED, ATTACK_PMP };
	uint64_t place =
		PAYLOAD_ADDRESS + (random_next(random) % (RAM_ADDRESS + RAM_SIZE - PAYLOAD_ADDRESS) & ~UINT64_C(7));
	uint64_t a[4] = { attacks[random_below(random, sizeof(attacks))], place, 0, place }, value;

	if (a[0] == ATTACK_PMP) {
		a[1] = ALL_MEMORY;
		a[2] = NAPOT_RWX;
	}
	return hostile_attack(0, a, &value);
}

/* Attacks on the hart of the payload, and on CSRs. */
static void disturb(struct random *random)
{
	switch (random_below(random, 4)) {
	case 0:
		clint_set_msip(0, 1);
		break;
	case 1:
		*clint_mtimecmp(0) = 0;
		break;
	case 2:
		csr_write(stvec, random_next(random) & ~UINT64_C(3));
		csr_write(sscratch, random_next(random));
		break;
	default:
		csr_write(medeleg, random_next(random));
		csr_write(mcounteren, random_next(random));
	}
}

void hostile_attack_at_random(void)
{
	unsigned id = hostile_id();
	struct random *random = &loops[id].random;

	if (loops[id].rounds == 0)
		random->state = id;
	if (random_below(random, 8) == 0)
		disturb(random);
	else if (attack_memory(random) == 0)
		__atomic_store_n(&loops[id].wins, loops[id].wins + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&loops[id].rounds, loops[id].rounds + 1, __ATOMIC_RELAXED);
}
