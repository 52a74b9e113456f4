"""Builds hv/virt and its unit tests for the host, outside Bazel, because that is much faster for thousands of mutants.

The build works on copies of the sources: hv/arch/host replaces hv/arch, as in Bazel's build for the host. A mutant is built from
the same copies, with one changed file in a folder that the compiler searches first.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

ROOM = "hv/virt"
FOLDERS = ("abi", "hv", "trace/format")
SUFFIXES = (".c", ".h", ".def")
SUPPORT = ("hv/testing/upcalls.c", "hv/ring/trace.c", "hv/arch/access.c")  # and hv/arch/host
NOT_TESTED = ("instruction_listing.c",)  # a program for instruction_objdump_test

# The configurations in which files are built. The header of a configuration CONFIG is hv/mutations/CONFIG/config.h, or for USUAL,
# which has no modules, that of the tree.
USUAL = "usual"
CONFIGS = (USUAL, "with_trace", "with_few")
# The unit tests that need another configuration than USUAL.
CONFIG_OF = {"hv/virt/records_test.c": "with_trace", "hv/virt/few_test.c": "with_few", "hv/virt/pmp_few_test.c": "with_few"}
# The unit tests that need a configuration which is not in CONFIGS. They do not run here.
OTHER_CONFIGS = ("hv/virt/csr_guards_test.c", "hv/virt/hidden_state_test.c")

# A warning does not make a mutant invalid.
FLAGS = ["-std=gnu17", "-w", "-fno-omit-frame-pointer"]
FOR_TESTS = "-O1"  # building and running together are fastest with this
FOR_HEADERS = "-O0"  # a mutant of a header needs nearly all objects, so building takes most of the time
FOR_COMPARISON = "-O2"

CPU_SECONDS = 20  # no process of a unit test needs a tenth of this
WALL_SECONDS = 240
MEMORY = 4 << 30

INCLUDE = re.compile(r'^\s*#\s*include "([^"]+)"', re.MULTILINE)


class DoesNotCompile(Exception):
    """The compiler or the linker has refused the mutant."""


def limit() -> None:
    """Limits a process of a unit test, because a mutant may loop or allocate without end."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def succeeds(command: list[str], directory: Path) -> bool:
    """Runs a command with the limits. Returns whether it has ended with exit code 0 in time."""
    process = subprocess.Popen(
        command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=limit
    )
    try:
        return process.wait(WALL_SECONDS) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


class Room:
    """The copies of the sources, and the objects of the code without a fault."""

    def __init__(self, folder: Path, flags: tuple[str, ...] = ()) -> None:
        self.tree = folder / "tree"
        self.objects = folder / "objects"
        self.flags = [*FLAGS, *flags]
        self._copy()
        own = sorted(str(path.relative_to(self.tree)) for path in (self.tree / ROOM).glob("*.c") if path.name not in NOT_TESTED)
        host = sorted(str(path.relative_to(self.tree)) for path in (self.tree / "hv/arch/host").glob("*.c"))
        self.tests = [name for name in own if name.endswith("_test.c") and name not in OTHER_CONFIGS]
        self.code = [name for name in own if not name.endswith("_test.c")]
        self.units = [*self.code, *SUPPORT, *host]
        self._includes: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def _copy(self) -> None:
        for folder in FOLDERS:
            for path in Path(folder).rglob("*"):
                if path.suffix in SUFFIXES and path.is_file():
                    copy = self.tree / path
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, copy)
        for header in (self.tree / "hv/arch/host").glob("*.h"):
            shutil.copyfile(header, self.tree / "hv/arch" / header.name)
        for config in CONFIGS[1:]:
            header = self.tree / config / "hv/config/config.h"
            header.parent.mkdir(parents=True)
            shutil.copyfile(f"hv/mutations/{config}/config.h", header)

    def files(self) -> list[str]:
        """Returns the files of hv/virt that can have mutants."""
        headers = sorted(str(path.relative_to(self.tree)) for path in (self.tree / ROOM).glob("*.h"))
        return sorted([*self.code, *headers])

    def text(self, file: str) -> str:
        return (self.tree / file).read_text(encoding="utf-8")

    def includes(self, file: str) -> set[str]:
        """Returns the files that @p file includes, directly or not, and @p file itself."""
        with self._lock:
            return self._closure(file)

    def _closure(self, file: str) -> set[str]:
        if file not in self._includes:
            found = {file}
            for name in INCLUDE.findall(self.text(file)):
                if (self.tree / name).is_file() and name not in found:
                    found |= self._closure(name)
            self._includes[file] = found
        return self._includes[file]

    def compile(self, unit: str, to: Path, config: str, changed: Path | None = None, optimize: str = FOR_TESTS) -> Path:
        """Compiles a file. @p changed is the folder with the file of a mutant. Raises DoesNotCompile."""
        source = unit
        search = ["-iquote", config, "-iquote", "."]  # there is no folder USUAL
        if changed:
            search = ["-iquote", str(changed), *search]
            if (changed / unit).is_file():
                source = str(changed / unit)
        # An object must not depend on the folder that the mutant is in.
        same_names = [f"-ffile-prefix-map={changed}/="] if changed else []
        to.parent.mkdir(parents=True, exist_ok=True)
        command = ["gcc", *self.flags, optimize, *same_names, *search, "-c", source, "-o", str(to)]
        if subprocess.run(command, cwd=self.tree, stderr=subprocess.DEVNULL).returncode:
            raise DoesNotCompile(unit)
        return to

    def original(self, unit: str, config: str, optimize: str = FOR_TESTS) -> Path:
        """Returns the object of a file without a fault."""
        to = self.objects / optimize / config / f"{unit}.o"
        with self._lock:
            return to if to.is_file() else self.compile(unit, to, config, optimize=optimize)

    def link(self, objects: list[Path], to: Path) -> Path:
        """Links a unit test. Raises DoesNotCompile."""
        command = ["gcc", *self.flags, "-fuse-ld=gold", "-o", str(to), *map(str, objects), "-lcriterion"]
        if subprocess.run(command, stderr=subprocess.DEVNULL).returncode:
            raise DoesNotCompile(str(to))
        return to


class Build:
    """The build of one mutant, or of the code without a fault."""

    def __init__(self, room: Room, file: str = "", text: str = "", optimize: str = FOR_TESTS) -> None:
        self.room = room
        self.optimize = optimize
        self.file = file
        self.folder = Path(tempfile.mkdtemp(dir=room.tree.parent))
        self.changed = self.folder / "changed"
        if file:
            (self.changed / file).parent.mkdir(parents=True)
            (self.changed / file).write_text(text, encoding="utf-8")

    def __enter__(self) -> Build:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder)

    def _object(self, unit: str, config: str) -> Path:
        if not self.file or self.file not in self.room.includes(unit):
            return self.room.original(unit, config, self.optimize)
        to = self.folder / config / f"{unit}.o"
        return to if to.is_file() else self.room.compile(unit, to, config, self.changed, self.optimize)

    def passes(self, test: str) -> bool:
        """Returns whether the unit test in the file @p test passes. Raises DoesNotCompile."""
        objects = [self._object(unit, CONFIG_OF.get(test, USUAL)) for unit in [*self.room.units, test]]
        program = self.room.link(objects, self.folder / "unit_test")
        return succeeds([str(program), "--jobs=1", "--fail-fast"], self.folder)

    def has_same_code(self) -> bool:
        """Returns whether the compiler makes the same objects of the mutant and of the code without a fault, in all
        configurations. Raises DoesNotCompile."""
        for unit in self.room.code:
            for config in CONFIGS:
                if self.file in self.room.includes(unit) and not self._is_same(unit, config):
                    return False
        return True

    def _is_same(self, unit: str, config: str) -> bool:
        mutated = self.room.compile(unit, self.folder / "compared.o", config, self.changed, FOR_COMPARISON)
        return mutated.read_bytes() == self.room.original(unit, config, FOR_COMPARISON).read_bytes()
