"""Defines the command-line options that all runners share, and checks that these options do not contradict each
other."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from machines import boards, images, kernel_symbols, qemu, recording
from machines.machine import Settings
from cli.failure import EXIT_USAGE, Failure


class Parser(argparse.ArgumentParser):
    """An argparse parser that does not accept abbreviations, and that uses this project's exit code for wrong usage."""

    def __init__(self, program: str, description: str, examples: str, more: str = " [-- QEMU ARGS]") -> None:
        super().__init__(
            prog=f"bazel run //benchmarks:{program} --",
            usage=f"bazel run //benchmarks:{program} -- [options]{more}",
            description=description,
            epilog=f"examples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(EXIT_USAGE, f"error: {message} (--help shows the options and examples)\n")


@dataclass(frozen=True)
class Choice:
    """The user's choice: a mode, and the configuration of hv. The configuration is None on the bare machine."""

    mode: str
    config: str | None


def hart_count(text: str) -> int:
    """Parses --harts."""
    if not text.isdecimal() or not 1 <= int(text) <= qemu.MAX_HARTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {qemu.MAX_HARTS}")
    return int(text)


def hart_list(text: str) -> list[int]:
    """Parses numbers of harts with commas between them. Leaves out repetitions."""
    return list(dict.fromkeys(hart_count(number) for number in text.split(",")))


def node_count(text: str) -> int:
    """Parses --numa-nodes."""
    if not text.isdecimal() or not 1 <= int(text) <= qemu.MAX_NODES:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {qemu.MAX_NODES}")
    return int(text)


def seconds(text: str) -> float:
    """Parses --timeout."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


def add_common(parser: argparse.ArgumentParser, harts: int, timeout: float) -> None:
    """Adds the options that every runner has."""
    add = parser.add_argument
    add("--harts", type=hart_count, default=harts, metavar="N", help=f"number of harts (default {harts})")
    add("--config", metavar="NAME|FILE.toml", help=f"hv's configuration (default {images.DEFAULT_CONFIG})")
    add("--mode", choices=list(images.MODES), help="choose hv's configuration by the mode of a benchmark, instead of --config")
    add("--board", choices=list(boards.BOARDS), help=f"with --bare: the board (default {boards.DEFAULT}); hv's configuration names its own")
    add("--numa-nodes", type=node_count, metavar="N", help="divide harts and memory evenly among N NUMA nodes")
    add("--bare", action="store_true", help="run without hv: the firmware runs in physical M-mode")
    add("--icount", action="store_true", help="make the run repeatable: one nanosecond per instruction, fixed seed and clock")
    add("--timeout", type=seconds, default=timeout, metavar="S", help=f"stop the run after S seconds (default {timeout:g})")
    add("--trigger", action="append", default=[], metavar="CONDITION", help="keep only the trace around the first record that fulfils this, such as 'exit.cycles>50000'")
    add("--before", metavar="TIME", help="with --trigger: how much of the trace to keep from before it, such as 200ms (default 1s)")
    add("--after", metavar="TIME", help="with --trigger: how much to keep from after it (default 1s)")
    add("--gdb", action="store_true", help="wait for a debugger, and print the command that starts it; no time-out")
    add("--out", metavar="DIR", help="directory for the results, relative to where you typed the command")
    add("--ignore-kernel-log", action="store_true", help="do not fail the run because of a fault in the Linux kernel's log")
    add("--json", action="store_true", help="print result.json instead of tables")
    parser.epilog = f"Arguments after a second -- go to QEMU.\n\n{parser.epilog}"


def parse(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """Parses a command line. The member `qemu` of the result contains the words after --."""
    border = arguments.index("--") if "--" in arguments else len(arguments)
    parsed = parser.parse_args(arguments[:border])
    parsed.qemu = arguments[border + 1 :]
    return parsed


def choice(options: argparse.Namespace) -> Choice:
    """Returns the mode and the configuration that the options --bare, --mode and --config select. Raises Failure if
    they contradict each other."""
    if options.mode and options.config:
        raise Failure("--mode and --config both select hv's configuration: give only one")
    if options.bare and options.config:
        raise Failure("--bare runs without hv, so --config has no meaning with it")
    if options.bare and options.mode not in (None, "bare"):
        raise Failure(f"--bare and --mode={options.mode} contradict each other")
    is_bare = options.bare or options.mode == "bare"
    if options.board and not is_bare:
        raise Failure("--board is for --bare: with hv, the configuration names the board ([platform] name)")
    if is_bare:
        return Choice("bare", None)
    if options.mode:
        return Choice(options.mode, images.MODES[options.mode])
    return Choice("hv", options.config or images.DEFAULT_CONFIG)


def recorder(options: argparse.Namespace) -> list[str]:
    """Returns the options of `hstrace live` for --trigger, --before and --after."""
    words = [f"--trigger={condition}" for condition in options.trigger]
    times = {"--before": options.before, "--after": options.after}
    return words + [f"{name}={time}" for name, time in times.items() if time is not None]


def check_recorder(options: argparse.Namespace, image: images.Image | None) -> None:
    """Raises Failure if --trigger, --before and --after are wrong, or if the image has no trace for them."""
    words = recorder(options)
    if not words:
        return
    if not (image and image.has_trace):
        raise Failure(f"{words[0].split('=')[0]} needs an hv with the module trace, such as --config={images.DEFAULT_CONFIG}")
    recording.check_options(words)


def settings(options: argparse.Namespace, directory: Path, stdin: int | None) -> Settings:
    """Returns the settings of the machine that the common options select. @p directory is the directory for the trace,
    and @p stdin is the file from which the guest's console reads, as in subprocess."""
    return Settings(
        dump=directory / recording.DUMP,
        recorder=recorder(options),
        kernel_symbols=directory / kernel_symbols.LIST,
        harts=options.harts,
        board=options.board or boards.DEFAULT,
        icount=options.icount,
        timeout=options.timeout,
        gdb=options.gdb,
        stdin=stdin,
        ignore_kernel_log=options.ignore_kernel_log,
        numa_nodes=options.numa_nodes,
        extra=options.qemu,
    )
