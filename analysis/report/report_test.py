"""Tests of the report: that it shows all results and nothing else, and that people can read it in a browser, on light and dark
ground, on wide and narrow screens, and without a mouse."""

from __future__ import annotations

import csv
import html
import io
import itertools
import json
import os
import re
import unittest
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from analysis.report import charts, content, data, report
from cli.failure import Failure
from cli.workspace import workspace_file
from trace.perfetto.chromium import Chromium

LEAST_CONTRAST = 4.5  # WCAG 2.1, 1.4.3: text; more than 1.4.11 wants of parts of charts
FAST = [1.0, 1.01, 0.99, 1.02, 1.0, 0.98]
NARROW, WIDE = 360, 1400


def figure(name: str, unit: str, better: str = "lower", **more: Any) -> dict[str, Any]:
    """Returns a figure of a result."""
    return {"name": name, "unit": unit, "better": better, "deterministic": "value" in more, **more}


def result(mode: str, harts: int, figures: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Returns a result that no machine measured."""
    config = None if mode == "bare" else f"qemu_virt_{mode}"
    return {
        "schema": 1, "benchmark": "multi_hart_qemu", "command": f"bazel run //benchmarks:multi_hart_qemu -- --harts={harts} '<&>'",
        "build_id": None, "config": config, "mode": mode, "harts": harts, "icount": False, "versions": {"qemu": "10.0 <b>", "long": "1:10.0.2+ds-2+deb13u1~bpo12+1" * 2},
        "status": "ok", "phases": [], "exits": None, "figures": figures, **more,
    }  # fmt: skip


def boot(mode: str, harts: int) -> dict[str, Any]:
    """Returns the result of a boot with exits."""
    cycles = {"hv": 10, "firmware": 20, "payload": 60, "asleep": 10}
    by_hart = [{"hart": i, "total": 6, "by_cause": {"breakpoint": 1, "illegal_instruction": 5}, "cycles": cycles} for i in range(harts)]
    exits = {"total": 6 * harts, "by_cause": {"breakpoint": harts, "illegal_instruction": 5 * harts}, "by_hart": by_hart}
    phases = [{"name": "hv", "seconds": 0.01, "exits": 0}, {"name": "kernel", "seconds": 4.5, "exits": 6}]
    found = [figure("boot_seconds", "seconds", value=4.51), figure("hv_share", "ratio", value=0.1)]
    for each in found:
        each["deterministic"] = False
    return result(mode, harts, found, benchmark="boot_qemu", phases=phases, exits=exits)


def write(folder: Path, name: str, described: dict[str, Any]) -> Path:
    """Writes a result."""
    (folder / name).mkdir(parents=True)
    (folder / name / content.RESULT).write_text(json.dumps(described))
    return folder / name


def several(folder: Path) -> None:
    """Writes results of all kinds."""
    for harts in (1, 2, 4):
        for mode, factor in (("hv", 2.0), ("bare", 1.0)):
            samples = [figure("timer_wake", "ns", samples=[1000 * factor * each * harts for each in FAST])]
            samples.append(figure("redis_set", "requests_per_second", "higher", samples=[each / factor for each in FAST]))
            write(folder, f"multi_hart/{mode}_{harts}", result(mode, harts, samples))
    both = [figure("pages_4_total", "instructions", config=config, samples=[factor * each for each in FAST])
            for config, factor in (("bare", 3.0), ("qemu_virt_hv+offload", 1.0))]  # fmt: skip
    both.append(figure("offload_gain_pages_4", "ratio", config="qemu_virt_hv+offload", value=0.33))
    write(folder, "offload_gain", result("hv+offload", 4, both, benchmark="offload_gain"))
    write(folder, "boot_hv", boot("hv", 2))
    write(folder, "micro", result("hv", 1, [figure("csr_read", "instructions", value=99), figure("image_bytes", "bytes", value=40776)]))
    (folder / "boot_hv/trace.pftrace").touch()


def page_of(folder: Path) -> str:
    """Makes the report of a folder, and returns the page."""
    output = folder / "page.html"
    assert report.main([str(folder), "-o", str(output)]) == 0
    return output.read_text()


class Links(HTMLParser):
    """Collects the addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


class Content(unittest.TestCase):
    def test_each_figure_each_run_and_each_version_is_on_the_page(self) -> None:
        with TemporaryDirectory() as name:
            several(Path(name))
            text = page_of(Path(name))
        for shown in ("timer_wake", "redis_set", "csr_read", "image_bytes", "40,776", "4.51", "10.00", "illegal_instruction", "hart 1"):
            self.assertIn(shown, text)
        self.assertIn(html.escape("10.0 <b>"), text)
        self.assertNotIn("10.0 <b>", text)
        self.assertEqual(text.count("<h3>multi_hart_qemu"), 3)
        self.assertIn("9 runs, each with its command", text)

    def test_a_run_of_several_configurations_is_compared_with_the_bare_machine(self) -> None:
        with TemporaryDirectory() as name:
            several(Path(name))
            (table,) = [table for table in content.compared(content.find([Path(name)])) if table["benchmark"] == "offload_gain"]
        self.assertEqual((table["first"].mode, table["modes"]), ("bare", ["hv+offload"]))
        (row,) = table["rows"]
        self.assertAlmostEqual(row["cells"][0]["ratio"].ratio, 1 / 3, delta=0.01)

    def test_a_run_with_a_trigger_has_a_section_with_its_picture(self) -> None:
        with TemporaryDirectory() as name:
            several(Path(name))
            self.assertNotIn('id="triggers"', page_of(Path(name)))
            run = Path(name, "boot_hv")
            (run / content.TRIGGER_PICTURE).write_bytes(b"picture")
            (run / content.NUMBERS).write_text('{"triggers": []}')
            self.assertNotIn('id="triggers"', page_of(Path(name)))
            (run / content.NUMBERS).write_text('{"triggers": [{"seconds": 1.25}]}')
            section = page_of(Path(name)).split('id="triggers"', 1)[1].split("</section>", 1)[0]
            self.assertEqual(section.count("data:image/png;base64,"), 1)
            for file in ("trigger.png", "trigger_2.png", "trigger_3.png"):  # the last one comes from an earlier call
                (run / file).write_bytes(file.encode())
            (run / content.NUMBERS).write_text('{"triggers": [{"seconds": 1.25}], "trigger_pictures": ["trigger.png", "trigger_2.png", "none.png"]}')
            section = page_of(Path(name)).split('id="triggers"', 1)[1].split("</section>", 1)[0]
        self.assertIn("1.250000", section)
        self.assertEqual(section.count("data:image/png;base64,"), 3)

    def test_runs_of_two_machines_are_both_on_the_page(self) -> None:
        with TemporaryDirectory() as name:
            for place, factor in (("board", 3), ("qemu", 1)):
                samples = [figure("timer_wake", "ns", samples=[1000 * factor * each for each in FAST])]
                write(Path(name), place, result("hv", 2, samples))
                write(Path(name), f"{place}_micro", result("hv", 1, [figure("fence", "instructions", value=100 * factor)]))
                write(Path(name), f"{place}_boot", boot("hv", 2))
            runs = content.find([Path(name)])
            (table,) = content.compared(runs)
            self.assertEqual([table["name_of_first"], *table["modes"]], ["hv (board)", "hv (qemu)"])
            self.assertEqual(table["rows"][0]["median"], "3,000")
            self.assertEqual(content.costs(runs)["configs"], ["qemu_virt_hv", "qemu_virt_hv (qemu_micro)"])
            self.assertEqual(content.costs(runs)["rows"][0]["values"], ["300", "100"])
            self.assertEqual(content.phases_chart(runs).count(", kernel: 4.5 seconds"), 2)
            self.assertIn("hv (board)", page_of(Path(name)))

    def test_a_verdict_says_what_is_better_for_times_and_for_rates(self) -> None:
        with TemporaryDirectory() as name:
            several(Path(name))
            runs = content.find([Path(name)])
            rows = {row["name"]: row for row in content.compared(runs)[0]["rows"]}
        for each in ("timer_wake", "redis_set"):
            (cell,) = rows[each]["cells"]
            self.assertEqual(cell["ratio"].verdict, "slower")
        self.assertEqual((rows["timer_wake"]["better"], rows["redis_set"]["better"]), ("less", "more"))

    def test_files_of_a_run_are_linked_relative_to_the_page_and_nothing_comes_from_outside(self) -> None:
        with TemporaryDirectory() as name:
            several(Path(name))
            links = Links(page_of(Path(name))).found
            for link in links:
                self.assertNotIn("//", link)
                if not link.startswith(("#", "data:")):
                    self.assertTrue(Path(name, link).is_file(), link)
        self.assertIn("boot_hv/trace.pftrace", links)

    def test_each_run_has_a_place_with_its_command_and_each_link_to_a_run_leads_to_one(self) -> None:
        with TemporaryDirectory() as name:
            several(Path(name))
            text = page_of(Path(name))
            runs = content.find([Path(name)])
        places = re.findall(r'<li id="(run-\d+)">(.*?): <code>(.*?)</code>', text)
        self.assertEqual([(place, html.unescape(command)) for place, _, command in places],
                         [(f"run-{index + 1}", run.result["command"]) for index, run in enumerate(runs)])  # fmt: skip
        self.assertEqual(set(re.findall(r'href="#(run-\d+)"', text)), {place for place, _, _ in places}, "every run is used somewhere")

    def test_the_links_beside_a_number_lead_to_the_run_that_measured_it(self) -> None:
        with TemporaryDirectory() as name:
            several(Path(name))
            write(Path(name), "more", result("hv", 1, [figure("fence", "instructions", value=7)]))
            text = page_of(Path(name))
            place = {run.folder.name: f"run {index + 1}" for index, run in enumerate(content.find([Path(name)]))}
        sections = dict(re.findall(r'<section id="(\w+)">(.*?)</section>', text, re.DOTALL))
        (column,) = re.findall(r'<th scope="col" class="n">qemu_virt_hv<small>(.*?)</small>', sections["costs"], re.DOTALL)
        self.assertEqual(re.findall(r"run \d+", column), [place["micro"], place["more"]])
        (boot_row,) = re.findall(r"<tbody>(.*?)</tbody>", sections["boots"], re.DOTALL)
        self.assertEqual(re.findall(r">(run \d+)<", boot_row), [place["boot_hv"]])
        for chart in re.findall(r"<figcaption>(.*?)</figcaption>", sections["scaling"], re.DOTALL):
            wanted = {place[f"{mode}_{harts}"] for mode in ("bare", "hv") for harts in (1, 2, 4)}
            self.assertEqual(set(re.findall(r"run \d+", chart)), wanted)

    def test_the_data_behind_the_page_is_in_it_as_csv(self) -> None:
        with TemporaryDirectory() as name:
            several(Path(name))
            links = [link for link in Links(page_of(Path(name))).found if link.startswith("data:text/csv")]
            runs = content.find([Path(name)])
        self.assertEqual(len(set(links)), len(data.TABLES))
        tables = [list(csv.DictReader(io.StringIO(urllib.parse.unquote(link.partition(",")[2])))) for link in links]
        of = {frozenset(rows[0]): rows for rows in tables}
        samples, values, phases, exits = (
            next(rows for keys, rows in of.items() if key in keys) for key in ("sample", "deterministic", "phase", "hart")
        )
        figures = [(run, each) for run in runs for each in run.result["figures"]]
        self.assertEqual([float(row["value"]) for row in samples], [value for _, each in figures for value in each.get("samples", [])])
        self.assertEqual([(row["run"], row["figure"], float(row["value"])) for row in values],
                         [(run.folder.name, each["name"], each["value"]) for run, each in figures if "value" in each])  # fmt: skip
        self.assertEqual([(row["phase"], float(row["seconds"])) for row in phases], [("hv", 0.01), ("kernel", 4.5)])
        self.assertEqual(sum(int(row["value"]) for row in exits if row["kind"] == "exits"), 12)
        self.assertEqual(sum(int(row["value"]) for row in exits if row["kind"] == "cycles"), 200)

    def test_rows_of_folders_with_the_same_name_differ_in_the_number_of_the_run_on_the_page(self) -> None:
        with TemporaryDirectory() as name:
            write(Path(name), "a/boot_hv", boot("hv", 1))
            write(Path(name), "b/boot_hv", boot("hv", 1) | {"status": "failed"})
            runs = content.find([Path(name)])
        for table, rows in ((table, list(csv.DictReader(io.StringIO(data.text(table, runs))))) for table in ("phases", "exits", "values")):
            with self.subTest(table):
                described = {(row["run"], row["number"], row["status"]) for row in rows}
                self.assertEqual(described, {("boot_hv", "1", "ok"), ("boot_hv", "2", "failed")})

    def test_a_run_is_on_the_page_once_even_if_several_directories_contain_it(self) -> None:
        with TemporaryDirectory() as name:
            several(Path(name))
            Path(name, "link").symlink_to(Path(name, "micro"))
            wanted = content.find([Path(name)])
            self.assertEqual(content.find([Path(name), Path(name, "micro"), Path(name, "multi_hart"), Path(name, "link")]), wanted)

    def test_addresses_are_quoted(self) -> None:
        with TemporaryDirectory() as name:
            folder = Path(name, "50% #1?")
            write(folder, "a run", boot("hv", 1))
            (folder / report.HISTORY).touch()
            run = write(folder, "exact #2", result("hv", 1, [figure("csr_read", "instructions", value=99)]))
            output = Path(name, "page.html")
            self.assertEqual(report.main([str(folder), "-o", str(output)]), 0)
            found = [link for link in Links(output.read_text()).found if link.startswith("50")]
            places = {Path(name, urllib.parse.unquote(link)) for link in found}
            self.assertTrue(all(place.is_file() for place in places))
            self.assertLessEqual({folder / report.HISTORY, run / content.RESULT}, places)
            self.assertFalse(set("#? ") & set("".join(found)))

    def test_the_page_never_replaces_a_result_or_the_history(self) -> None:
        with TemporaryDirectory() as name:
            run = write(Path(name), "boot", boot("hv", 1))
            (Path(name) / report.HISTORY).write_text("history")
            for out in (run / content.RESULT, Path(name, report.HISTORY)):
                self.assertRaisesRegex(Failure, "would replace the input", report.main, [name, "-o", str(out)])
            self.assertEqual((Path(name) / report.HISTORY).read_text(), "history")

    def test_the_history_is_linked_if_there_is_one(self) -> None:
        with TemporaryDirectory() as name:
            folder = Path(name, "out/all")
            folder.mkdir(parents=True)
            several(folder)
            self.assertNotIn("history.html", page_of(folder))
            (folder.parent / report.HISTORY).touch()
            self.assertIn('<a href="../history.html">The history</a>', page_of(folder))
            (folder / "other.html").touch()
            report.main([str(folder), f"--history={folder}/other.html"])
            self.assertIn('<a href="other.html">The history</a>', (folder / report.DEFAULT_NAME).read_text())
            self.assertRaisesRegex(Failure, "--history: no file", report.main, [str(folder), f"--history={folder}/none"])

    def test_the_bare_machine_is_the_first_mode_and_each_phase_has_a_colour(self) -> None:
        self.assertEqual(content.FIRST_MODE, "bare")
        self.assertLessEqual(len(content.PHASES), 8)

    def test_every_section_in_the_navigation_exists_and_the_reverse(self) -> None:
        with TemporaryDirectory() as name:
            several(Path(name))
            text = page_of(Path(name))
        self.assertEqual(re.findall(r'<a href="#(\w+)"', text), re.findall(r'<section id="(\w+)"', text))

    def test_a_single_run_and_a_run_without_anything_have_a_page(self) -> None:
        for described in (boot("bare", 1), result("bare", 1, []), result("hv", 1, [figure("dd", "seconds", samples=[1.0])], status="failed")):
            with TemporaryDirectory() as name:
                write(Path(name), "one", described)
                self.assertIn("1 run of benchmarks", page_of(Path(name)))

    def test_wrong_input_is_refused_with_the_reason(self) -> None:
        with TemporaryDirectory() as name:
            self.assertRaisesRegex(Failure, "no result.json in", report.main, [name])
            self.assertRaisesRegex(Failure, "no directory", report.main, [f"{name}/none"])
            for text, reason in (("{", "is no result of a benchmark: Expecting"), ("{}", "is no result of a benchmark: 'schema' is a required")):
                Path(name, content.RESULT).write_text(text)
                self.assertRaisesRegex(Failure, reason, report.main, [name])


class Charts(unittest.TestCase):
    def test_numbers_have_three_digits_and_separators(self) -> None:
        shown = {12345.6: "12,346", 99: "99", 0.5: "0.5", 1.23456: "1.23", 0.000123: "1.2e-04"}
        self.assertEqual({value: charts.number(value) for value in shown}, shown)

    def test_ticks_are_round_and_inside(self) -> None:
        for high in (1, 7, 12.5, 99, 123456):
            found = charts.ticks(0, high)
            self.assertTrue(3 <= len(found) <= 7 and found[0] == 0 and found[-1] <= high * 1.001, (high, found))

    def test_the_interval_of_a_point_is_drawn_from_its_low_to_its_high_end(self) -> None:
        text = charts.curves("curves", {"bare": {1: charts.Median(10, 5, 20), 2: charts.Median(10, 10, 10)}}, "ns")
        (interval,) = re.findall(r'<path d="M[\d.]+ ([\d.]+)V([\d.]+)" class="line interval c0"/>', text)
        low, high = map(float, interval)
        (middle, _) = [float(y) for y in re.findall(r'<circle cx="[\d.]+" cy="([\d.]+)"', text)]
        base, top = 220 - charts.AXIS, 28
        self.assertEqual([(base - each) / (base - top) for each in (low, middle, high)], [0.25, 0.5, 1.0])
        self.assertIn("10 (5 to 20) ns", text)

    def test_the_dot_of_a_ratio_is_left_of_the_line_if_it_is_below_1(self) -> None:
        rows = [charts.Ratio("half", 0.5, 0.4, 0.6, "faster"), charts.Ratio("unknown", 1.0, 0.0, float("inf"), "no evidence")]
        text = charts.ratios("ratios", rows)
        (one,) = re.findall(r'<line x1="([\d.]+)" x2="\1"', text)
        dots = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', text)]
        self.assertLess(dots[0], float(one))
        self.assertEqual(dots[1], float(one))
        self.assertNotIn("nan", text)


def luminance(colour: str) -> float:
    """Returns the relative luminance of a colour (WCAG 2.1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear: list[float] = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Returns the contrast ratio of two colours (WCAG 2.1)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


class Style(unittest.TestCase):
    def test_all_text_has_enough_contrast_on_light_and_dark_ground(self) -> None:
        style = workspace_file("analysis/report/report.css").read_text()
        light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in style.split("@media (prefers-color-scheme: dark)"))
        self.assertEqual(set(light), set(dark))
        for colours in (light, dark):
            for name, ground in itertools.product(set(colours) - {"ground", "card", "line"}, ("ground", "card")):
                self.assertGreater(contrast(colours[name], colours[ground]), LEAST_CONTRAST, f"{name} on {ground} of {colours['ground']}")


class Browser(unittest.TestCase):
    """Looks at the page in a real browser. The pictures stay among the test's outputs."""

    def test_the_page_fits_wide_and_narrow_screens_on_light_and_dark_ground(self) -> None:
        outputs = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", "."))
        with TemporaryDirectory() as name:
            several(Path(name))
            page_of(Path(name))
            for width, scheme in itertools.product((WIDE, NARROW), ("light", "dark")):
                with Chromium(WIDE, 1000) as browser:
                    browser.call("Emulation.setDeviceMetricsOverride", {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False})
                    browser.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
                    browser.open(f"file://{name}/page.html")
                    browser.wait("document.readyState === 'complete' && document.querySelector('main')")
                    self.assertLessEqual(browser.run("document.documentElement.scrollWidth"), width, "nothing is wider than the screen")
                    ground = browser.run("getComputedStyle(document.body).backgroundColor")
                    self.assertEqual(ground == "rgb(255, 255, 255)", scheme == "light")
                    self.assertEqual(browser.errors(), [])
                    (outputs / f"report_{width}_{scheme}.png").write_bytes(browser.screenshot())
                    if (width, scheme) == (WIDE, "light"):
                        self.check_keyboard(browser)
                        self.check_filter(browser)

    def check_keyboard(self, browser: Chromium) -> None:
        """Tabs through the page: every link, table, summary and field gets the focus, and shows it."""
        wanted = browser.run("document.querySelectorAll('a[href], summary, input, [tabindex=\"0\"]').length")
        reached = set()
        for _ in range(wanted + 5):
            for kind in ("rawKeyDown", "keyUp"):
                browser.call("Input.dispatchKeyEvent", {"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9})
            place = "[...document.querySelectorAll('*')].indexOf(document.activeElement)"
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            index, style = browser.run(f"[{place}, {outline}]")
            if browser.run("document.activeElement !== document.body"):
                self.assertEqual(style, "solid")
                reached.add(index)
        hidden = browser.run("document.querySelectorAll('details:not([open]) > :not(summary) a').length")
        self.assertGreaterEqual(len(reached), wanted - hidden)

    def check_filter(self, browser: Chromium) -> None:
        """Types a part of a name: only rows with it stay."""
        browser.run("(document.getElementById('filter').value = 'csr', document.getElementById('filter').oninput({target: document.getElementById('filter')}))")
        shown = browser.run("[...document.querySelectorAll('#exact tbody tr')].filter(row => !row.hidden).map(row => row.querySelector('code').textContent)")
        self.assertEqual(shown, ["csr_read"])


if __name__ == "__main__":
    unittest.main()
