"""Compares hv with the bare machine, or with another model of RISC-V, by random programs. A program consists of 50
instructions, and runs in M-mode until it traps: as firmware of hv, and on the model itself. Its log has all CSRs of M- and
S-mode and all registers at each trap. The two logs must be equal."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cli import entry, whole_file
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, EXIT_USAGE
from cli.workspace import existing_file, repository_file, user_path
from machines import images
from payloads.random_programs import compare, found, models, programs, report, shrink
from payloads.random_programs.compare import Pair
from payloads.random_programs.programs import Choice, Program

EXAMPLES = """\
  bazel run //payloads/random_programs -- --seed=17              compares one program, and shows it
  bazel run //payloads/random_programs -- --seed=0 --count=10000
  bazel run //payloads/random_programs -- --count=1000 --cpu=max
  bazel run //payloads/random_programs -- --count=1000 --model='spike --isa=ISA {elf}'
  bazel run //payloads/random_programs -- --programs=found.toml
exit codes:
  0 all logs are equal, 1 logs differ or a program did not end, 2 usage"""

# The properties with which a CPU model of QEMU shows what hv shows of it: hv hides H, Sdtrig and others.
HIDDEN = {
    "rv64": "h=off,debug=off",
    "max": "h=off,debug=off,smstateen=off,smaia=off,ssaia=off,smepmp=off,zkr=off,sscofpmf=off",
}

_PROGRESS_SECONDS = 10.0
_MOST_SHOWN = 5


class Parser(argparse.ArgumentParser):
    """An argparse parser that does not accept abbreviations, and reports an error in one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(EXIT_USAGE, f"error: {message} (--help shows the options and examples)\n")


def number(text: str) -> int:
    """Parses a seed or a count."""
    if not text.isdecimal() or int(text) >= 1 << 48:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 2^48 - 1")
    return int(text)


def count(text: str) -> int:
    """Parses a number that is at least 1."""
    if number(text) == 0:
        raise argparse.ArgumentTypeError("it must be at least 1")
    return int(text)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    names = [each.name for each in programs.differences()]
    parser = Parser(prog="bazel run //payloads/random_programs --", description=__doc__, epilog=f"examples:\n{EXAMPLES}",
                    formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)  # fmt: skip
    add = parser.add_argument
    add("--seed", type=number, default=0, metavar="N", help="the first seed (default: 0)")
    add("--count", type=count, default=1, metavar="N", help="the number of seeds (default: 1)")
    add("--programs", metavar="FILE", help="compare the programs in FILE, which --save has written, instead of those of seeds")
    add("--cpu", default="rv64", metavar="MODEL", help="QEMU's CPU model for hv (default: rv64)")
    add("--bare-cpu", metavar="MODEL", help="QEMU's CPU model for the bare machine (default: --cpu without what hv hides)")
    add("--config", default="qemu_virt", metavar="NAME", help="the configuration of hv (default: qemu_virt)")
    add("--model", metavar="COMMAND", help="compare with this model instead of bare QEMU; {elf} stands for the programs' file")
    add("--bare", action="store_true", help="with --model: compare the model with bare QEMU, not with hv")
    add("--avoid", action="append", default=[], choices=names, metavar="NAME", help="programs also do without this difference")
    add("--show", action="append", default=[], choices=names, metavar="NAME", help="programs may show this difference")
    add("--differences", action="store_true", help="print the list of differences, and end")
    add("--jobs", type=count, default=os.cpu_count() or 1, metavar="N", help="how many pairs of machines run at once (default: all CPUs)")
    add("--no-shrink", action="store_true", help="do not make smaller the programs that differ")
    add("--save", metavar="FILE", help="write the shrunk programs that differ to FILE")
    add("--json", metavar="FILE", help="write the result to FILE")
    options = parser.parse_args(arguments)
    if options.bare and not options.model:
        parser.error("--bare needs --model")
    return options


def bare_cpu(cpu: str) -> str:
    """Returns the CPU model of the bare machine that has what hv shows on the CPU model @p cpu."""
    name, _, properties = cpu.partition(",")
    return ",".join(part for part in (name, HIDDEN.get(name, ""), properties) if part)


def shown(avoided: list[str], wanted: list[str], is_portable: bool = False) -> frozenset[str]:
    """Returns the names of the differences that programs may show. By default these are the differences that neither hv nor
    QEMU shows. @p is_portable: the programs also run on another model."""
    places = ("old",) if is_portable else ("old", "others")
    usual = {each.name for each in programs.differences() if each.where in places}
    return frozenset((usual | set(wanted)) - set(avoided))


def pair_of(options: argparse.Namespace) -> Pair:
    """Returns the two models that the user wants to compare."""
    bare = models.Qemu(options.bare_cpu or bare_cpu(options.cpu))
    one: models.Model = bare
    other: models.Model = bare
    if options.model:
        one = models.Command(options.model)
    if not options.bare:
        other = models.Qemu(options.cpu, images.image(options.config))
    return Pair(programs.guest_file().read_bytes(), one, other, shown(options.avoid, options.show, bool(options.model)))


@dataclass
class Result:
    """What was compared, and what differs."""

    models: tuple[str, str]
    compared: int = 0
    different: list[int] = field(default_factory=list)
    stopped: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        return not self.different and not self.stopped

    def add(self, part: compare.Part) -> None:
        """Adds the result of some programs."""
        self.compared += part.compared
        self.different += part.different
        self.stopped += part.stopped

    def line(self) -> str:
        """Returns a summary."""
        text = f"{self.compared:,} programs on {self.models[0]} and {self.models[1]}: {len(self.different)} differ"
        return text + (f", {len(self.stopped)} did not end" if self.stopped else "")


class Explainer:
    """Shows the programs that differ, and shrinks them."""

    def __init__(self, pair: Pair, is_shrinking: bool) -> None:
        self._pair = pair
        self._is_shrinking = is_shrinking
        self._listing = report.Listing(pair.guest, repository_file("riscv_none", "objdump"))
        self.found: list[found.Found] = []

    def _shrunk(self, program: Program) -> Program:
        def shows(candidates: Sequence[Program]) -> list[bool]:
            return [equal is False for equal in compare.same(self._pair, candidates)]

        return shrink.shrink(program, shows) if self._is_shrinking else program

    def show(self, what: str, choice: Choice, is_different: bool = True) -> None:
        """Prints the program that @p choice selects, and the first difference of its logs. @p is_different: its logs
        differed when it ran after other programs."""
        one, other = compare.full_logs(self._pair, choice)
        if not one or not other or not one.program:
            print(f"{what}: did not end with a log on both models")
            return
        program = one.program
        if one.hash == other.hash and is_different:
            print(f"{what}: is equal if it runs alone after a reset, but differs after the programs before it")
            return
        if one.hash != other.hash:
            program = self._shrunk(program)
            one, other = compare.full_logs(self._pair, Choice(given=(program,)))
            assert one and other
            self.found.append(found.Found(f"seed_{program.seed}", "unknown", program))
        print(f"{what}: {'differs' if one.hash != other.hash else 'equal'}, {len(one.lines) - 1} traps")
        print(self._listing.program(program))
        if one.hash != other.hash:
            print(self._listing.difference(one, other, (self._pair.one.name, self._pair.other.name)))


def run_seeds(options: argparse.Namespace, pair: Pair, result: Result) -> None:
    """Compares the programs of the seeds. Shows the progress now and then."""
    begin = last = time.monotonic()
    for part in compare.compare_seeds(pair, options.seed, options.count, options.jobs):
        result.add(part)
        result.seconds = time.monotonic() - begin
        for seed in part.different:
            print(f"seed {seed}: differs", flush=True)
        for seed, names in part.stopped:
            print(f"seed {seed}: did not end on {' and '.join(names)}", flush=True)
        if time.monotonic() - last > _PROGRESS_SECONDS:
            last = time.monotonic()
            print(f"[{result.seconds:8.1f} s] {result.line()}", file=sys.stderr, flush=True)


def run_file(path: Path, pair: Pair, result: Result, explainer: Explainer) -> None:
    """Compares the programs in a file. Each runs after its own reset, because it may lock PMP entries."""
    for each in found.read(path):
        [equal] = compare.same(pair, [each.program])
        result.compared += 1
        if equal is None:
            result.stopped.append((each.program.seed, ()))
        elif not equal:
            result.different.append(each.program.seed)
            explainer.show(each.name, Choice(given=(each.program,)))


def write_results(options: argparse.Namespace, result: Result, explainer: Explainer) -> None:
    """Writes the files that the user wants."""
    if options.save and explainer.found:
        whole_file.write_text(user_path(options.save), "\n".join(map(found.text_of, explainer.found)))
    if options.json:
        text = json.dumps({"first": options.seed, **asdict(result)}, indent=2)
        whole_file.write_text(user_path(options.json), text + "\n")


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.differences:
        for each in programs.differences():
            print(f"{each.name} ({each.where}, {each.chapter}): {each.what}")
        return EXIT_SUCCESS
    pair = pair_of(options)
    result = Result((pair.one.name, pair.other.name))
    explainer = Explainer(pair, not options.no_shrink)
    if options.programs:
        run_file(existing_file(options.programs, "--programs"), pair, result, explainer)
    else:
        run_seeds(options, pair, result)
        only = [options.seed] if options.count == 1 and not result.stopped else []
        for seed in (result.different or only)[:_MOST_SHOWN]:
            explainer.show(f"seed {seed}", Choice(seed), bool(result.different))
    write_results(options, result, explainer)
    print(result.line())
    return EXIT_SUCCESS if result.is_good else EXIT_GUEST_FAILED


if __name__ == "__main__":
    sys.exit(entry.run(main))
