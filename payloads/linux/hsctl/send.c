/* hsctl send prints a file, such as a recording, as lines of text, for a board from which only a serial line leads out. The
 * runner //benchmarks:board finds the lines in the console's output and puts the file together again. Each line has a number
 * and a check sum, so the runner knows which lines the serial line has damaged, and the user can send these again. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "payloads/linux/hsctl/command.h"
#include "trace/dump/crc32c.h"
#include "trace/dump/number.h"
#include "trace/format/console_file.h"

#define MOST_TIMES 100

struct options {
	const char *path;
	char *lines; /* NULL for all lines */
	uint64_t times;
};

static const struct argp_option options[] = {
	{ "times", 't', "N", 0,
	  "Send everything N times, because a damaged line may arrive at another time (default: 1)", 0 },
	{ "lines", 'l', "LIST", 0, "Send only these lines, such as 7,20-25: the runner prints which are missing", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *chosen = state->input;

	switch (key) {
	case 't':
		if (!number_read(argument, &chosen->times) || chosen->times < 1 || chosen->times > MOST_TIMES)
			argp_error(state, "--times=%s: give a number from 1 to %d", argument, MOST_TIMES);
		return 0;
	case 'l':
		chosen->lines = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (chosen->path)
			argp_error(state, "give only one FILE");
		chosen->path = argument;
		return 0;
	case ARGP_KEY_END:
		if (!chosen->path)
			argp_error(state, "FILE is missing");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Prints FILE as lines of text, which //benchmarks:board finds on the console and makes a file of.\v"
	       "Example: hsctl record -o /tmp/a.hst -s 5 && hsctl send /tmp/a.hst",
};

/** The file that is sent. */
struct file {
	uint8_t *bytes;
	size_t size;
	const char *name;
	uint32_t crc32c;
};

static uint64_t lines_of(const struct file *file)
{
	return (file->size + CONSOLE_FILE_BYTES - 1) / CONSOLE_FILE_BYTES;
}

/** Prints a line. Each line is written by itself, because the console may be the kernel's log, where a write is a message. */
static void print(const struct file *file, struct console_frame *frame)
{
	char line[CONSOLE_LINE_BYTES];

	frame->run = file->crc32c;
	console_encode(frame, line);
	(void)printf("%s%s\n", CONSOLE_FILE_BEGIN, line + CONSOLE_BEGIN_BYTES);
	(void)fflush(stdout);
}

static void print_line(const struct file *file, uint64_t number)
{
	struct console_frame frame = { .type = CONSOLE_FILE, .sequence = number };
	size_t at = number * CONSOLE_FILE_BYTES, left = file->size - at;

	frame.count = (uint8_t)(left < CONSOLE_FILE_BYTES ? left : CONSOLE_FILE_BYTES);
	(void)memcpy(frame.contents.bytes, file->bytes + at, frame.count);
	print(file, &frame);
}

static void print_end(const struct file *file)
{
	struct console_frame frame = { .type = CONSOLE_FILE_END, .sequence = lines_of(file) };
	struct console_file end = { .bytes = file->size, .crc32c = file->crc32c };

	(void)snprintf((char *)end.name, sizeof(end.name), "%s", file->name);
	(void)memcpy(frame.contents.bytes, &end, sizeof(end));
	print(file, &frame);
}

/** Prints the lines of a list such as 7,20-25. @return ERROR_OPTION if the list is wrong */
static enum error print_list(const struct file *file, char *list)
{
	char *rest = list, *part;

	while ((part = strsep(&rest, ","))) {
		char *to = strchr(part, '-');
		uint64_t first, last;

		if (to)
			*to++ = '\0';
		if (!number_read(part, &first) || !number_read(to ? to : part, &last) || last < first ||
		    last >= lines_of(file))
			return error_set(ERROR_OPTION, "--lines: the lines of this file are 0-%" PRIu64,
					 lines_of(file) - 1);
		for (uint64_t line = first; line <= last; line++)
			print_line(file, line);
	}
	return ERROR_NONE;
}

static enum error read_file(const char *path, struct file *file)
{
	FILE *in = fopen(path, "rb");
	long size;

	if (!in)
		return error_set(ERROR_SYSTEM, "%s: %s", path, strerror(errno));
	if (fseek(in, 0, SEEK_END) == 0 && (size = ftell(in)) > 0 && fseek(in, 0, SEEK_SET) == 0) {
		file->size = (size_t)size;
		file->bytes = malloc(file->size);
	}

	bool is_read = file->bytes && fread(file->bytes, 1, file->size, in) == file->size;

	(void)fclose(in);
	if (!is_read)
		return error_set(ERROR_SYSTEM, "%s: it is empty or cannot be read", path);
	file->name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	file->crc32c = crc32c(0, file->bytes, file->size);
	return ERROR_NONE;
}

static enum error send(struct options *chosen)
{
	struct file file = { 0 };
	enum error error = read_file(chosen->path, &file);

	for (uint64_t time = 0; error == ERROR_NONE && time < chosen->times; time++) {
		char *list = chosen->lines ? strdup(chosen->lines) : NULL;

		if (list)
			error = print_list(&file, list);
		else
			for (uint64_t line = 0; line < lines_of(&file); line++)
				print_line(&file, line);
		free(list);
		print_end(&file);
	}
	free(file.bytes);
	return error == ERROR_NONE ? command_flush() : error;
}

int command_send(int argc, char **argv)
{
	struct options chosen = { .times = 1 };

	command_parse(&parser, 0, argc, argv, &chosen);
	return command_end(send(&chosen));
}
