"""Measures how many instructions one exit costs. Under icount, the result is exact, and it is the same on every
machine."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from benchmarks.cost import boots, figures, table
from benchmarks.cost.bench import Bench
from benchmarks.cost.figures import BARE, PLAIN, Figure
from benchmarks.results import outputs, result
from cli import entry
from machines import images, options, packages, qemu
from cli.failure import EXIT_SUCCESS, Failure
from cli.pattern import pattern
from cli.workspace import workspace_file

DEFAULT_OUT = "out/micro_qemu"

# These configurations are measured by default. The first has no modules, the second has counters, the third has
# counters and the trace, and the last has only the trace.
CONFIGS = [PLAIN, "qemu_virt_counters", "qemu_virt_trace", figures.TRACE_CONFIG, "qemu_virt_offload", "qemu_virt_protect_only"]

BOOTS = boots.WITH_SSTC + boots.WITHOUT_SSTC

EXAMPLES = """\
  bazel run //benchmarks:micro_qemu -- --out=/tmp/micro
  bazel run //benchmarks:micro_qemu -- --operations --config=qemu_virt --only='csr_.*_mie'
  bazel run //benchmarks:micro_qemu -- --config=qemu_virt --config=$HOME/mine.toml --no-boot
  bazel run //benchmarks:micro_qemu -- --all-configs --no-boot
  bazel run //benchmarks:micro_qemu -- --bare"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("micro_qemu", __doc__ or "", EXAMPLES)
    add = parser.add_argument
    several = f"measure this configuration; may be given several times (default: {', '.join(CONFIGS)})"
    add("--config", action="append", metavar="NAME|FILE.toml", help=several)
    add("--all-configs", action="store_true", help="measure every configuration of configs/")
    add("--bare", action="store_true", help="measure the same operations without hv, on the machine itself")
    add("--operations", action="store_true", help="measure only the operations of a firmware, which takes seconds per configuration")
    add("--only", type=pattern, metavar="REGEX", help="show only figures with a name that REGEX matches completely")
    add("--no-boot", action="store_true", help="leave out the Linux boots")
    add("--timeout", type=options.seconds, default=300, metavar="S", help="give up on one guest after S seconds")
    add("--out", metavar="DIR", help=f"where result.json goes (default {DEFAULT_OUT})")
    add("--json", action="store_true", help="print result.json instead of the table")
    parsed = options.parse(parser, arguments)
    if parsed.bare and (parsed.config or parsed.all_configs):
        raise Failure("--bare measures without hv, so it cannot be combined with --config or --all-configs")
    return parsed


def all_configs() -> list[str]:
    """Returns all configurations of configs/. The configurations that are measured by default come first."""
    there = sorted(path.stem for path in workspace_file("configs").glob("*.elf"))
    return CONFIGS + [name for name in there if name not in CONFIGS]


def chosen_images(parsed: argparse.Namespace) -> list[images.Image | None]:
    """Returns the images to measure. None stands for the bare machine."""
    if parsed.bare:
        return [None]
    names = all_configs() if parsed.all_configs else parsed.config or CONFIGS
    return [images.image(name) for name in names]


def measure(bench: Bench, parsed: argparse.Namespace) -> list[Figure]:
    """Returns the figures of one configuration."""
    found = figures.operations(bench)
    if parsed.operations:
        return found
    found += figures.sbi_base(bench) + figures.sbi_calls(bench) + figures.size(bench)
    if bench.image:
        found += [boots.start(bench, harts)[0] for harts in boots.START_HARTS]
    if not parsed.no_boot:
        found += [boots.hv_instructions(bench, boot)[0] for boot in BOOTS] if bench.image else []
        found.append(boots.all_instructions(bench))
    if figures.config_of(bench) == PLAIN:
        found += figures.switch_module(bench) + figures.context_swap(bench)
        found += figures.trace(bench) + figures.trace_off(bench, found)
        found += [] if parsed.no_boot else figures.trace_boot_overhead(bench)
    return found


def describe(arguments: list[str], measured: list[images.Image | None], found: list[Figure]) -> dict[str, Any]:
    """Returns the contents of result.json."""
    return result.describe(
        "micro_qemu",
        arguments,
        measured[0],
        {"qemu": qemu.version(), **packages.linux_versions()},
        mode="hv" if measured[0] else "bare",
        harts=1,
        icount=True,
        status="ok",
        phases=[],
        exits=None,
        figures=found,
    )


def earlier_values(directory: Path) -> table.Values:
    """Returns the figures of the last run that wrote into this directory. The result is empty if there was no such
    run."""
    try:
        earlier = json.loads((directory / "result.json").read_text())
        return table.by_config(earlier["figures"], earlier["config"] or BARE)
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def shown(found: list[Figure], only: re.Pattern[str] | None) -> list[Figure]:
    """Returns the figures that --only selects."""
    return [each for each in found if only is None or only.fullmatch(each["name"])]


def print_tables(
    found: list[Figure], measured: list[images.Image | None], was: table.Values, only: re.Pattern[str] | None
) -> None:
    """Prints a table. If one configuration was measured, the table also shows the figures of the last run. If several
    configurations were measured, it shows them side by side."""
    kinds = {image.name if image else BARE: figures.observing(image) for image in measured}
    values = table.by_config(shown(found, only), BARE)
    if len(kinds) > 1:
        print(table.side_by_side(values, kinds))
        return
    for config, of_config in values.items():
        print(table.was_and_is(of_config, was.get(config, {}), config, kinds.get(config, "traced")))


def benchmark(arguments: list[str]) -> int:
    """Runs the benchmark. Returns the exit code."""
    parsed = parse(arguments)
    qemu.check_version(qemu.version())
    measured = chosen_images(parsed)
    found: list[Figure] = []
    with outputs.opened(parsed.out or None, DEFAULT_OUT, "micro_qemu") as output:
        for image in measured:
            found += measure(Bench(image, parsed.timeout, parsed.qemu), parsed)
        was = earlier_values(output.earlier or output.path)
        described = describe(arguments, measured, found)
        path = result.write(output.path, described)
    if parsed.json:
        print(json.dumps(described, indent=2))
    else:
        print_tables(found, measured, was, parsed.only)
        print(f"\n{path}")
    return EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(benchmark))
