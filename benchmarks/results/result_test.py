"""Tests the schema of results, which must refuse every kind of wrong result. Also tests the tables and the figure that
are made from a result."""

import copy
import json
import os
import shutil
import tempfile
import unittest
import warnings
from pathlib import Path
from typing import Any

import jsonschema

from analysis import exits_figure, style
from benchmarks.results import result, summary
from machines import images
from machines.console import PHASES
from machines.directory import PHASE_NAMES

GOOD: dict[str, Any] = {
    "schema": 1,
    "benchmark": "boot_qemu",
    "command": "bazel run //benchmarks:boot_qemu --",
    "build_id": "0123456789abcdef0123456789abcdef01234567",
    "config": "qemu_virt_counters",
    "mode": "hv",
    "harts": 1,
    "icount": False,
    "versions": {"qemu": "10.0.2"},
    "status": "ok",
    "phases": [{"name": "hv", "seconds": 0.001, "exits": 3}, {"name": "kernel", "seconds": 2.0, "exits": None}],
    "exits": {
        "total": 5,
        "by_cause": {"illegal_instruction": 4, "breakpoint": 1},
        "by_hart": [
            {
                "hart": 0,
                "total": 5,
                "by_cause": {"illegal_instruction": 4, "breakpoint": 1},
                "cycles": {"hv": 1, "firmware": 1, "payload": 2, "asleep": 4},
            }
        ],
    },
    "figures": [result.figure("boot_seconds", "seconds", 2.0)],
}


def changed(path: list[str | int], value: Any) -> dict[str, Any]:
    """Returns a copy of the good result in which one value is replaced."""
    bad = copy.deepcopy(GOOD)
    place: Any = bad
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return bad


class Schema(unittest.TestCase):
    def test_a_good_result_is_written_and_read_back(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = result.write(Path(directory), GOOD)
            self.assertEqual(json.loads(path.read_text()), GOOD)

    def test_the_schema_itself_is_valid(self) -> None:
        jsonschema.Draft7Validator.check_schema(result.schema())

    def test_the_schema_knows_exactly_the_modes_that_a_runner_offers(self) -> None:
        self.assertEqual(sorted(result.schema()["properties"]["mode"]["enum"]), sorted(images.MODES))

    def test_the_schema_knows_exactly_the_phases_that_a_run_can_have(self) -> None:
        names = result.schema()["definitions"]["phase"]["properties"]["name"]["enum"]
        self.assertEqual(names, [*PHASE_NAMES, *PHASES])

    def test_a_bare_result_has_no_build_id_config_or_exits(self) -> None:
        bare = {**GOOD, "build_id": None, "config": None, "mode": "bare", "exits": None}
        jsonschema.validate(bare, result.schema())

    def test_a_result_with_a_wrong_value_is_refused(self) -> None:
        wrong: list[tuple[list[str | int], Any]] = [
            (["schema"], 2),
            (["status"], "fine"),
            (["harts"], 0),
            (["mode"], "fast"),
            (["build_id"], "123"),
            (["versions"], {}),
            (["phases", 0, "name"], "boot"),
            (["phases", 0, "seconds"], -1),
            (["exits", "by_cause"], {"Illegal Instruction": 1}),
            (["exits", "by_hart", 0, "cycles"], {"hv": 1}),
            (["figures", 0, "better"], "smaller"),
            (["figures", 0, "samples"], [1.0]),
            (["surprise"], 1),
        ]
        for path, value in wrong:
            with self.subTest(path=path), self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate(changed(path, value), result.schema())

    def test_a_result_without_a_required_key_is_refused(self) -> None:
        for key in GOOD:
            bad = {name: value for name, value in GOOD.items() if name != key}
            with self.subTest(key=key), self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate(bad, result.schema())


class Showing(unittest.TestCase):
    def test_the_tables_show_phases_causes_and_shares(self) -> None:
        text = summary.tables(GOOD)
        for part in ("kernel", "illegal_instruction", "hart 0", "50.00 %"):
            self.assertIn(part, text)

    def test_the_tables_of_a_bare_boot_show_only_phases(self) -> None:
        text = summary.tables({**GOOD, "exits": None})
        self.assertIn("kernel", text)
        self.assertNotIn("cause", text)

    def test_drawing_the_same_result_twice_gives_the_same_bytes(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            first = [path.read_bytes() for path in exits_figure.draw(GOOD, Path(directory))]
            second = [path.read_bytes() for path in exits_figure.draw(GOOD, Path(directory))]
        self.assertEqual(first, second)
        self.assertTrue(first[0].startswith(b"\x89PNG"))
        self.assertIn(b"illegal_instruction", first[1])

    def test_the_figure_of_many_harts_has_room_for_its_legend(self) -> None:
        harts = [{**GOOD["exits"]["by_hart"][0], "hart": hart} for hart in range(64)]
        many = {**GOOD, "harts": 64, "exits": {**GOOD["exits"], "by_hart": harts}}
        with tempfile.TemporaryDirectory() as directory, warnings.catch_warnings():
            warnings.simplefilter("error")  # matplotlib warns if a legend leaves no room for the bars
            (picture, drawing) = exits_figure.draw(many, Path(directory))
            self.assertIn(b"hart 63", drawing.read_bytes())
            lowest = style.pyplot().imread(picture)[-40:, :, :3]
            self.assertLess(lowest.min(), 0.9, "the legend is at the bottom of the picture")
            shutil.copy(picture, os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", directory) + "/many_harts.png")

    def test_a_result_without_exits_has_no_figure(self) -> None:
        self.assertEqual(exits_figure.draw({**GOOD, "exits": None}, Path("/nonexistent")), [])


if __name__ == "__main__":
    unittest.main()
