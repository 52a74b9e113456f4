/* Macros that check the layout of structures which several programs read: hv, guests, host tools, and tools that read
 * older files.
 * Headers that define such structures include this header, and have one line for each member below the structure. If
 * somebody changes the layout, the build fails, so that the author remembers to change a version number too. Must not
 * know any structure. */
#ifndef HARTSCOPE_LAYOUT_H
#define HARTSCOPE_LAYOUT_H

/** Asserts that the offset of @p member in @p type is @p bytes bytes. */
#define LAYOUT_OFFSET(type, member, bytes)                                                                             \
	_Static_assert(__builtin_offsetof(type, member) == (bytes), #type ": " #member " has moved")

/** Asserts that @p type has @p bytes bytes, padding included. */
#define LAYOUT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")

#endif
