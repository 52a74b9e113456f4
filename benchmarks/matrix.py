"""Runs all benchmarks in all modes with several numbers of harts, one after another. Each leaves its results in a folder of its own. If
one fails, the others run all the same. If you stop the program, the same command goes on where it stopped."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from benchmarks.results import outputs
from benchmarks.timed import series as timed
from cli import entry, table, whole_file
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, Failure
from cli.pattern import pattern
from cli.workspace import workspace_file
from machines import images, options, qemu
from machines.images import MODES

NAME = "all"
DEFAULT_OUT = f"out/{NAME}"
STATE = "all.json"
LOG = "log.txt"
HARTS = [1, 2, 4]

# Bazel sets these for a test that it divides into shards, and for the files that the test leaves.
SHARDS, SHARD, SHARD_STATUS = "TEST_TOTAL_SHARDS", "TEST_SHARD_INDEX", "TEST_SHARD_STATUS_FILE"
TEST_OUTPUTS = "TEST_UNDECLARED_OUTPUTS_DIR"

EXAMPLES = """\
  bazel run //benchmarks:all -- --list
  bazel run //benchmarks:all -- --harts=1,2,4 --modes=bare,hv,hv+offload --out=/tmp/all
  bazel run //benchmarks:all -- --only='boot_.*'
  bazel run //benchmarks:all -- --again"""


@dataclass(frozen=True)
class Job:
    """One run of a benchmark. name: also the name of its folder. minutes: how long it takes, estimated."""

    name: str
    program: str
    arguments: tuple[str, ...]
    minutes: float


@dataclass(frozen=True)
class Done:
    """How a job ended. key: what it depended on; the result of another key is out of date."""

    code: int
    seconds: float
    arguments: list[str]
    key: str


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser(NAME, __doc__ or "", EXAMPLES)
    add = parser.add_argument
    add("--list", action="store_true", help="show what would run, and how long it would take, and run nothing")
    add("--only", type=pattern, metavar="REGEX", help="run only benchmarks with a name that REGEX matches completely")
    add("--again", action="store_true", help="run everything, also what has ended well in the directory already")
    timed.add_options(parser, HARTS, 600, DEFAULT_OUT)
    return options.parse(parser, arguments)


def jobs(parsed: argparse.Namespace) -> list[Job]:
    """Returns the jobs, the quick ones first."""
    modes, harts, repeat = parsed.modes, parsed.harts, parsed.repeat
    runs = [f"--modes={','.join(modes)}", f"--repeat={repeat}", f"--timeout={parsed.timeout:g}"]
    configs = [f"--config={config}" for mode in modes if (config := MODES[mode])]
    found = [
        Job(f"boot_{mode}_{number}", "boot_qemu", (f"--mode={mode}", f"--harts={number}", f"--timeout={parsed.timeout:g}"), 0.4)
        for mode in modes
        for number in harts
    ]
    if configs:
        found.append(Job("micro", "micro_qemu", tuple(configs), 1.5 * len(configs)))
    if "bare" in modes:
        found.append(Job("micro_bare", "micro_qemu", ("--bare",), 1))
    numbers = f"--harts={','.join(map(str, harts))}"
    found.append(Job("multi_hart", "multi_hart_qemu", (numbers, *runs), 0.05 * len(modes) * len(harts) * repeat))
    found += [Job(f"workloads_{number}", "workloads_qemu", (f"--harts={number}", *runs), 0.8 * len(modes) * repeat) for number in harts]
    if {"bare", "hv+offload"} <= set(modes):
        gain = (numbers, f"--runs={repeat}", f"--timeout={parsed.timeout:g}")
        found.append(Job("offload_gain", "offload_gain", gain, 0.7 * len(harts) * repeat))
    return [job for job in found if parsed.only is None or parsed.only.fullmatch(job.name)]


def shard_of(all_jobs: Sequence[Job], environment: Mapping[str, str]) -> list[Job]:
    """Returns the jobs of this shard, if Bazel runs this program as a test in several shards; otherwise all jobs."""
    if SHARD_STATUS in environment:
        Path(environment[SHARD_STATUS]).touch()  # tells Bazel that the test divides its work
    return list(all_jobs[int(environment.get(SHARD, 0)) :: int(environment.get(SHARDS, 1))])


def key_of(modes: Sequence[str]) -> str:
    """Returns what the results depend on: the versions of QEMU and of the images."""
    builds = [images.image(config).elf.build_id or "?" for mode in modes if (config := MODES[mode])]
    return " ".join([qemu.version(), *builds])


def read_state(directory: Path) -> dict[str, Done]:
    """Returns how the jobs of earlier runs in this directory ended. A file that cannot be read counts as no earlier run."""
    try:
        return {name: Done(**fields) for name, fields in json.loads((directory / STATE).read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_state(directory: Path, state: Mapping[str, Done]) -> None:
    """Writes the file that read_state reads."""
    text = json.dumps({name: vars(done) for name, done in state.items()}, indent=2)
    whole_file.write_text(directory / STATE, f"{text}\n")


def is_done(job: Job, state: Mapping[str, Done], key: str) -> bool:
    """Returns whether the directory has a good and present result of the job."""
    done = state.get(job.name)
    return done is not None and (done.code, done.arguments, done.key) == (EXIT_SUCCESS, list(job.arguments), key)


def run_job(job: Job, directory: Path, extra: Sequence[str]) -> int:
    """Runs a job in its folder of @p directory. Writes its output into a file there, and shows the lines in which it reports its
    progress. Returns its exit code."""
    folder = directory / job.name
    folder.mkdir(exist_ok=True)
    more = ["--", *extra] if extra else []
    command = [str(workspace_file(f"benchmarks/{job.program}")), *job.arguments, f"--out={folder.absolute()}", *more]
    with (folder / LOG).open("w") as log:
        print(f"$ {shlex.join(command)}", file=log, flush=True)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.PIPE, text=True) as process:
            try:
                _copy(process, log)
                return process.wait()
            except BaseException:
                process.terminate()
                raise


def _copy(process: subprocess.Popen[str], log: TextIO) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        log.write(line)
        if line.startswith("["):
            print(f"    {line}", end="", file=sys.stderr, flush=True)


def run_all(
    wanted: Sequence[Job], state: dict[str, Done], key: str, run: Callable[[Job], int], record: Callable[[], None]
) -> Iterator[tuple[Job, Done]]:
    """Runs jobs, and yields each with its end. Before each, prints what runs and how long the rest may take. Calls @p record when
    @p state has changed."""
    start, estimated = time.monotonic(), 0.0
    for number, job in enumerate(wanted, start=1):
        passed = (time.monotonic() - start) / 60
        speed = passed / estimated if estimated else 1.0
        left = speed * sum(each.minutes for each in wanted[number - 1 :])
        print(f"[{number}/{len(wanted)}] {job.name}; about {left:.0f} min left", file=sys.stderr, flush=True)
        begin = time.monotonic()
        code = run(job)
        done = Done(code, round(time.monotonic() - begin, 1), list(job.arguments), key)
        estimated += job.minutes
        state[job.name] = done
        record()
        yield job, done


def show_list(all_jobs: Sequence[Job], state: Mapping[str, Done], key: str) -> None:
    """Prints the jobs."""
    rows: list[list[table.Cell]] = [
        [job.name, "done" if is_done(job, state, key) else f"{job.minutes:.0f} min" if job.minutes >= 1 else "< 1 min", shlex.join([job.program, *job.arguments])]
        for job in all_jobs
    ]  # fmt: skip
    left = sum(job.minutes for job in all_jobs if not is_done(job, state, key))
    print(table.render(f"{len(all_jobs)} benchmarks, about {left:.0f} min to go", ["name", "time", "command"], rows, left=(0, 2)))


def show(all_jobs: Sequence[Job], state: Mapping[str, Done], directory: Path) -> None:
    """Prints how the jobs ended, and where their results are."""
    rows: list[list[table.Cell]] = []
    for job in all_jobs:
        done = state[job.name]
        rows.append([job.name, "ok" if done.code == EXIT_SUCCESS else f"FAILED, exit code {done.code}", f"{done.seconds:.0f} s"])
    print(table.render(f"results in {directory}/NAME", ["name", "end", "time"], rows, left=(0, 1)))


def benchmark(arguments: list[str]) -> int:
    """Runs the benchmarks. Returns the exit code."""
    parsed = parse(arguments)
    all_jobs = shard_of(jobs(parsed), os.environ)
    if not all_jobs and SHARDS not in os.environ:
        raise Failure("no benchmark has such a name: --list shows the names")
    key = key_of(parsed.modes)
    with outputs.opened(parsed.out or os.environ.get(TEST_OUTPUTS, DEFAULT_OUT), DEFAULT_OUT, NAME) as output:
        state = {} if parsed.again else read_state(output.path)
        if parsed.list:
            show_list(all_jobs, state, key)
            return EXIT_SUCCESS
        wanted = [job for job in all_jobs if not is_done(job, state, key)]
        if len(wanted) < len(all_jobs):
            outputs.say(f"{len(all_jobs) - len(wanted)} of {len(all_jobs)} have results already; --again repeats them")
        runs = run_all(wanted, state, key, lambda job: run_job(job, output.path, parsed.qemu), lambda: write_state(output.path, state))
        for job, done in runs:
            if done.code != EXIT_SUCCESS:
                outputs.say(f"    FAILED: {job.name} ended with exit code {done.code}; see {output.path / job.name / LOG}")
        show(all_jobs, state, output.path)
        print(f"\nthe report: bazel run //analysis:report -- {output.path}")
    failed = [job.name for job in all_jobs if state[job.name].code != EXIT_SUCCESS]
    return EXIT_GUEST_FAILED if failed else EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(benchmark))
