/* Guarded accesses on the host. The thunks have no code. guarded_call finds out in which table a thunk is, and carries
 * out the access on the simulated hart. */
#include "hv/arch/guard.h"

#include <stdbool.h>
#include <string.h>

#include "hv/arch/csr_number.h"
#include "hv/arch/host_hart.h"
#include "hv/arch/isa.h"

#define SLOTS_MAX 512

const struct thunk csr_read_thunks[SLOTS_MAX], csr_write_thunks[SLOTS_MAX];
const struct thunk load_thunks[4], store_thunks[4];
const struct thunk amo_thunks[2 * AMO_OPERATIONS];
const struct thunk cbo_thunks[5], guest_fetch_thunk[1], sfence_w_inval_thunk[1], wrs_nto_thunk[1], seed_thunk[1];
const struct thunk vlenb_thunk[1];
const struct thunk float_read_thunks[32], float_write_thunks[32];

static const struct {
	unsigned first, count;
} csr_lines[] = {
#define CSR(number, name, lives) { number, 1 },
#define CSR_RANGE(first, name, count, lives) { first, count },
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
};

/* Returns the number of the CSR at @p slot. It goes through the lines of csr.def and counts the CSRs, including each
 * CSR of a range. */
static unsigned csr_of_slot(unsigned slot)
{
	unsigned line = 0;

	for (; slot >= csr_lines[line].count; line++)
		slot -= csr_lines[line].count;
	return csr_lines[line].first + slot;
}

static struct guarded trapped(uint64_t cause, uint64_t value)
{
	host_trap(cause, value);
	return (struct guarded){ .value = 0x0bad0bad0bad0badull, .error = ERROR_TRAPPED };
}

static struct guarded done(uint64_t value)
{
	return (struct guarded){ .value = value, .error = ERROR_NONE };
}

static struct guarded illegal_unless(bool exists)
{
	return exists ? done(0) : trapped(CAUSE_ILLEGAL, 0);
}

/* ---- CSRs ---- */

static struct guarded read_csr(unsigned number)
{
	return host_hart.csr[number].present ? done(host_csr_read(number)) : trapped(CAUSE_ILLEGAL, 0);
}

static struct guarded write_csr(unsigned number, uint64_t value)
{
	if (!host_hart.csr[number].present || number >> 10 == 3)
		return trapped(CAUSE_ILLEGAL, 0);
	host_csr_write(number, value);
	return done(value);
}

/* ---- memory ---- */

struct request {
	uint64_t address, status;
	unsigned width;
	unsigned access; /* enum host_access */
	bool store;      /* decides whether a fault is a store fault or a load fault */
};

static struct guarded fault(const struct request *request, uint64_t load_cause)
{
	return trapped(request->store ? load_cause + 2 : load_cause, request->address);
}

/* The mode whose rights the access has. It is M-mode, or the mode in MPP if MPRV is set (3.1.6.3). */
static unsigned mode_of(const struct request *request)
{
	return request->status & MSTATUS_MPRV ? (unsigned)field_get(MSTATUS_MPP, request->status) : MODE_MACHINE;
}

static struct host_memory *find(uint64_t satp, const struct request *request)
{
	for (unsigned i = 0; i < HOST_MEMORIES; i++) {
		struct host_memory *memory = &host_hart.memory[i];

		if (memory->bytes && memory->satp == satp && request->address >= memory->address &&
		    request->address + request->width - memory->address <= memory->size)
			return memory;
	}
	return NULL;
}

static bool page_permits(const struct host_memory *memory, const struct request *request)
{
	unsigned permissions = memory->permissions;

	if ((request->status & MSTATUS_MXR) && (permissions & HOST_EXECUTE))
		permissions |= HOST_READ;
	return (permissions & request->access) == request->access;
}

/* Whether the device at @p memory accepts @p request as a whole, or accepts all aligned pieces of @p request. */
static bool device_takes(const struct host_memory *memory, const struct request *request)
{
	uint64_t lowest = (request->address | request->width) & -(request->address | request->width);

	return (memory->widths & lowest) != 0;
}

static bool is_misaligned(const struct host_memory *memory, const struct request *request)
{
	return request->address % request->width && (memory == NULL || memory->widths == 0);
}

/* Returns where the bytes of @p request are. If the access faults, returns NULL and fills in *@p result. */
static uint8_t *bytes_of(const struct request *request, struct guarded *result)
{
	unsigned mode = mode_of(request);
	uint64_t satp = mode == MODE_MACHINE ? 0 : host_csr_read(CSR_satp);
	struct host_memory *memory = find(satp, request);
	uint64_t offset;

	host_hart.access_status = request->status;
	if (is_misaligned(memory, request)) {
		*result = fault(request, CAUSE_LOAD_MISALIGNED);
		return NULL;
	}
	if (memory == NULL || (memory->widths && !device_takes(memory, request)) ||
	    (satp && !page_permits(memory, request))) {
		*result = fault(request, satp ? CAUSE_LOAD_PAGE : CAUSE_LOAD_ACCESS);
		return NULL;
	}
	offset = request->address - memory->address;
	if (!host_pmp_allows(mode, memory->physical + offset, request->width, (enum host_access)request->access)) {
		*result = fault(request, CAUSE_LOAD_ACCESS);
		return NULL;
	}
	return memory->bytes + offset;
}

void host_memory_add(uint64_t address, uint64_t size, void *bytes)
{
	host_device_add(address, size, bytes, 0);
}

void host_device_add(uint64_t address, uint64_t size, void *bytes, unsigned widths)
{
	unsigned i = 0;

	while (host_hart.memory[i].bytes)
		i++;
	host_hart.memory[i] = (struct host_memory){ .address = address,
						    .size = size,
						    .physical = address,
						    .permissions = HOST_READ | HOST_WRITE | HOST_EXECUTE,
						    .widths = widths,
						    .bytes = bytes };
}

static struct guarded load(uint64_t address, uint64_t status, unsigned width)
{
	struct request request = { address, status, width, HOST_READ, false };
	struct guarded result = done(0);
	const uint8_t *bytes = bytes_of(&request, &result);

	if (bytes)
		memcpy(&result.value, bytes, width);
	return result;
}

static struct guarded store(uint64_t address, uint64_t status, unsigned width, uint64_t value)
{
	struct request request = { address, status, width, HOST_WRITE, true };
	struct guarded result = done(value);
	uint8_t *bytes = bytes_of(&request, &result);

	if (bytes)
		memcpy(bytes, &value, width);
	return result;
}

/* hlvx.hu needs permission to execute, but not to read. MPRV does not affect it (3.1.6.3). */
static struct guarded guest_fetch(uint64_t address, uint64_t status)
{
	struct request request = { address, status & ~MSTATUS_MPRV, 2, HOST_EXECUTE, false };
	struct guarded result = done(0);
	const uint8_t *bytes = bytes_of(&request, &result);

	if (bytes)
		memcpy(&result.value, bytes, 2);
	return result;
}

/* ---- AMOs, with one function for each width ---- */

#define AMO(type, signed_type)                                                                                         \
	static void amo_##type(unsigned i, void *at, uint64_t operand, uint64_t *old)                                  \
	{                                                                                                              \
		type found, b = (type)operand, result;                                                                 \
                                                                                                                       \
		memcpy(&found, at, sizeof(found));                                                                     \
		signed_type signed_found = (signed_type)found, signed_b = (signed_type)b;                              \
		const type results[AMO_OPERATIONS] = {                                                                 \
			found + b,                                                                                     \
			b,                                                                                             \
			found ^ b,                                                                                     \
			found | b,                                                                                     \
			found & b,                                                                                     \
			signed_found < signed_b ? found : b,                                                           \
			signed_found > signed_b ? found : b,                                                           \
			found < b ? found : b,                                                                         \
			found > b ? found : b,                                                                         \
		};                                                                                                     \
		result = results[i];                                                                                   \
		memcpy(at, &result, sizeof(result));                                                                   \
		*old = (uint64_t)(int64_t)signed_found;                                                                \
	}
AMO(uint32_t, int32_t)
AMO(uint64_t, int64_t)

static struct guarded amo(unsigned thunk, uint64_t address, uint64_t status, uint64_t operand)
{
	struct request request = { address, status, thunk % 2 ? 8 : 4, HOST_READ | HOST_WRITE, true };
	struct guarded result = done(0);
	uint8_t *bytes = bytes_of(&request, &result);

	if (bytes && thunk % 2)
		amo_uint64_t(thunk / 2, bytes, operand, &result.value);
	else if (bytes)
		amo_uint32_t(thunk / 2, bytes, operand, &result.value);
	return result;
}

/* ---- the rest ---- */

static struct guarded cbo(unsigned operation, uint64_t address, uint64_t status)
{
	struct request request = { address, status, 1, operation == 4 ? HOST_WRITE : HOST_READ, true };
	struct guarded result = done(0);

	if (operation == 3 || !(operation == 4 ? host_hart.has_zicboz : host_hart.has_zicbom))
		return trapped(CAUSE_ILLEGAL, 0);
	/* machine_probe tries the instruction in hv's own memory, which is not in the list of regions. */
	if (mode_of(&request) == MODE_MACHINE && find(0, &request) == NULL)
		return result;
	if (bytes_of(&request, &result))
		host_hart.cache_blocks++;
	return result;
}

static struct guarded float_move(unsigned index, bool write, uint64_t value)
{
	if (!(host_csr_read(CSR_mstatus) & MSTATUS_FS))
		return trapped(CAUSE_ILLEGAL, 0);
	if (write) {
		host_hart.float_registers[index] = value;
		host_csr_set(CSR_mstatus, MSTATUS_FS);
	}
	return done(host_hart.float_registers[index]);
}

static struct guarded read_seed(void)
{
	return host_hart.seed ? done(host_hart.seed(host_hart.seed_reads++)) : trapped(CAUSE_ILLEGAL, 0);
}

/* The position of @p thunk in @p table, or -1 if @p table does not contain the thunk. */
#define POSITION(thunk, table) position(thunk, table, sizeof(table) / sizeof((table)[0]))
static int position(const struct thunk *thunk, const struct thunk *table, uint64_t count)
{
	return thunk >= table && thunk < table + count ? (int)(thunk - table) : -1;
}

static struct guarded other_thunk(uint64_t value, const struct thunk *thunk, uint64_t address, uint64_t status)
{
	int at;

	if ((at = POSITION(thunk, float_read_thunks)) >= 0)
		return float_move((unsigned)at, false, value);
	if ((at = POSITION(thunk, float_write_thunks)) >= 0)
		return float_move((unsigned)at, true, value);
	if (thunk == guest_fetch_thunk)
		return guest_fetch(address, status);
	if (thunk == seed_thunk)
		return read_seed();
	if (thunk == vlenb_thunk)
		return status & MSTATUS_VS && host_hart.vector_bytes ? done(host_hart.vector_bytes)
								     : trapped(CAUSE_ILLEGAL, 0);
	return illegal_unless(thunk == wrs_nto_thunk ? host_hart.has_zawrs : host_hart.has_svinval);
}

struct guarded guarded_call(uint64_t value, const struct thunk *thunk, uint64_t address, uint64_t status)
{
	int at;

	if ((at = POSITION(thunk, csr_read_thunks)) >= 0)
		return read_csr(csr_of_slot((unsigned)at));
	if ((at = POSITION(thunk, csr_write_thunks)) >= 0)
		return write_csr(csr_of_slot((unsigned)at), value);
	if ((at = POSITION(thunk, load_thunks)) >= 0)
		return load(address, status, 1u << at);
	if ((at = POSITION(thunk, store_thunks)) >= 0)
		return store(address, status, 1u << at, value);
	if ((at = POSITION(thunk, amo_thunks)) >= 0)
		return amo((unsigned)at, address, status, value);
	if ((at = POSITION(thunk, cbo_thunks)) >= 0)
		return cbo((unsigned)at, address, status);
	return other_thunk(value, thunk, address, status);
}
