/* A program that is only linked, never run: it shows that libfdt needs no C library on bare metal. */
#include <libfdt.h>

int _start(const void *tree);

int _start(const void *tree)
{
	return fdt_check_header(tree);
}
