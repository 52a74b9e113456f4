"""Boots Linux under QEMU, with or without hv, runs a workload in Linux, and reports how the time was spent."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from benchmarks.boot_parts import Parts, parts_of, require_accepted
from benchmarks.boot_task import FTRACE_EVENTS, CommandOutput, Task, task_of, unmet
from benchmarks.results import outputs, result, summary
from benchmarks.results.files import LEFT, Files, leave
from cli import entry, progress, terminal
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, Failure
from machines import boards, images, options, qemu, recording, session
from machines.diagnosis import exit_code, report
from machines.machine import Guest, Settings
from machines.outside import TrapLog
from machines.place import placed
from machines.run import Observer, Run
from trace.ftrace import merge
from trace.ftrace.stream import FtraceError

DEFAULT_OUT = "out/boot_qemu"

EXAMPLES = """\
  bazel run //benchmarks:boot_qemu
  bazel run //benchmarks:boot_qemu -- --harts=4 --out=/tmp/boot
  bazel run //benchmarks:boot_qemu -- --bare --harts=4
  bazel run //benchmarks:boot_qemu -- --config=qemu_virt_debug --icount
  bazel run //benchmarks:boot_qemu -- --command="dd if=/dev/zero of=/tmp/file bs=1M count=64"
  bazel run //benchmarks:boot_qemu -- --shell
  bazel run //benchmarks:boot_qemu -- --firmware=fw_dynamic.elf --kernel=Image --initrd=rootfs.cpio --append="loglevel=7"
  bazel run //benchmarks:boot_qemu -- --record
  bazel run //benchmarks:boot_qemu -- --trigger='exit.cycles>50000' --before=200ms --after=50ms
  bazel run //benchmarks:boot_qemu -- --harts=2 -- -cpu rv64,sstc=off"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("boot_qemu", __doc__ or "", EXAMPLES)
    options.add_common(parser, harts=2, timeout=300)
    add = parser.add_argument
    add("--firmware", metavar="FILE", help="your firmware, ELF or raw, instead of Debian's OpenSBI")
    add("--kernel", metavar="FILE", help="your Linux, an uncompressed Image, instead of Debian's")
    add("--initrd", metavar="FILE", help="your initial RAM disk; its init does not have to support hartscope")
    add("--append", default="", metavar="TEXT", help="more words for the kernel's command line")
    add("--command", metavar="TEXT", help="run this shell command in the guest, instead of the workload")
    add("--shell", action="store_true", help="a shell in the guest, on your terminal; exit, poweroff or Ctrl-A x ends it")
    add("--record", action="store_true", help=f"let hsctl record the trace in the guest, into DIR/{outputs.GUEST_DUMP}")
    add(
        "--ftrace",
        nargs="?",
        const=FTRACE_EVENTS,
        metavar="EVENTS",
        help=f"also record the kernel's own trace, into the same Perfetto trace; without EVENTS: {FTRACE_EVENTS}",
    )
    return options.parse(parser, arguments)


def ports_to(paths: dict[str, Path]) -> list[str]:
    """Returns QEMU's arguments for virtio-serial ports through which the guest writes to files on the host. @p paths has
    the file of each port by the port's name."""
    found = ["-device", "virtio-serial-pci"] if paths else []
    for name, path in paths.items():
        chardev = name.replace(".", "_")
        found += ["-chardev", f"file,id={chardev},path={str(path).replace(',', ',,')}"]
        found += ["-device", f"virtserialport,chardev={chardev},name={name}"]
    return found


def figures(run: Run, phases: list[dict[str, Any]], icount: bool) -> list[dict[str, Any]]:
    """Returns the figures of a boot."""
    names = [phase["name"] for phase in phases]
    found = [result.figure("run_seconds", "seconds", run.seconds)]
    if "init" in names:
        boot = sum(phase["seconds"] for phase in phases[: names.index("init")])
        found.append(result.figure("boot_seconds", "seconds", boot))
    if run.counters is not None:
        total = sum(sum(hart.exits) for hart in run.counters)
        found.append(result.figure("exits", "exits", total))
        share = result.share_of_hv(run.counters)
        if share is not None:
            found.append(result.figure("hv_share", "ratio", share))
    found += [
        result.figure(figure.name, figure.unit, figure.value, deterministic=icount) for figure in run.console.figures
    ]
    return found


def describe(
    options_: argparse.Namespace, arguments: list[str], guest: Guest, run: Run, succeeded: bool
) -> dict[str, Any]:
    """Returns the contents of result.json."""
    of_run = result.of_run(run, options_, succeeded)
    versions = run.versions | files_of(options_).versions()
    found = figures(run, of_run["phases"], options_.icount)
    return result.describe("boot_qemu", arguments, guest.image, versions, **of_run, figures=found)


def files_of(options_: argparse.Namespace) -> Parts:
    """Returns the firmware, the kernel and the initial RAM disk of the boot."""
    return parts_of({"firmware": options_.firmware, "kernel": options_.kernel, "initrd": options_.initrd})


def _board_words(board: boards.Board) -> str:
    """Returns the words that Linux and the guest's init need on this board."""
    return f"{board.console} panic=-1" + ("" if board.powers_off else " hartscope_end=reboot")


def linux_guest(
    image: images.Image | None,
    append: str,
    extra: Sequence[str] = (),
    parts: Parts = Parts(),
    archive: bytes = b"",
    bare: str = boards.DEFAULT,
) -> Guest:
    """Returns a guest that consists of a firmware and Linux. Each of them is either Debian's or the user's. The guest
    also contains hv at a free address.

    extra: the user's arguments for QEMU
    archive: a cpio archive that is appended to the initial RAM disk
    bare: the board if there is no hv that names one
    """
    memory = image.memory if image else images.MemoryMap()
    guest = Guest(
        image=image,
        firmware=parts.program(memory),
        payload=parts.payload(memory),
        initrd=parts.initrd_file(),
        initrd_more=archive,
    )
    return placed(replace(guest, append=f"{_board_words(guest.board(bare))} {append}".strip()), list(extra))


def show(described: dict[str, Any], made: Files) -> None:
    """Prints the tables and the names of the files."""
    if described["phases"]:
        print(f"\n{summary.tables(described)}\n")
    for path in made.paths:
        print(path)
    if made.how_to_view:
        print(f"\n{made.how_to_view}")


def settings_of(options_: argparse.Namespace, directory: Path) -> Settings:
    """Returns the settings of the machine."""
    is_interactive = options_.shell and terminal.is_terminal()
    wanted = {"hartscope.0": options_.record, "hartscope.1": options_.ftrace is not None}
    files = {"hartscope.0": directory / outputs.GUEST_DUMP, "hartscope.1": directory / outputs.FTRACE_BUFFERS}
    ports = ports_to({name: path for name, path in files.items() if wanted[name]})
    common = options.settings(options_, directory, None if options_.shell else subprocess.DEVNULL)
    return replace(common, timeout=None if is_interactive else options_.timeout, extra=[*ports, *options_.qemu])


def observer_of(task: Task, stream: TextIO) -> Observer:
    """Returns the observer that shows the run. With a shell, it shows the whole console. Otherwise it shows the phases,
    and the output of the user's command if there is one."""
    if task.shell:
        return progress.ConsoleCopy()
    return CommandOutput(stream) if task.command is not None else progress.PhaseLines(stream)


def add_ftrace(directory: Path, timeline: Path, wanted: str, described: dict[str, Any]) -> None:
    """Adds the events of the guest's ftrace to the Perfetto trace, and describes them in result.json. Raises Failure."""
    buffers, dump = directory / outputs.FTRACE_BUFFERS, directory / recording.DUMP
    try:
        merged = merge.merge(buffers, dump, timeline, recording.hstrace(), wanted)
    except FtraceError as error:
        raise Failure(f"the events of ftrace cannot be added to the trace: {error}") from error
    print(merged.summary(), file=sys.stderr)
    described["ftrace"] = merged.describe()
    result.write(directory, described)


def boot_into(
    directory: Path, guest: Guest, options_: argparse.Namespace, arguments: list[str], traps: TrapLog | None = None
) -> int:
    """Boots, and leaves all files in @p directory. Returns the exit code. @p traps is the file to which QEMU logs
    traps, or None if QEMU should not log traps."""
    observer = observer_of(task_of(options_), sys.stderr if options_.json else sys.stdout)
    with closing(outputs.ConsoleLog(directory / outputs.CONSOLE)) as log, terminal.kept():
        run = session.run(guest, replace(settings_of(options_, directory), log=traps), observer, log)
    code = exit_code(run)
    problem = unmet(run, task_of(options_), options_.harts, bool(options_.initrd)) if code == EXIT_SUCCESS else None
    succeeded = code == EXIT_SUCCESS and problem is None
    described = describe(options_, arguments, guest, run, succeeded)
    made = leave(directory, described, guest)
    if made.problem:
        print(made.problem, file=sys.stderr)
    if options_.ftrace is not None and made.timeline and succeeded:
        add_ftrace(directory, made.timeline, options_.ftrace, described)
    if options_.json:
        print(json.dumps(described, indent=2))
    else:
        show(described, made)
    if succeeded:
        return EXIT_SUCCESS
    sys.stdout.flush()  # stderr must come after the tables, even if both go to the same file
    # If only the command has failed, its output is already on the terminal, and explains the failure.
    tail = "" if code == EXIT_SUCCESS and run.console.command_code else f"\n{report(run)}"
    print(f"\nFAILED: {problem or f'exit code {code}'}{tail}", file=sys.stderr)
    return code or EXIT_GUEST_FAILED


def make_guest(options_: argparse.Namespace) -> Guest:
    """Returns the guest to boot. Builds hv if necessary."""
    chosen = options.choice(options_)
    qemu.check_version(qemu.version())
    task = task_of(options_)
    words = " ".join([options_.append, *task.words]).strip()
    image = images.image(chosen.config) if chosen.config else None
    if (options_.record or options_.ftrace is not None) and not (image and image.has_trace):
        option = "--record" if options_.record else "--ftrace"
        raise Failure(f"{option} needs an hv with the module trace, such as --config=qemu_virt_trace: otherwise there is nothing to record")
    options.check_recorder(options_, image)
    guest = linux_guest(image, words, options_.qemu, files_of(options_), task.archive, options_.board or boards.DEFAULT)
    if image and guest.payload:
        require_accepted(image, guest.payload)
    return guest


def boot(arguments: list[str]) -> int:
    """Runs the benchmark. Returns the exit code."""
    options_ = parse(arguments)
    guest = make_guest(options_)
    with outputs.opened(options_.out or None, DEFAULT_OUT, "boot_qemu") as output:
        output.replace(LEFT)
        return boot_into(output.path, guest, options_, arguments)


if __name__ == "__main__":
    sys.exit(entry.run(boot))
