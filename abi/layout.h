/* Pins a structure that more than one program reads: hv, a guest, a host tool, a file of yesterday's.
 * Included by headers that define such structures; each member has its line below its structure, so that a change of layout
 * is a build error, and who wants it changes a version too. Must not know any structure. */
#ifndef HARTSCOPE_LAYOUT_H
#define HARTSCOPE_LAYOUT_H

/** @p member of @p type lies @p bytes behind its start. */
#define LAYOUT_OFFSET(type, member, bytes)                                                                             \
	_Static_assert(__builtin_offsetof(type, member) == (bytes), #type ": " #member " has moved")

/** @p type has @p bytes, padding included. */
#define LAYOUT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")

#endif
