"""Runs the gate. It compares the costs of exits, boots and images with the committed baseline and with the limits of
the design."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from benchmarks.cost import figures
from benchmarks.gating import baseline as baselines
from benchmarks.gating import compare, measure, report, user, why
from benchmarks.gating.baseline import Baseline, Key, Measured
from benchmarks.gating.compare import Colour, Row
from cli import entry
from machines import images, options, qemu
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, Failure
from cli.workspace import user_path, workspace_file

BASELINE = "benchmarks/baseline.json"
DEFAULT_OUT = "out/gate"
USER_CONFIG = "qemu_virt"

# A machine copies a table from one pipe to another in less than this many seconds, even if it is busy.
OUTPUT_SECONDS = 1.0

EXAMPLES = """\
  bazel test //benchmarks:gate
  bazel run //benchmarks:gate -- --out=/tmp/gate
  bazel run //benchmarks:gate -- --update csr_read_mie boot_hv_instructions --because="mie is read by a table now"
  bazel run //benchmarks:gate_long -- --update all --because="another compiler"
  bazel run //benchmarks:gate -- --over-limit qemu_virt/fence --because="sfence.vma still takes the second tier"
  bazel run //benchmarks:gate -- --firmware=fw.elf --payload=Image --config=qemu_virt --baseline=fw.baseline.json
exit codes: 0 green or yellow, 1 red, 2 usage"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("gate", __doc__ or "", EXAMPLES)
    add = parser.add_argument
    add("--baseline", metavar="FILE", help=f"compare with this file (default: {BASELINE}, or FIRMWARE.baseline.json)")
    add("--update", nargs="+", metavar="FIGURE", help="record the present values of these figures: NAME, CONFIG/NAME, with *, or all")
    add("--over-limit", nargs="+", metavar="FIGURE", help="allow these figures to be above their limit for now")
    add("--because", metavar="TEXT", help="the reason for --update or --over-limit, which is written into the baseline")
    add("--long", action="store_true", help="also boot without Sstc and with other versions of OpenSBI")
    add("--out", metavar="DIR", help=f"where gate.md and gate.xml go (default {DEFAULT_OUT})")
    add("--firmware", metavar="FILE", help="measure your firmware instead, ELF or raw, with its own baseline")
    add("--payload", metavar="FILE", help="the program that the firmware starts: ELF or raw")
    add("--initrd", metavar="FILE", help="initial RAM disk for a Linux payload")
    add("--append", metavar="TEXT", help="the kernel's command line")
    add("--config", metavar="NAME|FILE.toml", help=f"hv's configuration for --firmware (default {USER_CONFIG})")
    add("--harts", type=options.hart_count, default=1, metavar="N", help="number of harts for --firmware (default 1)")
    add("--timeout", type=options.seconds, default=600, metavar="S", help="give up on one guest after S seconds")
    parser.set_defaults(firmware_addr=None, hv_addr=None, payload_addr=None)
    parsed = options.parse(parser, arguments)
    if bool(parsed.update or parsed.over_limit) != bool(parsed.because):
        raise Failure("--update and --over-limit need --because=\"…\", and --because needs one of them")
    if not parsed.firmware and (parsed.payload or parsed.initrd or parsed.append or parsed.config or parsed.qemu):
        raise Failure("--payload, --initrd, --append, --config and QEMU's arguments need --firmware")
    return parsed


def all_images() -> list[images.Image]:
    """Returns the image of every configuration in configs/."""
    return [images.load(path.with_suffix("")) for path in sorted(workspace_file("configs").glob("*.elf"))]


def baseline_path(parsed: argparse.Namespace) -> Path:
    """Returns the path of the baseline. This is the path from --baseline, or else a file beside the file from
    --firmware. Without both options it is the baseline of this tree, which the gate can only write if it was started by
    `bazel run`."""
    if parsed.baseline:
        return user_path(parsed.baseline)
    if parsed.firmware:
        firmware = user_path(parsed.firmware)
        return firmware.with_name(f"{firmware.name}.baseline.json")
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    return Path(workspace, BASELINE) if workspace else workspace_file(BASELINE)


def measured_and_kinds(parsed: argparse.Namespace) -> tuple[Measured, dict[str, str]]:
    """Measures all figures and returns them. Also returns what the modules of each configuration do, as one of the
    words that cost.figures.observing() returns."""
    if parsed.firmware:
        image = images.image(parsed.config or USER_CONFIG)
        return user.measure(parsed, image), {}  # without kinds the gate checks no limits: the limits do not apply to a user's firmware
    built = all_images()
    tasks = measure.short_tasks(built, parsed.timeout)
    tasks += measure.long_tasks(built, parsed.timeout) if parsed.long else []
    kinds = {image.name: figures.observing(image) for image in built}
    return measure.run(tasks, measure.versions(built[0], parsed.long)), kinds


def wanted(baseline: Baseline, measured: Measured, parsed: argparse.Namespace) -> list[Key]:
    """Returns the figures of the baseline that this run must measure. For a user's firmware, these are the figures with the same
    number of harts and the same configuration."""
    if parsed.firmware:
        configs = {config for config, _ in measured.values}
        return [key for key in baseline.values if key[0] in configs and user.is_of(key[1], parsed.harts)]
    return [key for key in baseline.values if parsed.long or not measure.is_long(key[1])]


def check_selection(baseline: Baseline, parsed: argparse.Namespace) -> None:
    """Raises Failure if --update selects figures of the long set and this run does not measure them. They would keep
    the values of an older image, while the reason of the update would seem to apply to them, too."""
    if parsed.long or parsed.firmware:
        return
    selected = baselines.selected(list(baseline.values), parsed.update or [])
    if left := [key for key in selected if measure.is_long(key[1])]:
        raise Failure(
            f"--update selects {len(left)} figures that this run does not measure, such as {baselines.text_of(left[0])}: "
            "use //benchmarks:gate_long, which measures all figures, or select fewer figures"
        )


def record(path: Path, baseline: Baseline, measured: Measured, parsed: argparse.Namespace, rows: list[Row]) -> Baseline:
    """Carries out --update and --over-limit, and writes the baseline. Returns the new baseline. If a figure is no
    longer over its limit, the reason for being over the limit is removed. But if the figure depends on timing, the
    reason stays, because the figure may be over its limit again with the next image."""
    over = {row.key for row in rows if "over by" in row.note}
    over |= {key for key in baseline.over_limit if compare.depends_on_course(key[1])}
    if parsed.update:
        needed = wanted(baseline, measured, parsed)
        baseline = baselines.update(baseline, measured, needed, parsed.update, parsed.because)
    if parsed.over_limit:
        keys = baselines.chosen(list(measured.values), parsed.over_limit)
        baseline.over_limit |= {key: parsed.because for key in keys if key in over}
    there = baseline.values
    excuses = baseline.over_limit.items()
    baseline.over_limit = {key: reason for key, reason in excuses if key in over or key not in measured.values and key in there}
    baselines.write(path, baseline)
    return baseline


def output_directory(text: str | None) -> Path:
    """Returns the directory for the reports, and makes it if necessary. Under `bazel test` this is the directory that
    Bazel provides for outputs of tests."""
    directory = user_path(text or os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or DEFAULT_OUT)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"--out: cannot make {directory}: {error.strerror}") from error
    return directory


def write_reports(directory: Path, rows: list[Row], colour: Colour, reasons: list[str]) -> None:
    """Writes the reports as Markdown and JUnit XML. Under `bazel test`, Bazel also uses the XML as the result of the
    test."""
    (directory / "gate.md").write_text(report.markdown(rows, colour, reasons))
    xml = report.junit(rows, colour, reasons)
    (directory / "gate.xml").write_text(xml)
    if test_xml := os.environ.get("XML_OUTPUT_FILE"):
        Path(test_xml).write_text(xml)


def colour_of(rows: list[Row], baseline: Baseline, measured: Measured, parsed: argparse.Namespace) -> Colour:
    """Returns the verdict on the whole run. The gate of this tree is a test. The test must also pass on another system
    than that of the baseline, where the versions of the programs differ and the gate may have nothing to compare. On
    the baseline's own system, and in a user's CI, a gate that compares nothing would be useless, so it fails."""
    is_same_system = baseline.versions.get("system") == measured.versions.get("system", "unknown")
    return compare.colour(rows, must_compare=bool(parsed.firmware) or is_same_system)


def gate(arguments: list[str]) -> int:
    """Runs the gate. Returns the exit code."""
    parsed = parse(arguments)
    qemu.check_version(qemu.version())
    path = baseline_path(parsed)
    baseline = baselines.read(path)
    check_selection(baseline, parsed)
    directory = output_directory(parsed.out)
    measured, kinds = measured_and_kinds(parsed)
    rows = compare.rows(baseline, measured, wanted(baseline, measured, parsed), kinds)
    if parsed.update or parsed.over_limit:
        baseline = record(path, baseline, measured, parsed, rows)
        rows = compare.rows(baseline, measured, wanted(baseline, measured, parsed), kinds)
        print(f"recorded in {path}\n")
    colour = colour_of(rows, baseline, measured, parsed)
    reasons = why.explain(rows, baseline, measured)
    write_reports(directory, rows, colour, reasons)
    print(report.terminal(rows, colour, reasons))
    print(f"\n{directory / 'gate.md'}\n{directory / 'gate.xml'}")
    return EXIT_GUEST_FAILED if colour is Colour.RED else EXIT_SUCCESS


def let_output_pass() -> None:
    """Waits until Bazel's test wrapper has copied the output. When a test ends, Bazel 4.2 kills the processes that copy
    the output."""
    sys.stdout.flush()
    if "TEST_WORKSPACE" in os.environ:
        time.sleep(OUTPUT_SECONDS)


if __name__ == "__main__":
    exit_code = entry.run(gate)
    let_output_pass()
    sys.exit(exit_code)
