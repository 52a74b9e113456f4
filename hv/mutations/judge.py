"""Finds out what happens to each mutant, and stores the results, so that an interrupted run can continue."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from hv.mutations import mutator
from hv.mutations.measure import Measurement
from hv.mutations.mutator import Mutant
from hv.mutations.room import FOR_HEADERS, FOR_TESTS, Build, DoesNotCompile, Room

NOT_COMPILED = "not compiled"
SAME_CODE = "same code"
BY_TEST = "killed by a unit test"
BY_PROOF = "killed by a proof"
SURVIVED = "survived"
EQUIVALENT = "equivalent"  # survived, and survivors.toml explains why nothing could kill it

# Proves with a mutant. Returns the name of a proof that fails, or an empty text.
Prover = Callable[[Mutant, str], str]


class Verdict(NamedTuple):
    """What happened to a mutant."""

    what: str
    by: str = ""  # the unit test or the proof


def digest(parts: Iterable[str]) -> str:
    """Returns a short hash of some texts."""
    state = hashlib.sha256()
    for part in parts:
        state.update(f"{len(part)}:{part}".encode())
    return state.hexdigest()[:24]


class Judge:
    """Judges mutants with the unit tests of a room, and then with proofs."""

    def __init__(self, room: Room, measurement: Measurement | None = None, prove: Prover | None = None) -> None:
        self.room = room
        self.measurement = measurement
        self.prove = prove
        self.kills: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()

    def order(self, mutant: Mutant) -> list[str]:
        """Returns the unit tests that execute the mutant's function, those first that most probably kill the mutant. The
        order affects only the time, and which test is said to have killed the mutant."""
        stem = Path(mutant.file).stem
        kills = self.kills.setdefault(mutant.file, Counter())

        def rank(test: str) -> tuple[int, bool, str]:
            own = stem.startswith(Path(test).stem.removesuffix("_test"))
            return -kills[test] - 3 * own, not own, test

        return sorted([test for test in self.room.tests if self.executes(test, mutant)], key=rank)

    def executes(self, test: str, mutant: Mutant) -> bool:
        """Returns whether @p test can execute the mutant: unless it executes no line of the mutant's function."""
        if not self.measurement or mutant.body == (0, 0):
            return True
        return self.measurement.executes(test, mutant.file, *mutant.body)

    def judge(self, mutant: Mutant) -> Verdict:
        """Builds a mutant and runs the unit tests, until one fails. If no test executes it, building it shows only
        whether it compiles."""
        text = mutator.apply(self.room.text(mutant.file), mutant.edits)
        optimize = FOR_HEADERS if mutant.file.endswith(".h") else FOR_TESTS
        with Build(self.room, mutant.file, text, optimize) as build:
            try:
                with self._lock:
                    tests = self.order(mutant)
                for test in tests:
                    if not build.passes(test):
                        with self._lock:
                            self.kills[mutant.file][test] += 1
                        return Verdict(BY_TEST, Path(test).stem)
                if build.has_same_code():
                    return Verdict(SAME_CODE)
            except DoesNotCompile:
                return Verdict(NOT_COMPILED)
        name = self.prove(mutant, text) if self.prove else ""
        return Verdict(BY_PROOF, name) if name else Verdict(SURVIVED)

    def failing_tests(self) -> list[str]:
        """Returns the unit tests that fail without a fault. There must be none."""
        with Build(self.room) as build:
            return [test for test in self.room.tests if not build.passes(test)]


class Store:
    """The results of earlier runs, in a file. A result is used again if nothing has changed that it depends on."""

    def __init__(self, path: Path, room: Room, proofs: str) -> None:
        self.path = path
        self.room = room
        sources = sorted(path for path in room.tree.rglob("*") if path.is_file() and not path.stem.endswith("_test"))
        texts = [path.read_text(encoding="utf-8") for path in sources if "hv/proofs" not in str(path)]
        self._code = digest([*room.flags, *texts])
        self._tests = {Path(test).stem: digest([room.text(test)]) for test in room.tests}
        self._all = digest([*self._tests.values(), proofs])
        self._proofs = proofs
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, Verdict]] = {}
        for line in self._whole_lines():
            key, basis, what, by = json.loads(line)
            self._known[key] = basis, Verdict(what, by)

    def _whole_lines(self) -> list[str]:
        """Returns the lines of the file. If a run was killed while it wrote the last one, removes that one."""
        if not self.path.is_file():
            return []
        text = self.path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            self.path.write_text(whole, encoding="utf-8")
        return whole.splitlines()

    def _basis(self, verdict: Verdict) -> str:
        """What a verdict depends on, besides the code: on the test that failed, or on all tests that passed."""
        if verdict.what == BY_TEST:
            return self._tests.get(verdict.by, "")
        if verdict.what == BY_PROOF:
            return self._proofs
        return self._all if verdict.what == SURVIVED else ""

    def _key(self, mutant: Mutant) -> str:
        return digest([self._code, mutant.file, mutator.apply(self.room.text(mutant.file), mutant.edits)])

    def find(self, mutant: Mutant) -> Verdict | None:
        """Returns the stored verdict, if it is still valid."""
        basis, verdict = self._known.get(self._key(mutant), ("", None))
        return verdict if verdict and basis == self._basis(verdict) else None

    def add(self, mutant: Mutant, verdict: Verdict) -> None:
        """Stores a verdict."""
        line = json.dumps([self._key(mutant), self._basis(verdict), *verdict])
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def judge_all(judge: Judge, store: Store | None, mutants: list[Mutant], jobs: int) -> Iterator[tuple[Mutant, Verdict]]:
    """Yields each mutant with its verdict. The stored ones come first, and then each as soon as it is judged."""
    waiting = []
    for mutant in mutants:
        known = store.find(mutant) if store else None
        if known:
            yield mutant, known
        else:
            waiting.append(mutant)
    with ThreadPoolExecutor(jobs) as pool:
        tasks = {pool.submit(judge.judge, mutant): mutant for mutant in waiting}
        try:
            for task in as_completed(tasks):
                if store:
                    store.add(tasks[task], task.result())
                yield tasks[task], task.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
