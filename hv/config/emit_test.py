"""Tests the files that the generator makes from a configuration for C, for assembly and for readers of results."""

from __future__ import annotations

import json
import subprocess
import tempfile
import unittest
from typing import Any

from hv.config.emit_c import config_h, config_lds, module_index_h, note_s
from hv.config.emit_dispatch import dispatch_h, fast_h, undeclared_hooks
from hv.config.emit_json import config_json
from hv.config.generate import outputs
from hv.config.modules import FIRMWARE_MRET, HOOKS, OWN_PATHS, Module, ModuleError
from hv.config.testing import KEYS, config, module
from trace.format.events import EVENTS, EXT, schema_text

FIRMWARE_JUMPS = [path.function for path in OWN_PATHS if path.world == "firmware"]
PAYLOAD_JUMPS = [path.function for path in OWN_PATHS if path.world == "payload"]
SWITCHER = module(
    "switcher",
    hooks=("trap_from_payload", "ecall_from_payload", "switch_from_payload_to_firmware", "switch_from_firmware_to_payload"),
    fast={"payload_trap": "switcher_trap", "firmware_mret": "switcher_mret"},
)


def modules(*names: str) -> str:
    """Returns a configuration that enables these modules."""
    return f"[modules]\nmodules = {json.dumps(names)}\n"


def jumps(text: str) -> list[str]:
    """Returns the targets of the jumps in fast.h of the configuration @p text."""
    return jumps_of(fast_h(config(text)))


def jumps_of(text: str) -> list[str]:
    """Returns the targets of the jumps in @p text, the text of fast.h."""
    return [line.split()[-1] for line in text.splitlines() if line.startswith("\tb")]


def in_json(text: str, known: list[Module] | None = None) -> dict[str, Any]:
    """Returns the parsed config.json of the configuration @p text."""
    value = json.loads(config_json(config(text, known)))
    assert isinstance(value, dict)
    return value


class Headers(unittest.TestCase):
    """Tests of config.h, config.lds and module_index.h."""

    def test_config_h_has_only_plain_defines(self) -> None:
        lines = config_h(config("[debug]\ntest_abi = true\n")).splitlines()[3:-1]
        lines.remove("#define CONFIG_GUARDS(GUARD)")  # without guarded CSRs, this is nothing
        self.assertTrue(all(line == "" or len(line.split()) == 3 for line in lines), lines)
        for line in ('#define CONFIG_NAME "sample"', "#define CONFIG_TEST_ABI 0x1", "#define LOG_LEVEL_hv_core 3"):
            self.assertIn(line, lines)

    def test_config_h_has_the_values_of_an_enabled_modules_keys(self) -> None:
        text = '[filter]\nlimit = 0x10000000000\nstrict = true\nanswer = "end"\ndeny = [16, 2]\nhash = "00fF10a5"\n'
        lines = [line.removeprefix("#define CONFIG_FILTER_") for line in config_h(config(modules("filter") + text)).splitlines()]
        for line in ("LIMIT 0x10000000000", "HAS_START 0x0", "STRICT 0x1", "ANSWER 0x2", "DENY_COUNT 0x2", "DENY {0x10,0x2}"):
            self.assertIn(line, lines)
        self.assertIn("HAS_HASH 0x1", lines)
        self.assertIn("HASH {0x0,0xff,0x10,0xa5}", lines)
        self.assertFalse([line for line in lines if line.startswith("START")])
        self.assertNotIn("CONFIG_FILTER", config_h(config("")))

    def test_config_json_has_the_values_of_an_enabled_modules_keys(self) -> None:
        made = in_json(modules("filter") + "[filter]\ndeny = [16, 2]\n")["filter"]
        self.assertEqual((made["deny"], made["start"], made["answer"]), ([16, 2], None, "error"))
        self.assertNotIn("filter", in_json(""))

    def test_config_lds_has_the_numbers_of_the_configuration(self) -> None:
        self.assertIn("CONFIG_HV_SIZE = 0x100000;", config_lds(config("[memory]\nhv_size = 0x100000\n")))
        self.assertIn("CONFIG_HV_SIZE = 0x0;", config_lds(config("")))

    def test_the_mask_has_the_bits_that_hv_gives_the_events(self) -> None:
        text = config_h(config(modules("trace") + '[trace]\nslots = 64\nmask = ["exit", "counter"]\n', [module("trace")]))
        self.assertIn(f"#define CONFIG_TRACE_MASK {1 << EVENTS['exit'].id | 1 << EVENTS['counter'].id:#x}\n", text)

    def test_without_a_mask_every_event_of_the_list_is_on_but_rare_ones(self) -> None:
        switched = sum(1 << event.id for event in EVENTS.values() if not (event.always or event.rare or event.name == EXT))
        self.assertIn(f"#define CONFIG_TRACE_MASK {switched:#x}\n", config_h(config("")))

    def test_only_enabled_modules_have_an_index(self) -> None:
        strict, _, lenient = module_index_h(config(modules("protect", "counter"))).partition("#define module_index_or_none")
        for text in (strict, lenient):
            self.assertIn("struct protect *: 0", text)
            self.assertIn("struct counter *: 1", text)
            self.assertNotIn("offload", text)
        self.assertNotIn("default", strict)
        self.assertIn("default: 255", lenient)

    def test_a_module_that_is_not_enabled_changes_no_file(self) -> None:
        for text in ("", modules("counter")):
            counter, other = module("counter"), module("new", pmp_entries="3", keys=KEYS)
            self.assertEqual(outputs(config(text, [counter])), outputs(config(text, [counter, other])))


class Dispatch(unittest.TestCase):
    """Tests of dispatch.h."""

    def test_hooks_are_called_in_the_order_of_the_list(self) -> None:
        known = [module(name, hooks=tuple(HOOKS), guards=("stvec",), pmp_entries="1") for name in ("a", "b")]
        text = dispatch_h(config(modules("b", "a"), known))
        for hook in HOOKS:
            self.assertLess(text.index(f"b_{hook}("), text.index(f"a_{hook}("), hook)

    def test_a_hook_that_no_module_implements_is_empty(self) -> None:
        text = dispatch_h(config(modules("counter")))
        self.assertIn("#define HAVE_HOOK_trap_from_payload 0", text)
        body = text.split("dispatch_trap_from_payload")[1].split("}")[0]
        self.assertNotIn("&modules", body)

    def test_a_disabled_module_is_not_mentioned(self) -> None:
        self.assertNotIn("offload", dispatch_h(config(modules("counter"))))

    def test_the_pmp_entries_and_claims_of_all_modules_are_combined(self) -> None:
        text = dispatch_h(config(modules("counter", "protect")))
        for line in ("MODULE_PMP_ENTRIES 4", "MODULE_PMP_FIRST { 0, 0 }", "MODULE_CLAIMS 0x2000", "MODULE_COUNT 2"):
            self.assertIn(f"#define {line}\n", text)

    def test_a_hook_that_is_not_in_the_list_of_its_module_is_a_compile_error(self) -> None:
        lines = "\n".join(undeclared_hooks(config(modules("a"), [module("a", hooks=("init",))])))
        for hook in HOOKS:
            with self.subTest(hook=hook), tempfile.NamedTemporaryFile("w", suffix=".c") as file:
                file.write(f"struct a;\nvoid a_{hook}(struct a *self);\n{lines}\n")
                file.flush()
                done = subprocess.run(["gcc", "-fsyntax-only", file.name], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode == 0, hook == "init", done.stderr)
                self.assertEqual(f"add {hook} to the hooks of //modules/a:a" in done.stderr, hook != "init")

    def test_without_modules_the_initializers_are_still_legal(self) -> None:
        self.assertIn("#define MODULE_NAMES { 0 }", dispatch_h(config("")))


class Guards(unittest.TestCase):
    """Tests of what the generator makes for guarded CSRs and hidden bits."""

    A = module("a", hooks=("csr_access",), guards=("stvec", "pmpaddr"), hides={"mstatus": ("SIE", "FS", "VS", "XS"), "mip": ("SSIP",)})
    B = module("b", hooks=("csr_access", "access_denied"), guards=("stvec",), hides={"mip": ("STIP",)}, pmp_entries="1")

    def made(self, *names: str) -> tuple[str, str]:
        """Returns config.h and dispatch.h of a configuration with the modules @p names."""
        made = config(modules(*names), [self.A, self.B])
        return config_h(made), dispatch_h(made)

    def test_each_guarded_csr_is_listed_once_with_its_numbers(self) -> None:
        text, _ = self.made("b", "a")
        self.assertIn("#define CONFIG_GUARDS(GUARD) GUARD(pmpaddr,0x3b0,0x3ef)GUARD(stvec,0x105,0x105)\n", text)
        self.assertIn("#define CONFIG_GUARDED 0x1\n", text)
        self.assertIn("#define CONFIG_GUARDED 0x0\n", self.made()[0])

    def test_a_module_is_asked_only_about_its_own_csrs(self) -> None:
        lines = [line for line in self.made("a", "b")[1].splitlines() if "_csr_access(&modules" in line]
        self.assertEqual(["0x3b0" in line for line in lines], [True, False])
        self.assertTrue(all("(number >= 0x105 && number <= 0x105)" in line for line in lines))

    def test_a_module_that_hides_tvm_tw_or_tsr_is_told_of_writes_of_mstatus(self) -> None:
        for bits, guards, told, mask in (
            (("TVM",), ("stvec",), 1, "|MSTATUS_TVM"),
            (("TW", "SUM", "TSR"), ("stvec",), 1, "|MSTATUS_TW|MSTATUS_TSR"),
            (("SUM",), ("stvec",), 0, ""),
            (("TVM",), ("mstatus",), 1, "|MSTATUS_TVM"),
        ):
            hiding = module("hiding", hooks=("csr_access",), guards=guards, hides={"mstatus": bits})
            silent = module("silent", hides={"mstatus": ("TVM", "TW", "TSR")})  # without the hook csr_access, no write is reported to it
            made = config(modules("hiding", "silent"), [hiding, silent])
            self.assertEqual(dispatch_h(made).count("number >= 0x300 && number <= 0x300"), told, bits)
            self.assertIn(f"#define CONFIG_REPORTED_MSTATUS (0ull{mask})\n", config_h(made))

    def test_the_masks_have_the_bits_that_any_module_hides(self) -> None:
        text, _ = self.made("a", "b")
        self.assertIn("#define CONFIG_HIDDEN_MSTATUS (0ull|MSTATUS_SIE|MSTATUS_FS|MSTATUS_VS|MSTATUS_XS|MSTATUS_SD)\n", text)
        self.assertIn("#define CONFIG_HIDDEN_MIP (0ull|IP_SSI|IP_STI)\n", text)
        self.assertIn("#define CONFIG_HIDDEN_MIE (0ull)\n", text)

    def test_guarding_and_hiding_leave_all_fast_paths_of_hv_active(self) -> None:
        made = fast_h(config(modules("a", "b"), [self.A, self.B]))
        self.assertEqual(made, fast_h(config("")))

    def test_access_denied_is_called_in_the_module_that_the_caller_selects(self) -> None:
        body = self.made("a", "b")[1].split("dispatch_access_denied")[1].split("}")[0]
        self.assertIn("if (module == 1)\n\t\tb_access_denied(&modules->b, hart, vcpu, address, access);", body)

    def test_a_module_cannot_hide_the_firmwares_own_bits_or_lack_what_its_hooks_need(self) -> None:
        cases: list[tuple[dict[str, object], str]] = [
            ({"hides": {"mstatus": ("MIE",)}}, "//modules/odd:odd: bit 'MIE' of mstatus cannot be hidden from the firmware"),
            ({"hides": {"mie": ("SSIP",)}}, "bit 'SSIP' of mie cannot be hidden"),
            ({"hides": {"mstatus": ("FS",)}}, "FS, VS, XS of mstatus can only be hidden together"),
            ({"guards": ("stvec",)}, "guards need this hook"),
            ({"hooks": ("csr_access",)}, "the hook csr_access needs CSRs in guards"),
            ({"hooks": ("access_denied",)}, "the hook access_denied needs pmp_entries"),
            ({"hooks": ("csr_access",), "guards": ("mstateen0",)}, "//modules/odd:odd: unknown CSR in guards 'mstateen0'"),
        ]
        for given, error in cases:
            with self.subTest(given), self.assertRaisesRegex(ModuleError, error):
                module("odd", **given)


class Fast(unittest.TestCase):
    """Tests of fast.h."""

    def test_without_modules_all_fast_paths_of_hv_are_active(self) -> None:
        self.assertEqual(jumps(""), FIRMWARE_JUMPS + PAYLOAD_JUMPS)

    def test_a_switch_hook_turns_off_the_fast_paths_of_its_direction(self) -> None:
        for hook, mret, found in (
            ("switch_from_firmware_to_payload", 0, FIRMWARE_JUMPS + PAYLOAD_JUMPS),
            ("switch_from_payload_to_firmware", 1, [*FIRMWARE_JUMPS, "trap_step_interrupt"]),
        ):
            made = config(modules("switcher"), [module("switcher", hooks=(hook,))])
            self.assertEqual(jumps_of(fast_h(made)), found)
            self.assertIn(f"#define CONFIG_FAST_MRET {mret:#x}\n", config_h(made))
        self.assertIn("#define CONFIG_FAST_MRET 0x1\n", config_h(config("")))

    def test_a_fast_path_of_a_world_switch_replaces_the_hooks_of_its_module(self) -> None:
        made = config(modules("switcher"), [SWITCHER])
        self.assertEqual(jumps_of(fast_h(made)), [*FIRMWARE_JUMPS, *(name for name in PAYLOAD_JUMPS if name != "trap_step_interrupt")])
        for line in ("FAST_MRET", "FAST_MODULE_PAYLOAD_TRAP", "FAST_MODULE_FIRMWARE_MRET"):
            self.assertIn(f"#define CONFIG_{line} 0x1\n", config_h(made))
            self.assertIn(f"#define CONFIG_{line} {int(line == 'FAST_MRET'):#x}\n", config_h(config("")))
        self.assertIn("return switcher_mret(&modules->switcher, hart, vcpu, cause);", dispatch_h(made))
        self.assertIn("#define dispatch_fast_payload_trap(", dispatch_h(config("")))
        value = json.loads(config_json(made))
        self.assertEqual(value["fast_paths"][-2:], ["payload_trap", "firmware_mret"])
        self.assertEqual({(path["path"], path["hook"]) for path in value["slow_paths"]}, {("payload_interrupt", "trap_from_payload")})

    def test_a_hook_of_another_module_turns_off_the_fast_path_of_a_world_switch(self) -> None:
        for hook, trap, mret in (
            ("ecall_from_payload", 1, 1), ("trap_from_payload", 0, 1), ("switch_from_payload_to_firmware", 0, 1),
            ("switch_from_firmware_to_payload", 1, 0), ("trap_from_firmware", 1, 0), ("decided_next_exec_mode", 0, 0),
        ):
            text = config_h(config(modules("switcher", "other"), [SWITCHER, module("other", hooks=(hook,))]))
            with self.subTest(hook=hook):
                self.assertIn(f"#define CONFIG_FAST_MODULE_PAYLOAD_TRAP {trap:#x}\n", text)
                self.assertIn(f"#define CONFIG_FAST_MODULE_FIRMWARE_MRET {mret:#x}\n", text)

    def test_an_exit_that_another_modules_fast_path_passes_on_reaches_the_fast_path_of_the_switch(self) -> None:
        answers = module("answers", hooks={"ecall_from_payload": ()}, fast={"payload_ecall": "f"})
        switcher = module("switcher", hooks=("switch_from_payload_to_firmware",), fast={"payload_trap": "g"})
        made = config(modules("answers", "switcher"), [answers, switcher])
        self.assertIn("fast_module_payload_ecall", jumps_of(fast_h(made)))
        self.assertIn("#define CONFIG_FAST_PASS 0x200\n", config_h(made))
        self.assertIn("#define CONFIG_FAST_MODULE_PAYLOAD_TRAP 0x1\n", config_h(made))

    def test_a_module_that_only_observes_exits_leaves_the_fast_paths_active(self) -> None:
        self.assertEqual(jumps(modules("counter")), FIRMWARE_JUMPS + PAYLOAD_JUMPS)

    def test_a_module_with_hooks_for_all_exits_turns_the_fast_paths_off(self) -> None:
        self.assertEqual(jumps(modules("looker")), [])

    def test_a_hook_turns_off_only_the_fast_paths_of_the_causes_that_it_names(self) -> None:
        watcher = module("watcher", hooks={"trap_from_payload": ("illegal_instruction", "breakpoint")})
        text = fast_h(config(modules("watcher"), [watcher]))
        self.assertEqual(jumps_of(text), FIRMWARE_JUMPS + [PAYLOAD_JUMPS[0], *PAYLOAD_JUMPS[2:]])
        mask = int(next(line for line in text.split("payload_dispatch")[1].splitlines() if "0x" in line).split()[-1], 16)
        self.assertEqual((mask >> 2 & 1, mask >> 3 & 1, mask >> 4 & 1), (0, 0, 1))
        self.assertIn("vcpu_trap_is_one_of(vcpu, 0xc)", dispatch_h(config(modules("watcher"), [watcher])))

    def test_a_modules_own_hooks_do_not_turn_its_fast_path_off(self) -> None:
        self.assertEqual(jumps(modules("offload")), [*FIRMWARE_JUMPS, "fast_module_payload_ecall"])

    def test_hooks_of_another_module_turn_a_modules_fast_path_off(self) -> None:
        self.assertEqual(jumps(modules("protect", "offload")), FIRMWARE_JUMPS)

    def test_a_hook_of_a_later_module_that_the_modules_own_hook_prevents_leaves_its_fast_path_active(self) -> None:
        answers = module("answers", hooks={"ecall_from_payload": ()}, fast={"payload_ecall": "f"})
        for hook, leaves in (("ecall_from_payload", True), ("trap_from_payload", False), ("decided_next_exec_mode", False)):
            other = module("other", hooks={hook: ()})
            for names, active in ((("answers", "other"), leaves), (("other", "answers"), False)):
                with self.subTest(hook=hook, order=names):
                    found = jumps_of(fast_h(config(modules(*names), [answers, other])))
                    self.assertEqual("fast_module_payload_ecall" in found, active)

    def test_a_fast_path_for_software_interrupts_takes_the_place_of_hvs_step_in_both_worlds(self) -> None:
        notified = module("notified", hooks={"on_interrupt": ()}, fast={"machine_software_interrupt": "notified_fast"})
        path, step = "fast_module_machine_software_interrupt", "trap_step_interrupt"
        found = jumps_of(fast_h(config(modules("notified"), [notified])))
        self.assertEqual([name for name in found if name in (path, step)], [path] * 2)
        text = dispatch_h(config(modules("counter", "notified"), [module("counter"), notified]))
        self.assertIn("#define MODULE_OF_SOFTWARE_INTERRUPT 1\n", text)
        self.assertIn("return notified_fast(&modules->notified, hart, vcpu);", text)
        self.assertIn("#define MODULE_FAST_PATHS(PATH) \n", text)

    def test_a_hook_that_sees_interrupts_turns_off_the_fast_path_of_software_interrupts(self) -> None:
        fast = {"machine_software_interrupt": "notified_fast"}
        path = "fast_module_machine_software_interrupt"
        for hook in ("trap_from_payload", "trap_from_firmware", "decided_next_exec_mode"):
            own = module("own", hooks={"on_interrupt": (), hook: ()}, fast=fast)
            plain, other = module("plain", hooks={"on_interrupt": ()}, fast=fast), module("other", hooks={hook: ()})
            for text, known in ((modules("own"), [own]), (modules("plain", "other"), [plain, other])):
                with self.subTest(hook=hook, modules=text):
                    self.assertNotIn(path, jumps_of(fast_h(config(text, known))))
        limited = module("own", hooks={"on_interrupt": (), "trap_from_payload": ("breakpoint",)}, fast=fast)
        self.assertIn(path, jumps_of(fast_h(config(modules("own"), [limited]))))

    def test_a_hook_of_the_switch_to_the_firmware_leaves_the_paths_of_interrupts_active(self) -> None:
        notified = module("notified", hooks={"on_interrupt": ()}, fast={"machine_software_interrupt": "notified_fast"})
        switcher = module("switcher", hooks=("switch_from_payload_to_firmware",))
        for names in (("notified", "switcher"), ("switcher", "notified")):
            found = jumps_of(fast_h(config(modules(*names), [notified, switcher])))
            self.assertEqual(found.count("fast_module_machine_software_interrupt"), 2, names)
        self.assertEqual(jumps_of(fast_h(config(modules("switcher"), [switcher]))).count("trap_step_interrupt"), 2)

    def test_a_modules_fast_path_passes_an_exit_on_only_if_no_other_module_sees_it(self) -> None:
        other = module("other", hooks={"decided_next_exec_mode": ("illegal_instruction",)})
        fast = {"payload_ecall": "f", "payload_illegal_instruction": "g"}
        answers = module("answers", hooks={"ecall_from_payload": ()}, fast=fast)
        self.assertIn("#define CONFIG_FAST_PASS 0x204\n", config_h(config(modules("answers"), [answers])))
        self.assertIn("#define CONFIG_FAST_PASS 0x200\n", config_h(config(modules("answers", "other"), [answers, other])))
        switching = module("switching", hooks=("switch_from_payload_to_firmware",))
        self.assertIn("#define CONFIG_FAST_PASS 0x0\n", config_h(config(modules("answers", "switching"), [answers, switching])))
        self.assertIn("#define CONFIG_FAST_PASS 0x0\n", config_h(config("")))

    def test_an_exit_that_is_passed_on_does_not_skip_the_modules_own_hook_of_the_switch(self) -> None:
        hooks = {"ecall_from_payload": (), "switch_from_payload_to_firmware": ()}
        for fast, passed in (({"payload_ecall": "f"}, 0), ({"payload_ecall": "f", "payload_trap": "g"}, 0x200)):
            hiding = module("hiding", hooks=hooks, fast=fast)
            self.assertIn(f"#define CONFIG_FAST_PASS {passed:#x}\n", config_h(config(modules("hiding"), [hiding])))

    def test_an_image_has_the_parts_of_hv_that_one_of_its_modules_uses(self) -> None:
        user = module("user", uses=("hart_state",))
        with_it, without = (config_h(config(text, [user])) for text in (modules("user"), ""))
        self.assertIn("#define CONFIG_HART_STATE 0x1\n#define", with_it)
        self.assertIn("#define CONFIG_SUPERVISOR_TIMER 0x0\n", with_it)
        self.assertIn("#define CONFIG_HART_STATE 0x0\n", without)


class Json(unittest.TestCase):
    """Tests of config.json and the note."""

    def test_the_json_has_every_value_of_the_configuration_and_the_results_of_the_build(self) -> None:
        value = json.loads(config_json(config(modules("protect"))))
        self.assertEqual(value["name"], "sample")
        self.assertEqual(value["memory"], {"hv_size": None, "firmware": 0x8020_0000, "payload": 0x8040_0000})
        self.assertEqual(value["modules"][0]["name"], "protect")
        self.assertEqual(value["modules"][0]["events"], ["denied"])
        self.assertEqual(value["claims"], ["load_page_fault"])

    def test_the_json_lists_the_active_fast_paths_and_the_reason_why_others_are_off(self) -> None:
        every = [path.name for path in OWN_PATHS] + [FIRMWARE_MRET.name]
        self.assertEqual(in_json(""), in_json("") | {"fast_paths": every, "slow_paths": []})
        value = in_json(modules("protect"))
        self.assertNotIn("payload_ecall", value["fast_paths"])
        self.assertIn("payload_illegal", value["fast_paths"])
        reason = {"path": "payload_ecall", "cause": "environment_call_from_s_mode", "module": "protect", "hook": "ecall_from_payload"}
        self.assertIn(reason, value["slow_paths"])
        self.assertEqual({path["module"] for path in value["slow_paths"]}, {"protect"})

    def test_the_note_says_how_long_it_is(self) -> None:
        self.assertIn('.word 10, 9, 1\n.asciz "hartscope"', note_s(config(""), '{"a":"b"}'))

    def test_a_second_note_has_the_events_as_a_dump_has_them(self) -> None:
        text = schema_text([*EVENTS.values()])
        lines = note_s(config(""), "{}").splitlines()
        self.assertIn(f".word 10, {len(text)}, 2", lines)
        self.assertIn(r'.ascii "' + text.replace("\n", "\\n") + '"', lines)


if __name__ == "__main__":
    unittest.main()
