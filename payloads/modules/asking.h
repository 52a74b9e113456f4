/* Functions by which guests call the test modules of this folder (calls.h), and check the records that the modules
 * recorder_a, recorder_b and recorder_c have made. Included by the guests of this folder, for M-mode and S-mode.
 * Must not trap into hv except by the ecalls to these modules, which the recorders do not record. */
#ifndef PAYLOADS_MODULES_ASKING_H
#define PAYLOADS_MODULES_ASKING_H

#include "payloads/modules/calls.h"
#include "payloads/runtime/abi.h"
#include "payloads/runtime/print.h"
#include "payloads/runtime/test.h"

#define RECORDS_MAX 200

/* A sequence is a string that lists calls of hooks. In a sequence, one of these letters stands for each hook. The
 * letters are in the order of enum recorder_hook. */
#define HOOK_LETTERS "ifpFPd<>!s"

struct taken {
	struct record records[RECORDS_MAX];
	uint64_t count;
};

static inline void recorder_ask(uint64_t fid, uint64_t a, uint64_t b, uint64_t c)
{
	abi_call(RECORDER_EID, fid, a, b, c);
}

/** Deletes the calling hart's log of hook calls. */
static inline void recorder_forget(void)
{
	abi_call(RECORDER_EID, RECORDER_TAKE, 0, 0, 0);
}

/** Moves the calling hart's log of hook calls to @p taken. */
static inline void recorder_take(struct taken *taken)
{
	taken->count = abi_call(RECORDER_EID, RECORDER_TAKE, (uint64_t)taken->records, RECORDS_MAX, 0).value;
}

/** Returns whether @p taken begins with the calls that @p sequence lists. A sequence is, for example, `af bf`: each
 * call is the letter of the recorder, followed by the letter of the hook. */
static inline bool recorder_begins(const struct taken *taken, const char *sequence)
{
	for (uint64_t i = 0; *sequence; i++, sequence += 2) {
		while (*sequence == ' ')
			sequence++;
		if (i >= taken->count || taken->records[i].recorder != (uint8_t)sequence[0] ||
		    HOOK_LETTERS[taken->records[i].hook] != sequence[1])
			return false;
	}
	return true;
}

/** Returns the number of calls in @p sequence. */
static inline uint64_t sequence_length(const char *sequence)
{
	uint64_t letters = 0;
	for (; *sequence; sequence++)
		letters += *sequence != ' ';
	return letters / 2;
}

/** Checks that @p taken begins with @p sequence. If @p all is true, @p taken must contain no further calls. Prints @p
 * sequence and @p taken if the check fails. */
static inline void expect_sequence(const struct taken *taken, const char *sequence, bool all, const char *what)
{
	bool right = recorder_begins(taken, sequence) && (!all || taken->count == sequence_length(sequence));
	if (expect(right, what))
		return;
	print("  expected: %s; recorded, %lu calls:", sequence, taken->count);
	for (uint64_t i = 0; i < taken->count && i < 24; i++) {
		char name[3] = { (char)taken->records[i].recorder, HOOK_LETTERS[taken->records[i].hook], 0 };
		print(" %s", name);
	}
	print("\n");
}

/** Makes the ecall @p fid to the prober with five arguments. */
static inline struct ecall_result probe5(uint64_t fid, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	return ecall(PROBER_EID, fid, a, b, c, d, e);
}

static inline struct ecall_result probe(uint64_t fid, uint64_t a, uint64_t b, uint64_t c)
{
	return probe5(fid, a, b, c, 0, 0);
}

#endif
