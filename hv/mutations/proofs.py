"""Runs the proofs of hv/proofs on a mutant."""

from __future__ import annotations

import json
import resource
import shlex
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from hv.mutations.judge import digest
from hv.mutations.mutator import Mutant
from hv.mutations.room import Room
from hv.proofs import run_proof

FOLDER = "hv/proofs"


class Proof(NamedTuple):
    """A proof as hv/proofs/BUILD describes it."""

    name: str
    files: list[str]
    unwind: int
    cases: list[str]
    solver: str
    slice: bool

    @property
    def source(self) -> str:
        return f"{FOLDER}/{self.name}_proof.c"


class Prover:
    """Runs proofs, quick ones first. All proofs of a mutant together take a limited time, because a proof that holds
    takes long."""

    def __init__(self, room: Room, cbmc: Path, seconds: float) -> None:
        self.room = room
        self.cbmc = cbmc.absolute()
        self.seconds = seconds
        # Proofs with few cases are quick.
        descriptions = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(FOLDER).glob("*.json"))]
        self.proofs = sorted((Proof(**description) for description in descriptions), key=lambda proof: len(proof.cases))
        self._memory = threading.Lock()  # CBMC may use much memory, so only one runs at a time

    def digest(self) -> str:
        """Returns a hash of everything that the results depend on, except the sources of hv."""
        paths = sorted(path for path in Path(FOLDER).rglob("*") if path.suffix in (".c", ".h", ".json"))
        return digest([str(self.seconds), *(path.read_text(encoding="utf-8") for path in paths)])

    def _limit(self) -> None:
        run_proof.limit_memory()
        seconds = int(self.seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    def _fails(self, proof: Proof, case: str, tree: Path) -> bool:
        """Returns whether a case of a proof fails. If CBMC does not decide this within the limits, the answer is no."""
        words = [str(self.cbmc), "--stop-on-fail", "-I", ".", proof.source, *proof.files, "--unwind", str(proof.unwind)]
        words += [*run_proof.ELEMENTS, *shlex.split(case), *run_proof.CHECKS]
        if proof.slice:
            words.append("--slice-formula")
        if proof.solver:
            words += ["--external-sat-solver", str(self.cbmc.with_name(proof.solver))]
        done = subprocess.run(words, cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=self._limit)
        return done.returncode == run_proof.REFUTED

    def _failing(self, proofs: list[Proof], tree: Path) -> str:
        """Returns the name of the first proof that fails, or an empty text."""
        end = time.monotonic() + self.seconds
        for proof in proofs:
            for case in proof.cases:
                if time.monotonic() < end and self._fails(proof, case, tree):
                    return proof.name
        return ""

    def uses(self, proof: Proof, file: str) -> bool:
        """Returns whether a proof reads a file."""
        return any(file in self.room.includes(name) for name in [proof.source, *proof.files] if (self.room.tree / name).is_file())

    def __call__(self, mutant: Mutant, text: str) -> str:
        """Returns the name of a proof that fails with the mutant, or an empty text."""
        proofs = [proof for proof in self.proofs if self.uses(proof, mutant.file)]
        if not proofs:
            return ""
        with tempfile.TemporaryDirectory() as folder, self._memory:
            run_proof.copy_sources(Path(folder), None)
            (Path(folder) / mutant.file).write_text(text, encoding="utf-8")
            return self._failing(proofs, Path(folder))
