"""Tests which mutants the mutator makes."""

from __future__ import annotations

import unittest
from pathlib import Path

from hv.mutations import mutator
from hv.mutations.mutator import Mutant, apply, mutants

FUNCTION = """\
/* a + b in a comment */
#include "a/b.h"

static const char text[] = "a + b";

{type} f(int a, struct s *b)
{{
{body}
}}
"""


def changes(body: str, return_type: str = "int") -> list[str]:
    """Returns the changed lines of all mutants of a function with this body."""
    text = FUNCTION.format(type=return_type, body=body)
    return [mutant.now for mutant in mutants("f.c", text)]


class Operators(unittest.TestCase):
    """Checks the mutants of single tokens."""

    def test_a_comparison_is_replaced_by_its_neighbour_and_by_its_opposite(self) -> None:
        self.assertEqual(changes("\treturn a < b;"), ["return a <= b;", "return a >= b;"])
        self.assertEqual(changes("\treturn a == b;"), ["return a != b;"])

    def test_arithmetic_logical_bit_and_shift_operators_are_replaced(self) -> None:
        for was, now in (("+", "-"), ("-", "+"), ("*", "/"), ("%", "*"), ("&&", "||"), ("||", "&&"), ("&", "|"), ("|", "&"), ("^", "|"), ("<<", ">>")):
            with self.subTest(operator=was):
                self.assertEqual(changes(f"\treturn a {was} b;"), [f"return a {now} b;"])

    def test_a_pointer_is_no_operator(self) -> None:
        self.assertEqual(changes("\tstruct s *c = &b;"), [])
        self.assertEqual(changes("\tuse(&b, (int *)c, *b);"), [";"])

    def test_a_unary_operator_is_removed(self) -> None:
        self.assertEqual(changes("\treturn a & ~b;"), ["return a | ~b;", "return a & b;"])
        self.assertEqual(changes("\treturn !a;"), ["return a;"])
        self.assertEqual(changes("\treturn a & -b;"), ["return a | -b;", "return a & b;"])

    def test_a_constant_becomes_one_more_and_one_less_in_the_same_notation(self) -> None:
        self.assertEqual(changes("\treturn 7;"), ["return 6;", "return 8;"])
        self.assertEqual(changes("\treturn 0x10ull;"), ["return 0x11ull;", "return 0xfull;"])
        self.assertEqual(changes("\treturn 0;"), ["return 1;"], "no constant is negative")

    def test_truth_values_and_errors_are_swapped(self) -> None:
        self.assertEqual(changes("\treturn true;"), ["return false;"])
        self.assertEqual(changes("\treturn ERROR_TRAPPED;"), ["return ERROR_NONE;"])

    def test_an_assignment_with_an_operator_becomes_a_plain_one(self) -> None:
        self.assertEqual(changes("\tint c;\n\tc |= a;"), [";", "c &= a;", "c = a;"])

    def test_comments_texts_and_directives_have_no_mutants(self) -> None:
        self.assertEqual(changes("\t/* a < b */"), [])
        self.assertEqual(mutants("f.h", "#ifndef A_1\n#define A_1\n#if A_1 < 2\n#endif\n#endif\n"), [])

    def test_a_static_assertion_has_no_mutants(self) -> None:
        self.assertEqual(mutants("f.h", '_Static_assert(sizeof(int) == 4, "4");\n'), [])


class Conditions(unittest.TestCase):
    """Checks negated conditions."""

    def test_a_condition_is_negated_as_a_whole(self) -> None:
        self.assertIn("if (!(a && b))", changes("\tif (a && b)\n\t\tf(a, b);"))
        self.assertIn("while (!(a))", changes("\twhile (a)\n\t\tf(a, b);"))

    def test_the_condition_of_a_conditional_expression_ends_at_its_start(self) -> None:
        self.assertIn("return !(a && g(b)) ? c : d;", changes("\treturn a && g(b) ? c : d;"))
        self.assertIn("x = h(c, !(a) ? c : d);", changes("\tx = h(c, a ? c : d);"))
        self.assertIn("return a ? c : !(b) ? d : e;", changes("\treturn a ? c : b ? d : e;"))

    def test_a_condition_may_have_several_lines(self) -> None:
        self.assertIn("if (!(a || b)) return;", [now for now in changes("\tif (a ||\n\t    b) return;", "void")])


class Statements(unittest.TestCase):
    """Checks deleted statements."""

    def test_a_call_and_an_assignment_are_deleted(self) -> None:
        self.assertEqual(changes("\tg(a);"), [";"])
        self.assertEqual(changes("\tb->x[c] = a;"), [";"])
        self.assertEqual(changes("\t*b = a;"), [";"])
        self.assertEqual(changes("\tif (a)\n\t\tg(b);"), ["if (!(a))", ";"])

    def test_a_declaration_is_not_deleted(self) -> None:
        self.assertEqual(changes("\tint c = a;\n\tstruct s d = { .x = a };"), [])

    def test_a_return_is_deleted_only_if_the_function_returns_nothing(self) -> None:
        self.assertEqual(changes("\treturn g(a);"), [])
        self.assertEqual(changes("\treturn g(a);", "void"), [";"])

    def test_a_jump_is_deleted(self) -> None:
        self.assertEqual(changes("\tfor (;;)\n\t\tbreak;"), [";"])

    def test_a_statement_in_the_head_of_a_loop_is_not_deleted(self) -> None:
        self.assertNotIn(";", changes("\tfor (c = a; c < b; c++)\n\t\t(void)c;"))


class Places(unittest.TestCase):
    """Checks how a mutant is described."""

    TEXT = "#define M(x)                 \\\n\tdo_it(x + 1)\n\nint f(int a)\n{\n\treturn a + 1;\n}\n\nenum { E = 3 };\n"

    def of(self, line: int) -> list[Mutant]:
        return [mutant for mutant in mutants("f.c", self.TEXT) if mutant.line == line]

    def test_a_mutant_names_its_function_or_macro(self) -> None:
        self.assertEqual([mutant.function for mutant in self.of(2)], ["M"] * 3)
        self.assertEqual([mutant.function for mutant in self.of(6)], ["f"] * 3)
        self.assertEqual([mutant.function for mutant in self.of(9)], [""] * 2)

    def test_a_mutant_knows_the_lines_of_its_function(self) -> None:
        self.assertEqual({mutant.body for mutant in self.of(6)}, {(5, 7)})
        self.assertEqual({mutant.body for mutant in [*self.of(2), *self.of(9)]}, {(0, 0)})

    def test_the_name_has_the_place_and_the_change(self) -> None:
        self.assertEqual([mutant.name for mutant in self.of(6)], ["f.c:6:11: + -> -", "f.c:6:13: 1 -> 0", "f.c:6:13: 1 -> 2"])

    def test_the_key_does_not_change_if_lines_before_it_do(self) -> None:
        moved = {mutant.key for mutant in mutants("f.c", "int g;\n\n" + self.TEXT)}
        self.assertEqual(moved, {mutant.key for mutant in mutants("f.c", self.TEXT)})


class RealFiles(unittest.TestCase):
    """Checks properties that hold for each mutant of hv/virt."""

    def test_each_mutant_changes_one_place_and_is_named_once(self) -> None:
        for path in sorted(Path("hv/virt").glob("*.[ch]")):
            text = path.read_text(encoding="utf-8")
            found = mutants(str(path), text)
            self.assertEqual(len({mutant.name for mutant in found}), len(found), path)
            for mutant in found:
                self.assertNotEqual(apply(text, mutant.edits), text, mutant.name)
                self.assertNotEqual(mutant.was, mutant.now, mutant.name)

    def test_the_same_text_has_the_same_mutants(self) -> None:
        text = Path("hv/virt/pmp.c").read_text(encoding="utf-8")
        self.assertEqual(mutants("pmp.c", text), mutants("pmp.c", text))
        self.assertGreater(len(mutants("pmp.c", text)), 100)

    def test_every_replacement_is_another_token(self) -> None:
        for was, others in mutator.OPERATORS.items():
            self.assertNotIn(was, others)


if __name__ == "__main__":
    unittest.main()
