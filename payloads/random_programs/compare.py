"""Runs the same programs on two models, and finds those whose logs differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from payloads.random_programs.models import Model
from payloads.random_programs.programs import Choice, Log, Program, chunks, is_complete, logs


@dataclass(frozen=True)
class Pair:
    """Two models, and the differences that their programs may show."""

    guest: bytes
    one: Model
    other: Model
    shown: frozenset[str]

    @property
    def models(self) -> tuple[Model, Model]:
        return self.one, self.other

    def run(self, choice: Choice) -> tuple[list[str], list[str]]:
        """Returns what the guest printed on each model."""
        choice = replace(choice, shown=self.shown)
        return self.one.run(self.guest, choice), self.other.run(self.guest, choice)


@dataclass(frozen=True)
class Part:
    """The result of some programs: how many ended on both models, the seeds of those that differ, and the seeds of those
    that did not end. `stopped` has the names of the models on which a program did not end."""

    compared: int
    different: tuple[int, ...] = ()
    stopped: tuple[tuple[int, tuple[str, ...]], ...] = ()


def compare_chunk(pair: Pair, first: int, count: int) -> Part:
    """Compares the programs of seeds that run after one reset. If a program does not end, continues with the next."""
    compared, end = 0, first + count
    different: list[int] = []
    stopped: list[tuple[int, tuple[str, ...]]] = []
    while first < end:
        consoles = pair.run(Choice(first, end - first))
        one, other = ([log.hash for log in logs(console)] for console in consoles)
        both = min(len(one), len(other))
        different += [first + i for i in range(both) if one[i] != other[i]]
        compared += both
        first += both
        if first < end:
            names = [model.name for model, hashes in zip(pair.models, (one, other)) if len(hashes) == both]
            stopped.append((first, tuple(names)))
            first += 1
    return Part(compared, tuple(different), tuple(stopped))


def compare_seeds(pair: Pair, first: int, count: int, jobs: int) -> Iterator[Part]:
    """Compares the programs of @p count seeds. Yields the results of the chunks in their order; @p jobs chunks run at the
    same time."""
    with ThreadPoolExecutor(jobs) as pool:
        waiting: list[Future[Part]] = []
        try:
            for start, size in chunks(first, count):
                waiting.append(pool.submit(compare_chunk, pair, start, size))
                if len(waiting) > 2 * jobs:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


def same(pair: Pair, programs: Iterable[Program]) -> list[bool | None]:
    """Runs the given programs on both models, after one reset. Returns for each whether the logs are equal; None if the
    program did not end on both."""
    given = tuple(programs)
    consoles = pair.run(Choice(given=given))
    one, other = ([log.hash for log in logs(console)] for console in consoles)
    ended = [first == second for first, second in zip(one, other)]
    return [*ended, *[None] * (len(given) - len(ended))]


def full_logs(pair: Pair, choice: Choice) -> tuple[Log | None, Log | None]:
    """Returns the whole log of a single program on each model; None if the program did not end there."""
    one, other = (next(logs(console), None) if is_complete(console) else None for console in pair.run(replace(choice, log=True)))
    return one, other
