/* Tests that Criterion is installed and runs a test that is compiled with the flags of this tree. */
#include <criterion/criterion.h>

Test(criterion, criterion_runs_a_test_under_the_flags_of_this_tree)
{
	for (unsigned sum = 0, i = 0; i < 4; sum += i++)
		cr_expect_eq(sum, i * (i - 1) / 2, "at %u", i);
}
