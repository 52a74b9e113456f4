/* The format of files as text on a console. `hsctl send` prints files, such as recordings, in the frames of console.h.
 * Included by hsctl. machines/sent_file.py puts the files together again. Must not know how text is written to a console.
 *
 * A line begins with "<hsd:" instead of "<hst:", so that `hstrace extract` ignores it. A file consists of these frames:
 *
 *     1. CONSOLE_FILE for each part of the file that is sent: `sequence` is the part's number, from 0 on, and `count` is
 *        its number of bytes, which is CONSOLE_FILE_BYTES for all parts except the last
 *     2. CONSOLE_FILE_END: `sequence` is the number of parts of the whole file, and the contents are a struct
 *        console_file
 *
 * `run` is the check sum of the whole file, so a part that is sent again belongs to the same file. */
#ifndef TRACE_FORMAT_CONSOLE_FILE_H
#define TRACE_FORMAT_CONSOLE_FILE_H

#include "trace/format/console.h"

#define CONSOLE_FILE_BEGIN "<hsd:"
#define CONSOLE_FILE_BYTES 64 /* bytes of a file in one frame */

/** The types of these frames. The numbers continue those of enum console_type. */
enum console_file_type { CONSOLE_FILE = 5, CONSOLE_FILE_END };

/** Contents of a CONSOLE_FILE_END frame. */
struct console_file {
	uint64_t bytes;   /* size of the file */
	uint32_t crc32c;  /* check sum of the whole file */
	uint8_t name[52]; /* name of the file, with a zero at its end */
};
LAYOUT_OFFSET(struct console_file, bytes, 0);
LAYOUT_OFFSET(struct console_file, crc32c, 8);
LAYOUT_OFFSET(struct console_file, name, 12);
LAYOUT_SIZE(struct console_file, 64);

#endif
