/* Tests the reads of seed with sources that QEMU does not have. QEMU's source always has entropy. */
#include "hv/arch/entropy.h"

#include <criterion/criterion.h>
#include <string.h>

#include "hv/arch/csr.h"
#include "hv/arch/isa.h"

#define BYTES 64

static uint8_t bytes[BYTES + 1];

static uint64_t state(enum seed_state state, uint64_t entropy)
{
	return field_set(SEED_OPST, 0, state) | entropy;
}

/* Reads BYTES bytes from a source, or only @p length of them. */
static enum error read_from(uint64_t (*seed)(unsigned read), size_t length)
{
	host_hart_reset();
	host_hart.seed = seed;
	memset(bytes, 0xa5, sizeof(bytes));
	return entropy_read(bytes, length);
}

static void expect_zeros(void)
{
	for (unsigned i = 0; i < BYTES; i++)
		cr_expect_eq(bytes[i], 0, "byte %u", i);
	cr_expect_eq(bytes[BYTES], 0xa5);
}

/* The bits between the state and the entropy are reserved, so this source sets them. */
static uint64_t always(unsigned read)
{
	return state(SEED_ES16, 0x3fff0000 | ((read * 2 + 1) << 8 & 0xff00) | (read * 2 & 0xff));
}

Test(entropy, each_read_of_seed_gives_two_bytes)
{
	cr_expect_eq(read_from(always, BYTES), ERROR_NONE);
	for (unsigned i = 0; i < BYTES; i++)
		cr_expect_eq(bytes[i], i);
	cr_expect_eq(bytes[BYTES], 0xa5);
	cr_expect_eq(host_hart.seed_reads, BYTES / 2);
}

Test(entropy, an_odd_number_of_bytes_takes_half_of_the_last_read)
{
	cr_expect_eq(read_from(always, 3), ERROR_NONE);
	cr_expect_arr_eq(bytes, "\0\1\2\xa5", 4);
	cr_expect_eq(host_hart.seed_reads, 2);
	cr_expect_eq(read_from(always, 0), ERROR_NONE);
	cr_expect_eq(host_hart.seed_reads, 0);
}

Test(entropy, a_hart_without_zkr_is_unsupported)
{
	cr_expect_eq(read_from(NULL, BYTES), ERROR_UNSUPPORTED);
	expect_zeros();
}

/* A source that tests itself at first, and then has entropy in each third read. */
static uint64_t slow(unsigned read)
{
	if (read < 100)
		return state(SEED_BIST, 0xdead);
	return read % 3 ? state(SEED_WAIT, 0xdead) : state(SEED_ES16, 0x4321);
}

Test(entropy, hv_waits_for_a_source_that_tests_itself_or_has_no_entropy_yet)
{
	cr_expect_eq(read_from(slow, BYTES), ERROR_NONE);
	for (unsigned i = 0; i < BYTES; i++)
		cr_expect_eq(bytes[i], i % 2 ? 0x43 : 0x21);
	cr_expect_eq(host_hart.seed_reads, 102 + 31 * 3 + 1);
}

static uint64_t late(unsigned read)
{
	return read % ENTROPY_READS == ENTROPY_READS - 1 ? state(SEED_ES16, 0x1111) : state(SEED_WAIT, 0);
}

static uint64_t too_late(unsigned read)
{
	return read == ENTROPY_READS ? state(SEED_ES16, 0x1111) : state(SEED_WAIT, 0);
}

static uint64_t never(unsigned read)
{
	return read == 0 ? state(SEED_ES16, 0x1111) : state(SEED_BIST, 0);
}

Test(entropy, hv_reads_seed_ten_thousand_times_for_two_bytes_and_no_more)
{
	cr_expect_eq(read_from(late, BYTES), ERROR_NONE);
	cr_expect_eq(host_hart.seed_reads, BYTES / 2 * ENTROPY_READS);
	cr_expect_eq(read_from(too_late, BYTES), ERROR_NOT_FOUND);
	cr_expect_eq(host_hart.seed_reads, ENTROPY_READS);
	expect_zeros();
	cr_expect_eq(read_from(never, BYTES), ERROR_NOT_FOUND);
	cr_expect_eq(host_hart.seed_reads, 1 + ENTROPY_READS);
	expect_zeros();
}

static uint64_t dying(unsigned read)
{
	return read == 3 ? state(SEED_DEAD, 0x2222) : state(SEED_ES16, 0x1111);
}

Test(entropy, a_dead_source_is_not_read_again)
{
	cr_expect_eq(read_from(dying, BYTES), ERROR_NOT_FOUND);
	cr_expect_eq(host_hart.seed_reads, 4);
	expect_zeros();
}
