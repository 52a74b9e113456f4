#include <libfdt.h>

int _start(const void *tree);

int _start(const void *tree)
{
	return fdt_check_header(tree);
}
