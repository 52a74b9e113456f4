/* Creates a file without a name if the file system supports that. If the process is killed, the system then removes the
 * file. When the file is complete, it gets a temporary name in the same folder, and rename() changes that to the final
 * name. So at any time, the final name stands for either the earlier file or the complete new file. On other file
 * systems, the file has its temporary name from the beginning, and a signal handler removes the file if the process is
 * ended by a signal. */
#define _GNU_SOURCE
#include "trace/dump/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MOST 32  /* at most this many symbolic links are followed, one after the other */
#define NAMES_MOST 100 /* at most this many temporary names are tried */
#define PERMISSIONS 07777

/** The temporary file that the signal handler removes. One is enough, because a command writes one file at a time. */
static char doomed[PATH_MAX];

/** Sets the message to the text of errno. */
static enum error cannot_be_created(void)
{
	return error_set(ERROR_SYSTEM, "cannot be created: %s", strerror(errno));
}

/** Copies @p path, with the symbolic links in its folder resolved. For example, "/dev/fd/1" becomes "/proc/42/fd/1".
 * @param whole receives the copy, which the caller frees; null after an error */
static enum error resolve_folder(const char *path, char **whole)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	char *resolved = folder ? realpath(folder, NULL) : NULL;
	enum error error = !folder ? error_no_memory() : !resolved ? cannot_be_created() : ERROR_NONE;

	*whole = NULL;
	if (resolved &&
	    asprintf(whole, "%s/%s", strcmp(resolved, "/") == 0 ? "" : resolved, slash ? slash + 1 : path) < 0) {
		*whole = NULL;
		error = error_no_memory();
	}
	free(folder);
	free(resolved);
	return error;
}

/** Finds the path that the symbolic link @p from leads to.
 * @param target   the text of the link; a path that may be relative to the folder of @p from
 * @param resolved receives the path; the caller frees it */
static enum error follow(const char *from, const char *target, char **resolved)
{
	char *path = NULL;
	int folder = (int)(strrchr(from, '/') - from);

	if (asprintf(&path, "%.*s/%s", *target == '/' ? 0 : folder, from, target) < 0)
		return error_no_memory();

	enum error error = resolve_folder(path, resolved);

	free(path);
	return error;
}

/** Whether @p path stands for a file that is already open, as /dev/fd/1 does. In this case, the user wants to write to
 * that open file. It must not be replaced, even if it is a regular file. */
static bool is_descriptor(const char *path)
{
	return strncmp(path, "/proc/", strlen("/proc/")) == 0;
}

/** Finds the path that @p path leads to if all symbolic links are followed. The caller frees *@p resolved, also after
 * an error. */
static enum error resolve(const char *path, char **resolved)
{
	RETURN_IF_ERROR(resolve_folder(path, resolved));
	for (unsigned links = 0; !is_descriptor(*resolved); links++) {
		char target[PATH_MAX];
		ssize_t length = readlink(*resolved, target, sizeof(target) - 1);
		char *next = NULL;

		if (length < 0)
			return ERROR_NONE;
		target[length] = '\0';
		errno = ELOOP;
		if (links == LINKS_MOST)
			return cannot_be_created();
		RETURN_IF_ERROR(follow(*resolved, target, &next));
		free(*resolved);
		*resolved = next;
	}
	return ERROR_NONE;
}

static enum error open_directly(struct new_file *file, const char *path)
{
	file->descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return file->descriptor < 0 ? cannot_be_created() : ERROR_NONE;
}

static void remove_doomed(int number)
{
	(void)unlink(doomed);
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

/** For each signal that would end the process, installs a handler that removes the temporary file. If the program has
 * already installed a handler for a signal, that handler stays. */
static void doom(const char *temporary)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM, SIGXFSZ };
	struct sigaction action;

	(void)snprintf(doomed, sizeof(doomed), "%s", temporary);
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler == SIG_DFL)
			(void)signal(numbers[i], remove_doomed);
}

/** Calls @p make with one temporary name after the other, all in the folder of file->path, until a name is not taken
 * yet and @p make succeeds. Stores that name in file->temporary. */
static enum error make_named(struct new_file *file, bool (*make)(struct new_file *file, const char *name))
{
	const char *slash = strrchr(file->path, '/');

	for (unsigned i = 0; i < NAMES_MOST; i++) {
		char *name;

		if (asprintf(&name, "%.*s/.%.200s.%d.%u", (int)(slash - file->path), file->path, slash + 1,
			     (int)getpid(), i) < 0)
			return error_no_memory();
		if (make(file, name)) {
			file->temporary = name;
			return ERROR_NONE;
		}

		int reason = errno;

		free(name);
		errno = reason;
		if (reason != EEXIST)
			break;
	}
	return cannot_be_created();
}

static bool create(struct new_file *file, const char *name)
{
	file->descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return file->descriptor >= 0;
}

static bool link_nameless(struct new_file *file, const char *name)
{
	char open_file[64];

	(void)snprintf(open_file, sizeof(open_file), "/proc/self/fd/%d", file->descriptor);
	return linkat(AT_FDCWD, open_file, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
}

/** Creates a file without a name in the folder of file->path. Fails if /proc is not available, because the file could
 * not get a name later. */
static bool open_nameless(struct new_file *file)
{
	const char *slash = strrchr(file->path, '/');
	char folder[PATH_MAX];

	(void)snprintf(folder, sizeof(folder), "%.*s/", (int)(slash - file->path), file->path);
	if (access("/proc/self/fd", X_OK) == 0)
		file->descriptor = open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
	return file->descriptor >= 0;
}

/** Creates the file that will replace the one at file->path. @p status is the status of the earlier file, or null if
 * there is no earlier file. */
static enum error open_temporary(struct new_file *file, const struct stat *status)
{
	if (status && access(file->path, W_OK) != 0)
		return cannot_be_created();
	if (!open_nameless(file)) {
		RETURN_IF_ERROR(make_named(file, create));
		doom(file->temporary);
	}
	/* The new file gets the permissions of the earlier file, as if the earlier file was overwritten. */
	if (status)
		(void)fchmod(file->descriptor, status->st_mode & PERMISSIONS);
	return ERROR_NONE;
}

/** Opens the file. @p path is the path that the user gave, and file->path is the same path with all symbolic links
 * resolved. */
static enum error open_resolved(struct new_file *file, const char *path)
{
	struct stat status;
	bool exists = lstat(file->path, &status) == 0;

	if (!is_descriptor(file->path) && (!exists || S_ISREG(status.st_mode)))
		return open_temporary(file, exists ? &status : NULL);
	free(file->path);
	file->path = NULL;
	return open_directly(file, path);
}

enum error new_file_open(struct new_file *file, const char *path)
{
	*file = (struct new_file){ .descriptor = -1 };
	if (strcmp(path, "-") == 0) {
		*file = (struct new_file){ .descriptor = STDOUT_FILENO, .is_stdout = true };
		return ERROR_NONE;
	}

	enum error error = resolve(path, &file->path);

	if (error == ERROR_NONE)
		error = open_resolved(file, path);
	if (error != ERROR_NONE) {
		free(file->path);
		file->path = NULL;
	}
	return error;
}

enum error new_file_keep(struct new_file *file)
{
	enum error error = ERROR_NONE;

	if (!file->path)
		return ERROR_NONE;
	if (!file->temporary)
		error = make_named(file, link_nameless);
	if (error == ERROR_NONE && rename(file->temporary, file->path) != 0) {
		error = cannot_be_created();
		(void)unlink(file->temporary);
	}
	doomed[0] = '\0';
	free(file->temporary);
	free(file->path);
	file->temporary = file->path = NULL;
	return error;
}

enum error new_file_close(struct new_file *file)
{
	enum error error = ERROR_NONE;

	if (!file->is_stdout && close(file->descriptor) < 0)
		error = error_set(ERROR_SYSTEM, "cannot be written: %s", strerror(errno));

	if (file->temporary)
		(void)unlink(file->temporary);
	doomed[0] = '\0';
	free(file->temporary);
	free(file->path);
	*file = (struct new_file){ .descriptor = -1 };
	return error;
}
