/* Hiding ISA extensions. */
#include "hv/core/isa.h"

#include <string.h>

/* By whole name; those by prefix are in isa_is_hidden. */
static const char *const hidden_names[] = {
	"h",    "zkr",      "zk",     "sdtrig", "sdext",   "sscofpmf", "ssaia",   "ssstateen", "ssnpm",
	"sspm", "sscsrind", "ssccfg", "ssctr",  "ssqosid", "ssdbltrp", "zicfilp", "zicfiss",
};

/* M-mode extensions without state of their own: nothing to hide. */
static const char *const shown_m_names[] = { "smstrict" };

static bool is_name(const char *name, size_t length, const char *other)
{
	return strlen(other) == length && memcmp(name, other, length) == 0;
}

static bool is_one_of(const char *name, size_t length, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_name(name, length, names[i]))
			return true;
	return false;
}

bool isa_is_hidden(const char *name, size_t length)
{
	if (length > 2 && (memcmp(name, "sh", 2) == 0 || memcmp(name, "sm", 2) == 0))
		return !is_one_of(name, length, shown_m_names, sizeof(shown_m_names) / sizeof(shown_m_names[0]));
	return is_one_of(name, length, hidden_names, sizeof(hidden_names) / sizeof(hidden_names[0]));
}

/* Characters of a name at @p text, up to @p separator or the end. */
static size_t name_length(const char *text, char separator)
{
	size_t length = 0;

	while (text[length] && text[length] != separator)
		length++;
	return length;
}

/* What shall stand in place of zk: its parts without zkr. */
#define ZK_VISIBLE "_zkn_zkt"

size_t isa_hide_in_string(char *isa, size_t room)
{
	size_t single = name_length(isa, '_'), from, to = 0;
	bool had_zk = false;

	for (from = 0; from < single; from++) /* "rv64" and the single letters */
		if (from < 4 || isa[from] != 'h')
			isa[to++] = isa[from];
	while (isa[from] == '_') {
		size_t length = name_length(isa + from + 1, '_');

		had_zk |= is_name(isa + from + 1, length, "zk");
		if (!isa_is_hidden(isa + from + 1, length)) {
			memmove(isa + to, isa + from, length + 1);
			to += length + 1;
		}
		from += length + 1;
	}
	if (had_zk && to + sizeof(ZK_VISIBLE) <= room) {
		memcpy(isa + to, ZK_VISIBLE, sizeof(ZK_VISIBLE) - 1);
		to += sizeof(ZK_VISIBLE) - 1;
	}
	isa[to] = '\0';
	return to;
}

size_t isa_hide_in_list(char *list, size_t length)
{
	size_t to = 0;

	for (size_t from = 0; from < length;) {
		size_t bytes = strnlen(list + from, length - from);

		if (from + bytes < length)
			bytes++; /* the terminator */
		if (!isa_is_hidden(list + from, strnlen(list + from, bytes))) {
			memmove(list + to, list + from, bytes);
			to += bytes;
		}
		from += bytes;
	}
	return to;
}
