/* Hides ISA extensions in a device tree. It reads and writes each of the two forms in one pass, name by name. To remove
 * a hidden name, it moves the names that follow over it. */
#include "hv/core/isa.h"

#include <stdint.h>
#include <string.h>

/* Extensions that hv hides if the whole name matches. The length of a name is stored before the name, and names of the
 * same length are grouped. isa_is_hidden itself knows the prefixes by which hv hides further extensions. */
#define OF_1 "\1h"
#define OF_2 "\2zk"
#define OF_3 "\3zkr"
#define OF_4 "\4sspm"
#define OF_5 "\5sdext\5ssaia\5ssnpm\5ssctr"
#define OF_6 "\6sdtrig\6ssccfg"
#define OF_7 "\7ssqosid\7zicfilp\7zicfiss"
#define OF_8 "\10sscofpmf\10sscsrind\10ssdbltrp"
#define OF_9 "\11ssstateen"
static const char hidden_names[] = OF_1 OF_2 OF_3 OF_4 OF_5 OF_6 OF_7 OF_8 OF_9;

/* The offset in hidden_names at which the names of each length begin. */
static const uint8_t hidden_starts[] = {
	0, /* no name is empty */
	0,
	sizeof(OF_1) - 1,
	sizeof(OF_1 OF_2) - 1,
	sizeof(OF_1 OF_2 OF_3) - 1,
	sizeof(OF_1 OF_2 OF_3 OF_4) - 1,
	sizeof(OF_1 OF_2 OF_3 OF_4 OF_5) - 1,
	sizeof(OF_1 OF_2 OF_3 OF_4 OF_5 OF_6) - 1,
	sizeof(OF_1 OF_2 OF_3 OF_4 OF_5 OF_6 OF_7) - 1,
	sizeof(OF_1 OF_2 OF_3 OF_4 OF_5 OF_6 OF_7 OF_8) - 1,
};

/* This M-mode extension adds no state, so hv has nothing to hide. */
static const char shown_m_name[] = "smstrict";

static bool is_name(const char *name, size_t length, const char *other, size_t other_length)
{
	return length == other_length && memcmp(name, other, length) == 0;
}

bool isa_is_hidden(const char *name, size_t length)
{
	if (length > 2 && name[0] == 's' && (name[1] == 'h' || name[1] == 'm'))
		return !is_name(name, length, shown_m_name, sizeof(shown_m_name) - 1);
	if (length == 0 || length >= sizeof(hidden_starts))
		return false;
	for (const char *entry = hidden_names + hidden_starts[length]; (size_t)*entry == length; entry += length + 1)
		if (memcmp(name, entry + 1, length) == 0)
			return true;
	return false;
}

/* The replacement for zk: all its parts except zkr, which is hidden. */
#define ZK_VISIBLE "_zkn_zkt"

size_t isa_hide_in_string(char *isa, size_t room)
{
	size_t from = 0, to = 0;
	bool had_zk = false;

	for (; isa[from] && isa[from] != '_'; from++) /* "rv64" and the single letters */
		if (from < 4 || isa[from] != 'h')
			isa[to++] = isa[from];
	while (isa[from] == '_') {
		size_t start = to;

		do
			isa[to++] = isa[from++];
		while (isa[from] && isa[from] != '_');
		if (isa_is_hidden(isa + start + 1, to - start - 1)) {
			had_zk |= is_name(isa + start, to - start, ZK_VISIBLE, 3);
			to = start;
		}
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
	size_t from = 0, to = 0;

	while (from < length) {
		size_t start = to, name;

		while (from < length && list[from])
			list[to++] = list[from++];
		name = to - start;
		if (from < length)
			list[to++] = list[from++]; /* the terminator */
		if (isa_is_hidden(list + start, name))
			to = start;
	}
	return to;
}
