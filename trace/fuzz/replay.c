/* Passes inputs to a fuzz target without libFuzzer, so that the corpus also serves as a test. The arguments are files
 * and folders. All files in a folder are used as inputs. */
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "trace/fuzz/fuzz.h"

#define INPUT_BYTES (1 << 20)

static unsigned tried;

static void try_file(const char *path)
{
	static uint8_t input[INPUT_BYTES];
	FILE *file = fopen(path, "rb");

	if (!file)
		err(1, "%s", path);

	size_t bytes = fread(input, 1, sizeof(input), file);

	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(input, bytes);
	tried++;
}

static void try_all(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		err(1, "%s", path);
	if (!S_ISDIR(status.st_mode)) {
		try_file(path);
		return;
	}

	struct dirent **entry;
	int entries = scandir(path, &entry, NULL, alphasort);

	if (entries < 0)
		err(1, "%s", path);
	for (int i = 0; i < entries; i++) {
		char below[4096];

		(void)snprintf(below, sizeof(below), "%s/%s", path, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.')
			try_all(below);
		free(entry[i]);
	}
	free(entry);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		try_all(argv[i]);
	printf("%u inputs tried\n", tried);
	return tried ? 0 : 1;
}
