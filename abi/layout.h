/* Pins the layout of structures that several programs read: hv, a guest, a host tool, or a tool that reads an
 * older file.
 * Headers that define such structures include this one, and write a line for each member below the structure. A
 * change of layout is then a build error, and its author has to change a version number too. Must not know any
 * structure. */
#ifndef HARTSCOPE_LAYOUT_H
#define HARTSCOPE_LAYOUT_H

/** Asserts that @p member of @p type lies @p bytes bytes behind the start of the structure. */
#define LAYOUT_OFFSET(type, member, bytes)                                                                             \
	_Static_assert(__builtin_offsetof(type, member) == (bytes), #type ": " #member " has moved")

/** Asserts that @p type has @p bytes bytes, padding included. */
#define LAYOUT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")

#endif
