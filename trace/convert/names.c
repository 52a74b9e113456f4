/* The names come from lists that C and Python share: abi/causes.def, csr.def and sbi.def, and
 * trace/format/counters.def.
 * The names of modules and of modules' events come from the configuration, which the dump contains as JSON. */
#include "trace/convert/names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "abi/sbi.h"
#include "trace/convert/put.h"

static const char *const causes[256] = {
#define CAUSE(number, name) [number] = #name,
#include "abi/causes.def"
};

static const struct old_cause {
	unsigned cause;
	const char *name;
} old_causes[] = {
#define OLD_CAUSE(number, name) { number, #name },
#include "abi/old_causes.def"
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

static const struct sbi_extension {
	uint32_t eid;
	const char *name;
} extensions[] = {
#define SBI_EXTENSION(NAME, eid) { eid, #NAME },
#include "abi/sbi.def"
};

static const struct counter_name {
	uint32_t id;
	const char *name;
} counters[] = {
#define COUNTER(id, name) { id, #name },
#include "trace/format/counters.def"
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

_Static_assert(COUNT(sbis) <= NAMES_SBI_OTHER, "every SBI function has a kind");

/** Copies a name from one of the lists above. All of these names are shorter than NAMES_BYTES.
 * @return the end of the copy */
static char *put(char *text, const char *name)
{
	size_t length = strlen(name);

	memcpy(text, name, length + 1);
	return text + length;
}

#define CSR_BYTES 32 /* room for the longest name of a CSR */

static void name_csr(char *text, unsigned number)
{
	for (size_t i = 0; i < COUNT(csrs); i++) {
		unsigned place = number - csrs[i].number;
		if (place >= csrs[i].count)
			continue;
		/* Ranges of performance counters begin with the number 3 (mhpmcounter3). All other ranges begin with
		 * the number 0 (pmpaddr0). */
		unsigned first = strstr(csrs[i].name, "hpm") ? 3 : 0;
		if (csrs[i].count == 1)
			put(text, csrs[i].name);
		else
			(void)snprintf(text, CSR_BYTES, "%s%u", csrs[i].name, place + first);
		return;
	}
	(void)snprintf(text, CSR_BYTES, "0x%03x", number);
}

unsigned names_sbi_function(uint64_t eid, uint64_t fid)
{
	unsigned i = 0;

	while (i < COUNT(sbis) && !(sbis[i].eid == eid && (sbis[i].fid < 0 || (uint64_t)sbis[i].fid == fid)))
		i++;
	return i < COUNT(sbis) ? i : NAMES_SBI_OTHER;
}

char *names_sbi(char *text, uint64_t eid, uint64_t fid)
{
	unsigned function = names_sbi_function(eid, fid);

	if (function != NAMES_SBI_OTHER) {
		put(put(text, "sbi "), sbis[function].name);
		return text;
	}
	for (size_t i = 0; i < COUNT(extensions); i++)
		if (extensions[i].eid == eid) {
			*put_decimal(put(put(put(text, "sbi "), extensions[i].name), " "), fid) = '\0';
			return text;
		}
	*put_decimal(put(put_hexadecimal(put(text, "sbi "), eid), " "), fid) = '\0';
	return text;
}

unsigned names_kind_cause(unsigned kind)
{
	if (kind < NAMES_KIND_CSR)
		return kind;
	if (kind < NAMES_KIND_LOAD)
		return NAMES_CAUSE_illegal_instruction;
	if (kind < NAMES_KIND_STORE)
		return NAMES_CAUSE_load_access_fault;
	if (kind < NAMES_KIND_SBI)
		return NAMES_CAUSE_store_amo_access_fault;
	return NAMES_CAUSE_environment_call_from_u_mode + (kind - NAMES_KIND_SBI) / NAMES_SBI_FUNCTIONS;
}

static const char *name_instruction(unsigned kind)
{
	static const char *const instructions[] = { "mret", "sret", "wfi", "sfence.vma" };
	return instructions[kind - NAMES_KIND_MRET];
}

static const char *name_function(unsigned kind)
{
	unsigned function = (kind - NAMES_KIND_SBI) % NAMES_SBI_FUNCTIONS;

	return function < COUNT(sbis) ? sbis[function].name : "other";
}

char *names_kind_detail(char *text, unsigned kind)
{
	if (kind < NAMES_KIND_CSR)
		*text = '\0';
	else if (kind < NAMES_KIND_MRET)
		name_csr(put(text, "csr "), kind - NAMES_KIND_CSR);
	else if (kind < NAMES_KIND_LOAD)
		put(text, name_instruction(kind));
	else if (kind < NAMES_KIND_SBI)
		put(text, register_kind_name[(kind - NAMES_KIND_LOAD) % REGISTER_KINDS]);
	else
		put(put(text, "sbi "), name_function(kind));
	return text;
}

char *names_kind(char *text, unsigned kind)
{
	char detail[NAMES_BYTES];

	names_cause(text, names_kind_cause(kind));
	if (*names_kind_detail(detail, kind))
		put(put(text + strlen(text), ": "), detail);
	return text;
}

/** Returns the last word of a detail, such as `mscratch` in `csr mscratch`. */
static const char *last_word(const char *detail)
{
	const char *blank = strrchr(detail, ' ');

	return blank ? blank + 1 : detail;
}

/** Returns whether @p word is the detail of @p kind, or the last word of this detail. */
static bool detail_is(unsigned kind, const char *word)
{
	char text[NAMES_BYTES];

	names_kind_detail(text, kind);
	return *text && (strcmp(text, word) == 0 || strcmp(last_word(text), word) == 0);
}

bool names_kind_is(unsigned kind, const char *word)
{
	char text[NAMES_BYTES];

	return detail_is(kind, word) || strcmp(names_cause(text, names_kind_cause(kind)), word) == 0 ||
	       strcmp(names_kind(text, kind), word) == 0;
}

/** Returns whether @p word is a name of any kind in [first, last). */
static bool is_among(const char *word, unsigned first, unsigned last)
{
	for (unsigned kind = first; kind < last; kind++)
		if (names_kind_is(kind, word))
			return true;
	return false;
}

bool names_exit_is_call(const char *word)
{
	return !is_among(word, 0, NAMES_KIND_SBI) && is_among(word, NAMES_KIND_SBI, NAMES_KINDS);
}

/** Returns the present name of a cause.
 * @param spelled the cause's present or earlier name, in lower case, with '_' instead of blanks
 * @return NULL if no cause has or had this name */
static const char *present_cause(const char *spelled)
{
	for (unsigned cause = 0; cause < COUNT(causes); cause++)
		if (causes[cause] && strcmp(causes[cause], spelled) == 0)
			return causes[cause];
	for (size_t i = 0; i < COUNT(old_causes); i++)
		if (strcmp(old_causes[i].name, spelled) == 0)
			return causes[old_causes[i].cause];
	return NULL;
}

const char *names_exit_present(const char *word, char *text)
{
	static const char old_call[] = "ecall_";
	const char *present;

	if (is_among(word, 0, NAMES_KINDS))
		return word;
	(void)snprintf(text, NAMES_BYTES, "%s", word);
	for (char *at = text; *at; at++)
		*at = *at == ' ' ? '_' : (char)tolower((unsigned char)*at);
	present = present_cause(text);
	if (present)
		return present;
	if (strncmp(text, old_call, strlen(old_call)) != 0)
		return NULL;
	/* Earlier versions called an SBI function "ecall NAME". */
	memmove(text, "sbi ", strlen("sbi "));
	memmove(text + strlen("sbi "), text + strlen(old_call), strlen(text + strlen(old_call)) + 1);
	return is_among(text, NAMES_KIND_SBI, NAMES_KINDS) ? text : NULL;
}

/** Adds the detail of @p kind, and the last word of the detail, to the search. Adds nothing if the detail is a CSR
 * without a name. */
static void offer_detail(struct nearest *search, unsigned kind)
{
	char text[NAMES_BYTES];

	names_kind_detail(text, kind);
	if (strncmp(last_word(text), "0x", 2) == 0)
		return;
	nearest_offer(search, last_word(text));
	nearest_offer(search, text);
}

void names_offer_exits(struct nearest *search)
{
	for (unsigned cause = 0; cause < COUNT(causes); cause++)
		if (causes[cause])
			nearest_offer(search, causes[cause]);
	for (unsigned kind = NAMES_KIND_CSR; kind < NAMES_KINDS; kind++)
		offer_detail(search, kind);
}

char *names_cause(char *text, unsigned cause)
{
	if (cause < COUNT(causes) && causes[cause])
		put(text, causes[cause]);
	else
		(void)snprintf(text, NAMES_BYTES, "%s_%u", cause & TRACE_CAUSE_INTERRUPT ? "interrupt" : "exception",
			       cause & 0x7fu);
	return text;
}

char *names_counter(char *text, uint32_t id)
{
	char part[NAMES_BYTES];
	for (size_t i = 0; i < COUNT(counters); i++)
		if (counters[i].id == id) {
			put(text, counters[i].name);
			return text;
		}
	if (id >= 0x200 && id < 0x280)
		snprintf(text, NAMES_BYTES, "%s_%.60s", id < 0x240 ? "firmware" : "payload",
			 names_cause(part, names_index_cause(id & 0x3f)));
	else
		*put_hexadecimal(put(text, "counter "), id) = '\0';
	return text;
}

/* The text with which each module begins in the configuration. The build writes the configuration without blanks, and
 * writes the name of each module first, so a search for this text finds the modules one after the other. */
static const char module_name[] = "{\"name\":\"";

/** Finds the name of a module in the configuration. @p field is the value of a field of type MODULE.
 * @return the text after the opening quote of the name; NULL if the configuration does not name the module */
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

/** Copies a JSON string that has no escapes. Commas and semicolons become '?', because CSV output contains the names
 * without quotes, and separates the fields of an event by semicolons.
 * @param at the text after the opening quote
 * @return false if the string is too long or has escapes */
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
		at = NULL; /* the list that was found belongs to a later module */
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
