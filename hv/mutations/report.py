"""Prints what happened to the mutants: a table with a row for each file, and a list of the survivors."""

from __future__ import annotations

from typing import Any

from cli import table as tables
from hv.mutations.judge import BY_PROOF, BY_TEST, EQUIVALENT, NOT_COMPILED, SAME_CODE, SURVIVED, Verdict
from hv.mutations.mutator import Mutant

Results = list[tuple[Mutant, Verdict]]

COLUMNS = (NOT_COMPILED, SAME_CODE, EQUIVALENT, BY_TEST, BY_PROOF, SURVIVED)
HEADER = ("file", "mutants", "not compiled", "same code", "equivalent", "by tests", "by proofs", "survived", "score")


def counts(results: Results, file: str | None = None) -> list[int]:
    """Returns the number of mutants of a file, or of all files, and the number for each verdict."""
    whats = [verdict.what for mutant, verdict in results if file in (None, mutant.file)]
    return [len(whats), *(whats.count(what) for what in COLUMNS)]


def score(row: list[int]) -> float | None:
    """Returns the share of the mutants with other code that a test or a proof has killed, in per cent."""
    *_, tests, proofs, survived = row
    valid = tests + proofs + survived
    return 100 * (tests + proofs) / valid if valid else None


def as_text(share: float | None) -> str:
    """Returns a share as text. It is rounded down, so that 100.0 % means all."""
    return "-" if share is None else f"{int(share * 10) / 10:.1f} %"


def files(results: Results) -> list[str]:
    """Returns the files that have mutants."""
    return sorted({mutant.file for mutant, _ in results})


def table(results: Results) -> str:
    """Returns the table with a row for each file, and one for all."""
    rows = [(file, counts(results, file)) for file in files(results)]
    rows.append(("all", counts(results)))
    return tables.render("mutants of hv/virt", HEADER, [[name, *row, as_text(score(row))] for name, row in rows])


def survivors(results: Results) -> str:
    """Returns the list of survivors among the results, each with its lines."""
    lines = []
    for mutant, verdict in results:
        if verdict.what == SURVIVED:
            lines += [f"{mutant.name}  in {mutant.function or 'the file'}", f"  - {mutant.was}", f"  + {mutant.now}"]
    return "\n".join(["", "survivors that survivors.toml does not list", *lines]) if lines else ""


def as_json(results: Results) -> dict[str, Any]:
    """Returns the numbers of the table, and what happened to each mutant."""
    return {
        "files": {file: dict(zip(("mutants", *COLUMNS), counts(results, file))) | {"score": score(counts(results, file))} for file in files(results)},
        "mutants": [
            {"name": mutant.name, "function": mutant.function, "was": mutant.was, "now": mutant.now, "what": verdict.what, "by": verdict.by}
            for mutant, verdict in results
        ],
    }
