#include "trace/convert/names.h"

#include <stdio.h>
#include <string.h>

#include "abi/sbi.h"

static const char *const causes[256] = {
#define CAUSE(number, name) [number] = #name,
#include "abi/causes.def"
};

/* Exits as people call them; the rest have the manual's names. */
static const char *const short_causes[256] = {
	[0] = "fetch misaligned",    [1] = "fetch fault",
	[2] = "illegal instruction", [3] = "breakpoint",
	[4] = "load misaligned",     [5] = "load fault",
	[6] = "store misaligned",    [7] = "store fault",
	[8] = "ecall from U",        [9] = "ecall from S",
	[10] = "ecall from VS",      [11] = "ecall from M",
	[12] = "fetch page fault",   [13] = "load page fault",
	[15] = "store page fault",   [129] = "supervisor software",
	[131] = "machine software",  [133] = "supervisor timer",
	[135] = "machine timer",     [137] = "supervisor external",
	[139] = "machine external",
};

static const struct csr_name {
	unsigned number, count;
	const char *name;
} csrs[] = {
#define CSR(number, name, lives) { number, 1, #name },
#define CSR_RANGE(first, name, count, lives) { first, count, #name },
#include "abi/csr.def"
};

static const struct sbi_name {
	uint32_t eid;
	int32_t fid;
	const char *name;
} sbis[] = {
#define SBI(NAME, fid, name) { SBI_EID_##NAME, fid, #name },
#include "abi/sbi.def"
};

static const struct counter_name {
	uint32_t id;
	const char *name;
} counters[] = {
#define COUNTER(id, name) { id, #name },
#include "trace/format/counters.def"
};

#define ILLEGAL_INSTRUCTION 2u
#define FIRST_ECALL 8u /* causes, by mode */
#define LAST_ECALL 11u
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

_Static_assert(COUNT(sbis) <= NAMES_KIND_SBI_OTHER - NAMES_KIND_SBI, "every SBI function has a kind");

static char *name_csr(char *text, unsigned number)
{
	for (size_t i = 0; i < COUNT(csrs); i++) {
		unsigned place = number - csrs[i].number;
		if (place >= csrs[i].count)
			continue;
		/* mhpmcounter3 is the first of its range, and pmpaddr0 of its. */
		unsigned first = strstr(csrs[i].name, "hpm") ? 3 : 0;
		if (csrs[i].count == 1)
			snprintf(text, NAMES_BYTES, "%s", csrs[i].name);
		else
			snprintf(text, NAMES_BYTES, "%s%u", csrs[i].name, place + first);
		return text;
	}
	snprintf(text, NAMES_BYTES, "0x%03x", number);
	return text;
}

static size_t find_sbi(uint64_t eid, uint64_t fid)
{
	size_t i = 0;
	while (i < COUNT(sbis) && !(sbis[i].eid == eid && (sbis[i].fid < 0 || (uint64_t)sbis[i].fid == fid)))
		i++;
	return i;
}

unsigned names_sbi_kind(uint64_t eid, uint64_t fid)
{
	size_t i = find_sbi(eid, fid);
	return i < COUNT(sbis) ? (unsigned)(NAMES_KIND_SBI + i) : NAMES_KIND_SBI_OTHER;
}

char *names_sbi(char *text, uint64_t eid, uint64_t fid)
{
	size_t i = find_sbi(eid, fid);
	if (i < COUNT(sbis))
		snprintf(text, NAMES_BYTES, "%s", sbis[i].name);
	else
		snprintf(text, NAMES_BYTES, "sbi 0x%llx %llu", (unsigned long long)eid, (unsigned long long)fid);
	return text;
}

static char *name_short_cause(char *text, unsigned cause)
{
	if (cause >= 256 || !short_causes[cause])
		return names_cause(text, cause);
	snprintf(text, NAMES_BYTES, "%s", short_causes[cause]);
	return text;
}

static const char *name_instruction(unsigned kind)
{
	static const char *const instructions[] = { "mret", "sret", "wfi", "sfence.vma" };
	return instructions[kind - NAMES_KIND_MRET];
}

char *names_kind(char *text, unsigned kind)
{
	char part[NAMES_BYTES];
	if (kind < NAMES_KIND_CSR)
		return name_short_cause(text, kind);
	if (kind < NAMES_KIND_MRET)
		snprintf(text, NAMES_BYTES, "csr %.60s", name_csr(part, kind - NAMES_KIND_CSR));
	else if (kind < NAMES_KIND_SBI)
		snprintf(text, NAMES_BYTES, "%s", name_instruction(kind));
	else if (kind < NAMES_KIND_SBI + COUNT(sbis))
		snprintf(text, NAMES_BYTES, "ecall %s", sbis[kind - NAMES_KIND_SBI].name);
	else
		snprintf(text, NAMES_BYTES, "ecall other");
	return text;
}

char *names_kind_short(char *text, unsigned kind)
{
	names_kind(text, kind);
	const char *from = text;
	if (kind >= NAMES_KIND_CSR && strchr(text, ' '))
		from = strchr(text, ' ') + 1;
	memmove(text, from, strlen(from) + 1);
	for (char *at = text; *at; at++)
		if (*at == ' ')
			*at = '_';
	return text;
}

bool names_kind_is(unsigned kind, unsigned cause, const char *word)
{
	char text[NAMES_BYTES];
	return strcmp(names_kind(text, kind), word) == 0 || strcmp(names_kind_short(text, kind), word) == 0 ||
	       strcmp(names_cause(text, cause), word) == 0;
}

/** Whether @p word names exits that need no record but their own to be known. */
static bool is_told_by_itself(const char *word)
{
	for (unsigned kind = 0; kind < NAMES_KIND_SBI; kind++)
		if (names_kind_is(kind, kind < NAMES_KIND_CSR ? kind : ILLEGAL_INSTRUCTION, word))
			return true;
	return false;
}

bool names_exit_is_call(const char *word)
{
	if (is_told_by_itself(word))
		return false;
	for (unsigned kind = NAMES_KIND_SBI; kind < NAMES_KINDS; kind++)
		for (unsigned cause = FIRST_ECALL; cause <= LAST_ECALL; cause++)
			if (names_kind_is(kind, cause, word))
				return true;
	return false;
}

bool names_exit_exists(const char *word)
{
	return is_told_by_itself(word) || names_exit_is_call(word);
}

void names_offer_exits(struct nearest *search)
{
	char text[NAMES_BYTES];

	for (unsigned kind = 0; kind < NAMES_KINDS; kind++) {
		if (kind < NAMES_KIND_CSR && !causes[kind])
			continue;
		if (strncmp(names_kind_short(text, kind), "0x", 2) != 0)
			nearest_offer(search, text);
		if (kind < NAMES_KIND_CSR)
			nearest_offer(search, names_cause(text, kind));
	}
}

char *names_cause(char *text, unsigned cause)
{
	if (cause < 256 && causes[cause])
		snprintf(text, NAMES_BYTES, "%s", causes[cause]);
	else
		snprintf(text, NAMES_BYTES, "%s %u", cause & TRACE_CAUSE_INTERRUPT ? "interrupt" : "cause",
			 cause & 0x7fu);
	return text;
}

/* Index of a cause in counts by world and cause -> cause as the trace has it (HARTSCOPE_CAUSE_INTERRUPT). */
static unsigned counted_cause(unsigned index)
{
	return index < 32 ? index : TRACE_CAUSE_INTERRUPT + (index - 32);
}

char *names_counter(char *text, uint32_t id)
{
	char part[NAMES_BYTES];
	for (size_t i = 0; i < COUNT(counters); i++)
		if (counters[i].id == id) {
			snprintf(text, NAMES_BYTES, "%s", counters[i].name);
			return text;
		}
	if (id >= 0x200 && id < 0x280)
		snprintf(text, NAMES_BYTES, "%s_%.60s", id < 0x240 ? "firmware" : "payload",
			 names_cause(part, counted_cause(id & 0x3f)));
	else
		snprintf(text, NAMES_BYTES, "counter 0x%x", id);
	return text;
}

/* The build writes the configuration without blanks, and module after module with "name" first. */
static const char module_name[] = "{\"name\":\"";

/** What stands behind the opening quote of the name of the module that @p field means. @return NULL if there is none */
static const char *find_module(const char *config, unsigned field)
{
	const char *at = strstr(config, "\"modules\":[");

	for (unsigned i = 0; at && i < field; i++) {
		at = strstr(at, module_name);
		if (at)
			at += strlen(module_name);
	}
	return at;
}

/** Copies a JSON string without escapes, from behind its opening quote. What could not stand in a CSV file becomes '?'.
 * @return whether it fits */
static bool copy_string(char *text, const char *at)
{
	size_t length = strcspn(at, "\"\\");

	if (at[length] != '"' || length >= NAMES_BYTES)
		return false;
	snprintf(text, NAMES_BYTES, "%.*s", (int)length, at);
	for (; *text; text++)
		if (*text == ',' || *text == ';')
			*text = '?';
	return true;
}

char *names_module(char *text, const char *config, unsigned field)
{
	const char *at = field == TRACE_NO_MODULE ? NULL : find_module(config, field);

	if (field == TRACE_NO_MODULE)
		snprintf(text, NAMES_BYTES, "none");
	else if (!at || !copy_string(text, at))
		snprintf(text, NAMES_BYTES, "module %u", field);
	return text;
}

char *names_module_event(char *text, const char *config, unsigned field, unsigned event)
{
	static const char list[] = "\"events\":[";
	const char *module = field == TRACE_NO_MODULE ? NULL : find_module(config, field);
	const char *at = module ? strstr(module, list) : NULL;
	const char *next = module ? strstr(module, module_name) : NULL;

	if (at && next && at > next)
		at = NULL; /* another module's */
	if (at)
		at += strlen(list);
	for (unsigned i = 0; at && i < event; i++) {
		at += strcspn(at, ",]");
		at = *at == ',' ? at + 1 : NULL;
	}
	if (!at || *at != '"' || !copy_string(text, at + 1))
		snprintf(text, NAMES_BYTES, "event %u", event);
	return text;
}

const char *names_outcome(unsigned outcome)
{
	static const char *const outcomes[] = { "emulated", "offloaded", "reflected", "injected", "forwarded" };
	return outcome < COUNT(outcomes) ? outcomes[outcome] : "?";
}

const char *names_world(unsigned world)
{
	static const char *const worlds[] = { "firmware", "payload" };
	return world < COUNT(worlds) ? worlds[world] : "?";
}

const char *names_source(unsigned source)
{
	static const char *const sources[] = { "external", "timer", "software", "firmware" };
	return source < COUNT(sources) ? sources[source] : "?";
}
