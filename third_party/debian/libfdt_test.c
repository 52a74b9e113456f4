/* Tests that libfdt from Debian's package builds for the host and can add a node to a tree. */
#include <criterion/criterion.h>
#include <libfdt.h>

Test(libfdt, libfdt_finds_a_node_that_it_added_to_an_empty_tree)
{
	_Alignas(8) char tree[1024];

	cr_assert_eq(fdt_create_empty_tree(tree, sizeof tree), 0);
	int added = fdt_add_subnode(tree, 0, "reserved-memory");
	cr_expect_gt(added, 0);
	cr_expect_eq(fdt_path_offset(tree, "/reserved-memory"), added);
}
