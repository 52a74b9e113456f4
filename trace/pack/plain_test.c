/* Without the libraries, files are written as they are, and a name that asks for more is an error. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace/error/testing.h"
#include "trace/pack/pack.h"

Test(plain, bytes_are_written_as_they_are)
{
	FILE *file = tmpfile();
	struct packer *packer;
	char got[16] = "";

	cr_assert_not_null(file);
	must_work(packer_open(&packer, fileno(file), packing_of_name("trace.hst")));
	must_work(packer_write(packer, "some", 4));
	must_work(packer_flush(packer));
	must_work(packer_write(packer, " text", 5));
	must_work(packer_end(packer));
	packer_close(packer);
	cr_expect_eq(pread(fileno(file), got, sizeof(got), 0), 9);
	cr_expect_str_eq(got, "some text");
	(void)fclose(file);
}

Test(plain, a_name_that_asks_for_compression_is_refused)
{
	struct packer *packer;

	cr_expect_eq(packer_open(&packer, STDOUT_FILENO, packing_of_name("trace.hst.zst")), ERROR_OPTION);
	cr_expect_null(packer);
	cr_expect_str_eq(error_message(), "this program cannot compress: choose a name without .gz or .zst");
	packer_close(packer);
}
