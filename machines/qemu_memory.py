"""The guest's RAM as QEMU's arguments: one file that the host shares, whatever nodes it is divided into.

The counters and the trace are read from that file by physical address. On the virt board the nodes' memory follows one another
in the order of their numbers, so each node is a part of the file at the same offset.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cli.failure import Failure
from machines import qemu_arguments

# Where the virt board's RAM begins.
RAM_START = 0x80000000

DEFAULT_SIZE = 512 << 20

# What a node's size is a multiple of, so that none begins within a large page.
NODE_UNIT = 2 << 20

_SIZE = re.compile(r"(?:size=)?(\d+)([KMGTkmgt]?)")
_UNITS = {"k": 10, "m": 20, "g": 30, "t": 40}

# Properties of memory-backend-ram and -memfd that memory-backend-file does not have, or that the runner sets.
_REPLACED = ("qom-type", "id", "size", "share", "hugetlb", "hugetlbsize", "seal")


@dataclass(frozen=True)
class Backend:
    """A part of RAM: the name that QEMU knows it by, its size in bytes, other properties that the user wants."""

    name: str
    size: int
    more: dict[str, str]


@dataclass(frozen=True)
class Layout:
    """The parts of RAM in the order of their addresses, and the arguments for QEMU that say who uses them."""

    parts: list[Backend]
    users: list[str]

    @property
    def size(self) -> int:
        """Returns all of RAM, in bytes."""
        return sum(part.size for part in self.parts)

    def arguments(self, file: Path) -> list[str]:
        """Returns QEMU's arguments for RAM that is a file."""
        line: list[str] = []
        offset = 0
        for part in self.parts:
            place = {"offset": str(offset)} if offset else {}
            rest = {"id": part.name, "size": str(part.size), "mem-path": str(file), "share": "on", **place, **part.more}
            line += ["-object", qemu_arguments.joined("memory-backend-file", rest)]
            offset += part.size
        return [*line, *self.users]

    def make_file(self, file: Path) -> None:
        """Makes the file where QEMU does not do so itself, as a file of several parts."""
        if len(self.parts) > 1:
            with file.open("wb") as made:
                made.truncate(self.size)


def _size(text: str, option: str, unit: int) -> int:
    """Parses a size; without a letter it is in 2 ** @p unit bytes."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise Failure(f"{option} {text}: give the size as a number with K, M or G")
    return int(match[1]) << _UNITS.get(match[2].lower(), unit)


def _given_size(extra: list[str]) -> int | None:
    """Returns what the user's own -m says."""
    texts = qemu_arguments.values(extra, "m")
    return _size(texts[-1], "-m", 20) if texts else None


def _split(size: int, nodes: int, harts: int) -> Layout:
    """Returns RAM and harts divided evenly among a number of nodes."""
    if nodes > harts:
        raise Failure(f"--numa-nodes={nodes}: each node has a hart at least, but --harts={harts}")
    each = size // nodes // NODE_UNIT * NODE_UNIT
    sizes = [each] * (nodes - 1) + [size - each * (nodes - 1)]
    parts = [Backend(f"ram{node}", size, {}) for node, size in enumerate(sizes)]
    users = []
    for node, part in enumerate(parts):
        first, end = harts * node // nodes, harts * (node + 1) // nodes
        users += ["-numa", f"node,nodeid={node},memdev={part.name},cpus={first}-{end - 1}"]
    return Layout(parts, users)


def _backend(extra: list[str], name: str) -> Backend:
    """Returns the memory backend of that name among the user's -object."""
    for text in qemu_arguments.values(extra, "object"):
        found = qemu_arguments.properties(text, "qom-type")
        if found.get("id") != name or not found.get("qom-type", "").startswith("memory-backend-"):
            continue
        if "mem-path" in found:
            raise Failure(
                f"-object {text}: the guest's memory is a file of the runner, which reads counters and trace from it: "
                f"give memory-backend-ram,id={name},size=... without mem-path"
            )
        more = {key: value for key, value in found.items() if key not in _REPLACED}
        return Backend(name, _size(found.get("size", ""), "-object size", 0), more)
    raise Failure(f"no -object memory-backend-ram,id={name},size=... is among the arguments for QEMU")


def _node_backends(extra: list[str]) -> list[str]:
    """Returns the names of the memory backends of the user's -numa nodes, in the order of the nodes' numbers."""
    found: dict[int, str] = {}
    for text in qemu_arguments.values(extra, "numa"):
        node = qemu_arguments.properties(text, "type")
        if node.get("type") != "node":
            continue
        if "memdev" not in node:
            raise Failure(f"-numa {text}: a node needs memdev=ID of an -object memory-backend-ram; or use --numa-nodes=N alone")
        number = node.get("nodeid", str(len(found)))
        if not number.isdecimal():
            raise Failure(f"-numa {text}: nodeid={number} is not the number of a node")
        found[int(number)] = node["memdev"]
    return [found[number] for number in sorted(found)]


def _machine_backend(extra: list[str]) -> list[str]:
    """Returns the name of the memory backend that the user's -machine names, if it does."""
    machines = [qemu_arguments.properties(text, "type") for text in qemu_arguments.values(extra, "machine", "M")]
    names = [machine["memory-backend"] for machine in machines if "memory-backend" in machine]
    return names[-1:]


def layout(extra: list[str], nodes: int | None, harts: int) -> Layout:
    """Returns the guest's RAM: nodes of the user's own -numa, or @p nodes of --numa-nodes, or one piece."""
    size = _given_size(extra)
    own_nodes, own_machine = _node_backends(extra), _machine_backend(extra)
    if nodes is not None and (own_nodes or own_machine):
        raise Failure("--numa-nodes and memory of your own among the arguments for QEMU are two ways to say the same: give one")
    if own_nodes or own_machine:
        own = Layout([_backend(extra, name) for name in own_nodes or own_machine], [])
        if size not in (None, own.size):
            raise Failure(f"-m asks for {size} bytes, and the memory backends have {own.size} in all: leave out -m")
        return own
    if nodes is not None:
        return _split(size or DEFAULT_SIZE, nodes, harts)
    return Layout([Backend("ram", size or DEFAULT_SIZE, {})], ["-machine", "memory-backend=ram"])


def ram_size(extra: list[str]) -> int:
    """Returns the guest's RAM in bytes: the default, or what the user's own arguments say."""
    return layout(extra, None, 1).size


def others(extra: list[str], layout_: Layout) -> list[str]:
    """Returns the user's arguments without those that the layout replaces: -m, and -object of its parts."""
    names = {part.name for part in layout_.parts}
    kept = qemu_arguments.without(extra, "m")
    found: list[str] = []
    while kept:
        if len(kept) > 1 and qemu_arguments.is_option(kept[0], "object"):
            described = qemu_arguments.properties(kept[1], "qom-type")
            if described.get("id") in names and described.get("qom-type", "").startswith("memory-backend-"):
                kept = kept[2:]
                continue
        found.append(kept.pop(0))
    return found
