"""Tests that every error in a configuration names the file, the line and the key."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

from hv.config import schema
from hv.config.modules import NEEDED_HOOKS, load_modules
from hv.config.testing import config, module, problems

TRACING = [module("trace")]


class Correct(unittest.TestCase):
    """Tests of configurations without errors."""

    def test_an_empty_file_means_the_defaults(self) -> None:
        empty = config("")
        self.assertEqual(empty.word("platform", "name"), "qemu_virt")
        self.assertEqual(empty.number("platform", "max_harts"), 64)
        self.assertEqual(empty.number("memory", "payload"), 0x8040_0000)
        self.assertEqual(empty.enabled, [])
        self.assertEqual(empty.pmp_limit, 64)
        self.assertIsNone(empty.hv_size)

    def test_modules_keep_the_order_of_the_list(self) -> None:
        ordered = config('[modules]\nmodules = ["protect", "counter"]\n')
        self.assertEqual([item.module.name for item in ordered.enabled], ["protect", "counter"])

    def test_modules_get_pmp_entries_in_the_order_of_the_list_and_keys_may_set_their_number(self) -> None:
        text = '[platform]\nmax_harts = 1\n[modules]\nmodules = ["vault", "protect"]\n'
        self.assertEqual([(item.pmp_first, item.pmp_count) for item in config(text).enabled], [(0, 3), (3, 4)])

    def test_a_named_folder_or_module_has_its_own_level(self) -> None:
        levels = config('[log]\nlevel = "warn"\ntrace = ["counter"]\nerror = ["hv.virt"]\n').log_levels
        self.assertEqual([levels[name] for name in ("hv.core", "hv.virt", "counter", "offload")], [2, 1, 5, 2])

    def test_every_number_of_pmp_entries_builds_without_modules(self) -> None:
        for limit in (0, 4, 5, 8, 13, 64):
            self.assertEqual(config(f"[vcpu]\npmp_limit = {limit}\n").pmp_limit, limit)

    def test_a_modules_keys_have_their_values_or_defaults(self) -> None:
        values = config('[modules]\nmodules = ["filter"]\n[filter]\nstart = 0x1000\ndeny = [3, 1]\nhash = "00fF10a5"\n').values
        wanted = {"limit": 5, "start": 0x1000, "strict": False, "answer": "error", "deny": [3, 1], "hash": "00fF10a5"}
        self.assertEqual({key: values["filter", key] for key in wanted}, wanted)

    def test_dotted_and_quoted_keys_are_the_same_keys(self) -> None:
        self.assertEqual(config('platform."max_harts" = 3\n').number("platform", "max_harts"), 3)


class Wrong(unittest.TestCase):
    """Tests of configurations with one error each."""

    def one(self, text: str, *parts: str) -> None:
        found = problems(text)
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    def test_an_unknown_table_is_an_error(self) -> None:
        self.one("\n[plattform]\nname = 1\n", "sample.toml:2: [plattform]: unknown table (did you mean platform?)")

    def test_a_table_for_a_module_that_does_not_exist_is_an_error(self) -> None:
        self.one("[keystone]\nmax_enclaves = 8\n", "sample.toml:1: [keystone]: unknown table")

    def test_a_table_for_a_module_without_keys_is_an_error(self) -> None:
        self.one("[counter]\nstep = 8\n", "sample.toml:1: [counter]: module counter has no keys")

    def test_a_table_for_a_module_that_is_not_in_the_list_is_an_error(self) -> None:
        self.one("\n[filter]\nlimit = 8\n", 'sample.toml:2: [filter]: needs module "filter" in [modules] modules')
        self.one("[filter]\nlimit = 5\n", 'sample.toml:1: [filter]: needs module "filter"')
        self.one("[filter]\nlimit = 8\nstrict = true\n", 'sample.toml:1: [filter]: needs module "filter"')
        self.one("\n[filter]\n", 'sample.toml:2: [filter]: needs module "filter"')
        self.one("\nfilter.limit = 8\nfilter.strict = true\n", 'sample.toml:2: [filter]: needs module "filter"')

    def test_wrong_values_of_a_modules_keys_are_errors(self) -> None:
        for line, message in {
            "limit = 0": "0 is not a number from 1 to",
            "start = 0x1001": "0x1001 is not a multiple of 4096",
            "strict = 1": "1 is not true or false",
            'answer = "maybe"': '"maybe" is not one of none, error, end',
            "deny = [1, 1]": "[1, 1] is not a list of at most 4 different numbers from 0x0 to 0xffffffff",
            "deny = [0x100000000]": "is not a list of at most 4",
            "deny = [1, 2, 3, 4, 5]": "is not a list of at most 4",
            "deny = [true]": "is not a list of at most 4",
            "deny = 1": "is not a list of at most 4",
            'hash = "0123456"': "is not 4 bytes as a string of 8 hexadecimal digits",
            'hash = "0123456g"': "is not 4 bytes as a string of 8",
            "hash = 12345678": "is not 4 bytes as a string of 8",
            "limmit = 1": "unknown key (did you mean limit?)",
        }.items():
            with self.subTest(line):
                key = line.split(" =")[0]
                self.one(f'[modules]\nmodules = ["filter"]\n[filter]\n{line}\n', f"sample.toml:4: [filter] {key}: ", message)

    def test_an_unknown_key_is_an_error(self) -> None:
        self.one("[vcpu]\n# why\npmp_limt = 8\n", "sample.toml:3: [vcpu] pmp_limt: unknown key (did", "pmp_limit?)")

    def test_an_unknown_value_is_an_error(self) -> None:
        self.one('[platform]\nname = "virt"\n', 'sample.toml:2: [platform] name: "virt" is not one of qemu_virt')

    def test_a_number_out_of_range_is_an_error(self) -> None:
        self.one("[platform]\nmax_harts = 513\n", "sample.toml:2: [platform] max_harts: 513", "from 1 to 512")

    def test_a_value_of_the_wrong_type_is_an_error(self) -> None:
        self.one("[platform]\nmax_harts = true\n", "sample.toml:2: [platform] max_harts: true is not a number")
        self.one('[debug]\nchecks = "yes"\n', 'sample.toml:2: [debug] checks: "yes" is not true or false')
        self.one('[modules]\nmodules = "counter"\n', "sample.toml:2: [modules] modules:", "a list of names")
        self.one("[memory]\nfirmware = 0x80000001\n", "sample.toml:2: [memory] firmware: 0x80000001 is", "multiple of 4096")

    def test_a_table_that_is_written_as_a_value_is_an_error(self) -> None:
        self.one("modules = 3\n", "sample.toml:1: [modules]: is a table")
        self.one('modules = { modules = ["x"] }\n', "sample.toml:1: [modules]: is a table")
        self.one('[[modules]]\nmodules = ["x"]\n', "sample.toml:1: [modules]: is a table")

    def test_the_error_for_an_unknown_module_in_a_list_has_the_line_of_the_module(self) -> None:
        text = '[modules]\nmodules = [\n    "counter", # counts\n    "offlod",\n]\n'
        self.one(text, 'sample.toml:4: [modules] modules: unknown module "offlod" (did you mean offload?)')

    def test_naming_a_module_twice_is_an_error(self) -> None:
        text = '[modules]\nmodules = [\n    "counter",\n    "counter",\n]\n'
        self.one(text, 'sample.toml:4: [modules] modules: duplicate "counter", first on line 3')

    def test_an_unknown_name_in_a_list_of_log_is_an_error(self) -> None:
        self.one('[log]\ndebug = ["hv.vrt"]\n', 'sample.toml:2: [log] debug: unknown module or folder', "hv.virt")

    def test_a_name_at_two_log_levels_is_an_error(self) -> None:
        self.one('[log]\ndebug = ["hv.core"]\nwarn = ["hv.core"]\n', 'sample.toml:3: [log] warn: duplicate "hv.core"')

    def test_giving_a_key_twice_is_an_error(self) -> None:
        self.one("[vcpu]\npmp_limit = 8\npmp_limit = 9\n", "sample.toml:3: [vcpu] pmp_limit: duplicate", "line 2")

    def test_giving_a_table_twice_is_an_error(self) -> None:
        text = "[vcpu]\npmp_limit = 8\n[debug]\nchecks = true\n[vcpu]\n"
        self.one(text, "sample.toml:5: [vcpu]: duplicate, first on line 1")

    def test_text_that_is_not_toml_is_an_error(self) -> None:
        self.one("[vcpu]\npmp_limit = \n", "sample.toml:2: [vcpu] pmp_limit: Invalid value")
        self.one('[modules]\nmodules = ["counter"', "sample.toml:2: [modules] modules: Unclosed array")

    def test_a_trace_table_without_the_module_trace_is_an_error(self) -> None:
        self.one("[trace]\nslots = 128\n", 'sample.toml:2: [trace] slots: needs module "trace"')
        self.assertFalse(config("[trace]\nslots = 65536\n").has_trace)
        self.assertFalse(config("[trace]\n").has_trace)

    def test_each_changed_key_of_trace_without_the_module_trace_is_an_error(self) -> None:
        found = problems('[trace]\nslots = 128\nmode = "discard"\n', TRACING)
        self.assertEqual([text.split(" needs")[0] for text in found], ["sample.toml:2: [trace] slots:", "sample.toml:3: [trace] mode:"])

    def test_wrong_values_in_the_trace_table_are_errors(self) -> None:
        self.one("[trace]\nslots = 100\n", "sample.toml:2: [trace] slots: 100 is not a power of two from 64")
        self.one('[trace]\nmask = ["exit", "exit"]\n', "sample.toml:2: [trace] mask", "each at most once")

    def test_an_hv_size_that_pmp_cannot_describe_is_an_error(self) -> None:
        wanted = "sample.toml:2: [memory] hv_size: 0x3000 is not a power of two from 0x1000 to 0x80000000"
        self.one("[memory]\nhv_size = 0x3000\n", wanted)

    def test_a_payload_at_the_address_of_the_firmware_is_an_error(self) -> None:
        self.one("[memory]\npayload = 0x80200000\n", "sample.toml:2: [memory] payload: 0x80200000 is the address of the")

    def test_rings_larger_than_hv_can_reach_are_an_error(self) -> None:
        text = '[platform]\nmax_harts = 512\n[modules]\nmodules = ["trace"]\n[trace]\nslots = {}\n'
        self.assertEqual(problems(text.format(1 << 17), TRACING), [])
        (found,) = problems(text.format(1 << 18), TRACING)
        self.assertEqual(
            found,
            "sample.toml:6: [trace] slots: 512 harts with 262144 slots of 16 bytes make 2147483648 bytes of rings, and hv can"
            " reach 1073741824: lower [trace] slots or [platform] max_harts",
        )

    def test_a_hart_without_s_mode_cannot_be_the_boot_hart(self) -> None:
        text = '[platform]\nname = "qemu_sifive_u"\nboot_hart = {}\n'
        self.one(text.format(0), "sample.toml:3: [platform] boot_hart: hart 0 of qemu_sifive_u has no S-mode", "give boot_hart = 1")
        self.one('[platform]\nname = "qemu_sifive_u"\n', "sample.toml:1: [platform] boot_hart: hart 0 of qemu_sifive_u")
        self.assertEqual(problems(text.format(1)), [])

    def test_the_error_for_too_many_pmp_entries_has_the_line_of_the_module_that_does_not_fit(self) -> None:
        text = '[platform]\nmax_harts = 4\n[modules]\nmodules = [\n"vault",\n"protect",\n]\n'
        expected = ("sample.toml:6: [modules] modules: too many PMP entries at protect", "vault 9, protect 4", "of 16")
        self.one(text, *expected)

    def test_more_pmp_entries_than_the_limit_are_an_error(self) -> None:
        text = '[modules]\nmodules = ["protect"]\n[vcpu]\npmp_limit = {}\n'
        self.assertEqual(problems(text.format(9)), [])
        self.one(text.format(8), "sample.toml:2: [modules] modules: too many PMP entries", "hv 4,", "of 8")

    def test_a_key_that_a_module_needs_is_an_error_if_it_has_no_value(self) -> None:
        text = '[modules]\nmodules = [\n"counter",\n"lock",\n]\n'
        start = "[lock] start: is needed: choose one"
        hash_ = "[lock] hash: is needed unless open = true: a program prints them"
        self.assertEqual(problems(text), [f"sample.toml:4: {start}", f"sample.toml:4: {hash_}"])
        self.assertEqual(problems(f"{text}\n[lock]\nopen = false\n"), [f"sample.toml:7: {start}", f"sample.toml:7: {hash_}"])
        self.one(f"{text}[lock]\nstart = 0x1000\n", f"sample.toml:6: {hash_}")
        self.one(f"{text}[lock]\nopen = true\n", f"sample.toml:6: {start}")
        self.assertEqual(problems(f"{text}[lock]\nstart = 0\nopen = true\n"), [])
        self.assertEqual(problems(f'{text}[lock]\nstart = 0\nhash = "00000000"\n'), [])

    def test_all_errors_are_reported_in_the_order_of_the_file(self) -> None:
        found = problems('[vcpu]\npmp_limit = 99\n[platform]\nname = "x"\nharts = 1\n[log]\nlevl = 1\n')
        self.assertEqual([text.split(":")[1] for text in found], ["2", "4", "5", "7"])


class Declarations(unittest.TestCase):
    """Tests of modules that a BUILD file declares wrongly."""

    def test_a_declaration_error_names_the_target(self) -> None:
        wrong: list[dict[str, object]] = [{"hooks": {"on_trap": ()}}, {"claims": ("page_fault",)}, {"fast": {"time": "f"}}, {"uses": ("timer",)}]
        wrong += [{"guards": ("svtec",), "hooks": ("csr_access",)}, {"guards": ("mstateen0",), "hooks": ("csr_access",)}]
        wrong += [{"hides": {"mtvec": ("BASE",)}}]
        for given in wrong:
            with self.subTest(given), self.assertRaisesRegex(Exception, "//modules/odd:odd: unknown"):
                module("odd", **given)

    def test_a_fast_path_needs_the_hook_that_does_the_rest(self) -> None:
        for kind, hook in NEEDED_HOOKS.items():
            with self.assertRaisesRegex(Exception, f"//modules/odd:odd: a fast path {kind} needs the hook {hook}, too"):
                module("odd", fast={kind: "f"})
            module("even", fast={kind: "f"}, hooks=(hook,))

    def test_a_hook_names_only_causes_that_it_can_see(self) -> None:
        watcher = module("watcher", hooks={"trap_from_payload": ("illegal_instruction", "interrupt")})
        self.assertTrue(watcher.sees("trap_from_payload", "illegal_instruction"))
        self.assertFalse(watcher.sees("trap_from_payload", "breakpoint"))
        self.assertFalse(watcher.sees("trap_from_firmware", "illegal_instruction"))
        for hooks in ({"trap_from_payload": ("time",)}, {"init": ("breakpoint",)}, {"ecall_from_payload": ("interrupt",)}):
            with self.subTest(hooks), self.assertRaisesRegex(Exception, "//modules/odd:odd: .* cannot see cause"):
                module("odd", hooks=hooks)

    def test_an_earlier_name_of_a_cause_is_accepted_and_a_message_says_the_present_name(self) -> None:
        hooks = {"trap_from_payload": ["ecall_from_s", "breakpoint"], "init": []}
        given = {"name": "old", "label": "//old", "header": "", "hooks": hooks, "claims": ["store_page_fault"]}
        said = io.StringIO()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(said):
            path = Path(folder) / "modules.json"
            path.write_text(json.dumps([given | {"pmp_entries": 0, "fast": {}, "events": [], "keys": [], "uses": [], "guards": [], "hides": {}, "reserve": {}}]))
            (old,) = load_modules(path)
        self.assertEqual(old.hooks["trap_from_payload"], ("environment_call_from_s_mode", "breakpoint"))
        self.assertEqual(old.claims, ("store_amo_page_fault",))
        lines = ["ecall_from_s is called environment_call_from_s_mode", "store_page_fault is called store_amo_page_fault"]
        self.assertEqual(said.getvalue(), "".join(f"//old: cause {line} now\n" for line in lines))

    def test_two_modules_with_a_fast_path_of_one_kind_are_an_error_that_names_both(self) -> None:
        known = [module(name, fast={"payload_ecall": "f"}) for name in ("first", "second")]
        self.assertEqual(
            problems('[modules]\nmodules = [\n  "second",\n  "first",\n]\n', known),
            ["sample.toml:4: [modules] modules: second and first both have a fast path of kind payload_ecall, and an image can have only one"],
        )
        self.assertEqual(problems('[modules]\nmodules = ["second"]\n', known), [])

    def test_a_region_that_a_module_reserves_must_be_pages_of_ram_that_no_other_module_reserves(self) -> None:
        def found(*regions: dict[str, str]) -> list[str]:
            known = [module(f"m{i}", reserve=region) for i, region in enumerate(regions)]
            return problems("[modules]\nmodules = [" + ", ".join(f'"{each.name}"' for each in known) + "]\n", known)

        where = "sample.toml:2: [modules] modules: "
        wrong = "multiples of 4096 below 2^56, and the region must not be empty"
        self.assertEqual(found({"memory.firmware": "memory.payload - memory.firmware"}, {"memory.payload": "0x1000"}), [])
        self.assertEqual(found({"0x80000800": "0x1000"}), [f"{where}m0 reserves 0x80000800 to 0x80001800, but both must be {wrong}"])
        self.assertEqual(found({"0x80001000": "0"}), [f"{where}m0 reserves 0x80001000 to 0x80001000, but both must be {wrong}"])
        self.assertEqual(found({"0x7ffff000": "0x2000"}), [f"{where}m0 reserves 0x7ffff000 to 0x80001000, but RAM begins at 0x80000000"])
        self.assertEqual(
            found({"0x80001000": "0x2000"}, {"0x80002000": "0x1000"}),
            [f"{where}m1 reserves 0x80002000 to 0x80003000, and m0 reserves 0x80001000 to 0x80003000"],
        )
        with self.assertRaisesRegex(Exception, "//modules/m0:m0: reserve = 'memory.hv_size' does not give a number of bytes"):
            found({"memory.hv_size": "0x1000"})

    def test_events_have_names_that_tools_can_show_and_at_most_256_of_them(self) -> None:
        self.assertEqual(len(module("even", events=tuple(f"event_{i}" for i in range(256))).events), 256)
        for events in (('a"b',), ("",), ("Two words",), ("a",) * 257):
            with self.subTest(events[0]), self.assertRaisesRegex(Exception, "//modules/odd:odd: .*event"):
                module("odd", events=events)

    def test_a_key_that_is_declared_wrongly_is_an_error(self) -> None:
        number = schema.Number(1, 9)
        for keys, message in {
            (schema.Key("odd", "Step", number, 1, ""),): "'Step' cannot be the name of a key",
            (schema.Key("odd", "step", number, 0, ""),): "the default of step, 0, is not a number from 1 to 9",
            (schema.Key("odd", "step", number, 1, ""),) * 2: "two keys are called step",
            (schema.Key("odd", "step", number, 1, "", "", "count"),): "step has a default",
            (schema.Key("odd", "step", number, None, "", "", "count", "odd"),): "step has needed_unless",
        }.items():
            with self.subTest(message), self.assertRaisesRegex(Exception, f"//modules/odd:odd: {message}"):
                module("odd", keys=keys)
        with self.assertRaisesRegex(Exception, r"//modules/log:log: \[log\] is a table of hv itself"):
            module("log", keys=(schema.Key("log", "step", number, 1, ""),))

    def test_the_expression_for_pmp_entries_must_have_a_number_as_its_value(self) -> None:
        for expression in ("keystone.max", "-1", "1 - 2", "__import__('os')", "1 +"):
            odd = module("odd", pmp_entries=expression)
            with self.subTest(expression), self.assertRaisesRegex(Exception, "//modules/odd:odd: pmp_entries"):
                config('[modules]\nmodules = ["odd"]\n', [odd])


if __name__ == "__main__":
    unittest.main()
