"""Makes the table of costs for the terminal. The table has a row for each figure, a column for each configuration, and
a column for the limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.cost.limits import limit, most
from cli.table import Cell, render

Values = dict[str, dict[str, float]]  # the value of each figure, by configuration and then by name


def by_config(figures: Sequence[Mapping[str, Any]], default: str) -> Values:
    """Returns the values of figures. A figure that names no configuration counts as a figure of the configuration @p
    default."""
    found: Values = {}
    for each in figures:
        if "value" in each:
            found.setdefault(each.get("config", default), {})[each["name"]] = each["value"]
    return found


def names(values: Values) -> list[str]:
    """Returns the names of all figures, in the order in which they were measured."""
    return list(dict.fromkeys(name for figures in values.values() for name in figures))


def number(value: float | None) -> Cell:
    """Returns a value as a cell of the table, without decimals if it is a whole number."""
    return int(value) if value is not None and value == int(value) else value


def excess(values: Values, name: str, kinds: Mapping[str, str]) -> dict[str, float]:
    """Returns, for each configuration with a limit, the value of a figure minus its limit. A negative number means that
    the figure is below the limit.

    kinds: what each configuration observes, as figures.observing() returns it
    """
    plain = next((values[config].get(name) for config, kind in kinds.items() if kind == "plain" and config in values), None)
    found = {}
    for config, kind in kinds.items():
        value, bound = values.get(config, {}).get(name), most(name, kind, plain)
        if value is not None and bound is not None:
            found[config] = value - bound
    return found


def over(values: Values, name: str, kinds: Mapping[str, str]) -> dict[str, float]:
    """Returns the configurations in which a figure is over its limit. For each of them, returns by how much."""
    return {config: by for config, by in excess(values, name, kinds).items() if by > 0}


def _verdict(values: Values, name: str, kinds: Mapping[str, str]) -> str:
    bound = limit(name)
    if bound.exempt:
        return f"no limit: {bound.exempt}"
    if above := over(values, name, kinds):
        return "over: " + ", ".join(f"{config} by {by:,.0f}" for config, by in above.items())
    return "ok" if excess(values, name, kinds) else ""


def side_by_side(values: Values, kinds: Mapping[str, str], title: str = "cost of one exit") -> str:
    """Returns the table for several configurations. @p kinds contains the configurations in the order of the columns,
    and what each of them observes."""
    rows: list[list[Cell]] = []
    for name in names(values):
        bound = limit(name)
        found = [number(values.get(config, {}).get(name)) for config in kinds]
        rows.append([name, *found, number(bound.most), bound.peer, _verdict(values, name, kinds)])
    return render(title, ["figure", *kinds, "at most", "peer", "verdict"], rows, left=(0, len(kinds) + 3))


def was_and_is(values: dict[str, float], was: dict[str, float], config: str, kind: str) -> str:
    """Returns the table for one configuration. Beside each new figure, the table shows the same figure of the previous
    run."""
    rows: list[list[Cell]] = []
    for name, value in values.items():
        bound = limit(name)
        verdict = _verdict({config: values}, name, {config: kind})
        rows.append([name, number(was.get(name)), number(value), number(most(name, kind, None)), bound.peer, verdict])
    return render(f"cost of one exit, {config}", ["figure", "was", "is", "at most", "peer", "verdict"], rows, left=(0, 5))
