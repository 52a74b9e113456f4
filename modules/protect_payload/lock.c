/* The moment from which on the payload is protected: before its first instruction, every hart closes the machine to the
 * firmware, and then the payload is measured. */
#define LOG_NAME protect_payload
#include "hv/crypto/crypto.h"
#include "modules/protect_payload/protect_payload.h"

#define PIECE 16384u /* other harts wait at most this long for an answer */

_Static_assert((PROTECT_FIRMWARE_SIZE & (PROTECT_FIRMWARE_SIZE - 1)) == 0 &&
		       PROTECT_FIRMWARE % PROTECT_FIRMWARE_SIZE == 0,
	       "[memory] firmware to payload must be a power of two in size and in alignment, for one PMP entry");

#define FIRMWARE_MAY_READ 1 /* a bit of CONFIG_TRACE_ACCESS */
_Static_assert(!CONFIG_TRACE || !(CONFIG_TRACE_ACCESS & FIRMWARE_MAY_READ),
	       "[trace] guest_access must be none or payload, because the firmware must not read the trace");

/** The states of the machine. The hart that enters the payload first changes OPEN to LOCKING, and then to LOCKED. */
enum { OPEN, LOCKING, LOCKED };
static _Atomic uint32_t machine_state;

/* ---- PMP ---- */

static void close_hart(struct protect_payload *self)
{
	if (module_pmp_napot(self, 0, PROTECT_FIRMWARE, PROTECT_FIRMWARE_SIZE, PMP_RWX, PMP_NONE) != ERROR_NONE ||
	    module_pmp_napot(self, 1, machine_console(), PROTECT_UART_SIZE, PMP_RW, PMP_RWX) != ERROR_NONE ||
	    module_pmp_napot(self, 2, 0, PROTECT_EVERYTHING, PMP_NONE, PMP_RWX) != ERROR_NONE)
		module_fatal(self, "this machine cannot protect the payload by PMP");
}

bool protect_has_begun(void)
{
	return atomic_load_explicit(&machine_state, memory_order_acquire) != OPEN;
}

void protect_payload_init(struct protect_payload *self, struct hart *hart)
{
	(void)hart;
	if (protect_has_begun())
		close_hart(self);
}

void protect_payload_on_interrupt(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	(void)vcpu;
	close_hart(self);
}

/* ---- the measurement ---- */

static void compute(struct hart *hart, const uint8_t *bytes, uint64_t length, uint8_t *digest)
{
	struct sha256 hash;

	sha256_init(&hash);
	while (length > 0) {
		uint32_t piece = length < PIECE ? (uint32_t)length : PIECE;

		sha256_update(&hash, bytes, piece);
		module_serve(hart);
		bytes += piece;
		length -= piece;
	}
	sha256_final(&hash, digest);
}

struct hash_text {
	char text[2 * SHA256_BYTES + 1];
};

static struct hash_text text_of(const uint8_t *digest)
{
	static const char digits[] = "0123456789abcdef";
	struct hash_text result;
	char *at = result.text;

	for (unsigned i = 0; i < SHA256_BYTES; i++) {
		*at++ = digits[digest[i] >> 4];
		*at++ = digits[digest[i] & 15];
	}
	*at = '\0';
	return result;
}

#if CONFIG_PROTECT_PAYLOAD_MEASURE_ONLY
static const uint8_t wanted[SHA256_BYTES];
#else
static const uint8_t wanted[SHA256_BYTES] = CONFIG_PROTECT_PAYLOAD_SHA256;
#endif

static bool is_wanted(const uint8_t *digest)
{
	uint8_t differences = 0;

	for (unsigned i = 0; i < SHA256_BYTES; i++)
		differences |= digest[i] ^ wanted[i];
	return CONFIG_PROTECT_PAYLOAD_MEASURE_ONLY || differences == 0;
}

static void measure(struct protect_payload *self, struct hart *hart)
{
	uint8_t digest[SHA256_BYTES];
	const uint8_t *bytes = guest_memory(CONFIG_PROTECT_PAYLOAD_START, CONFIG_PROTECT_PAYLOAD_SIZE);

	if (bytes == NULL)
		module_fatal(self, "[protect_payload] start and size do not describe memory of the payload");
	compute(hart, bytes, CONFIG_PROTECT_PAYLOAD_SIZE, digest);

	bool ok = is_wanted(digest);

	module_trace(self, PROTECT_MEASURE, ok);
	LOG_INFO(self, "the payload's SHA-256 is %s", text_of(digest).text);
	if (ok)
		return;
	LOG_ERROR(self, "the configuration wants the SHA-256 %s", text_of(wanted).text);
	module_fatal(self, "the payload is not the one that the configuration names");
}

/* ---- the lock ---- */

bool protect_lock(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	uint32_t state = OPEN;

	if (atomic_load_explicit(&machine_state, memory_order_acquire) == LOCKED)
		return false;
	if (!atomic_compare_exchange_strong_explicit(&machine_state, &state, LOCKING, memory_order_acq_rel,
						     memory_order_acquire)) {
		while (atomic_load_explicit(&machine_state, memory_order_acquire) != LOCKED)
			module_serve(hart);
		return false;
	}
	module_broadcast_wait(self, hart_set_all());
	module_trace(self, PROTECT_LOCK, hart_index(hart));
	measure(self, hart);
	protect_csrs_freeze(vcpu);
	protect_calls_init();
	atomic_store_explicit(&machine_state, LOCKED, memory_order_release);
	return true;
}
