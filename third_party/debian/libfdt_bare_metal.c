/* This program is linked and never run. It shows that libfdt needs no C library on bare metal. */
#include <libfdt.h>

int _start(const void *tree);

int _start(const void *tree)
{
	return fdt_check_header(tree);
}
