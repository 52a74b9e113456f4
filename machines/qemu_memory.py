"""Makes QEMU's arguments for the guest's RAM. RAM is one file that QEMU shares with the host, even if RAM is divided
into NUMA nodes.

The runners read counters and trace from that file by physical address. On the virt board, the memory of the nodes is contiguous, in
the order of the nodes' numbers. So the file contains the memory of all nodes in the same order, without gaps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cli.failure import Failure
from machines import qemu_arguments

# The physical address at which the virt board's RAM begins.
RAM_START = 0x80000000

DEFAULT_SIZE = 512 << 20

# The size of each node is a multiple of this, so that no node begins within a large page.
NODE_UNIT = 2 << 20

_SIZE = re.compile(r"(?:size=)?(\d+)([KMGTkmgt]?)")
_UNITS = {"k": 10, "m": 20, "g": 30, "t": 40}

# The runner replaces the user's memory-backend-ram and memory-backend-memfd by memory-backend-file. These properties
# are dropped, because memory-backend-file does not support them or because the runner sets them.
_REPLACED = ("qom-type", "id", "size", "share", "hugetlb", "hugetlbsize", "seal")


@dataclass(frozen=True)
class Backend:
    """A part of RAM. It has a name in QEMU's arguments, a size in bytes, and other properties from the user's
    arguments."""

    name: str
    size: int
    more: dict[str, str]


@dataclass(frozen=True)
class Layout:
    """The parts of RAM in the order of their addresses, and QEMU's arguments for the machine or the nodes that use them."""

    parts: list[Backend]
    users: list[str]

    @property
    def size(self) -> int:
        """Returns the size of all of RAM, in bytes."""
        return sum(part.size for part in self.parts)

    def arguments(self, file: Path) -> list[str]:
        """Returns QEMU's arguments that make RAM from the file @p file."""
        line: list[str] = []
        offset = 0
        for part in self.parts:
            place = {"offset": str(offset)} if offset else {}
            rest = {"id": part.name, "size": str(part.size), "mem-path": str(file), "share": "on", **place, **part.more}
            line += ["-object", qemu_arguments.joined("memory-backend-file", rest)]
            offset += part.size
        return [*line, *self.users]

    def make_file(self, file: Path) -> None:
        """Makes the file for RAM if RAM has several parts. If RAM has only one part, QEMU itself makes the file."""
        if len(self.parts) > 1:
            with file.open("wb") as made:
                made.truncate(self.size)


def _size(text: str, option: str, unit: int) -> int:
    """Parses a size. A number without a letter counts units of 2 ** @p unit bytes."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise Failure(f"{option} {text}: give the size as a number with K, M or G")
    return int(match[1]) << _UNITS.get(match[2].lower(), unit)


def _given_size(extra: list[str]) -> int | None:
    """Returns the size in the user's option -m. Returns None if the user did not give this option."""
    texts = qemu_arguments.values(extra, "m")
    return _size(texts[-1], "-m", 20) if texts else None


def _split(size: int, nodes: int, harts: int) -> Layout:
    """Returns a layout of RAM with @p nodes nodes. The memory and the harts are divided equally among the nodes."""
    if nodes > harts:
        raise Failure(f"--numa-nodes={nodes}: each node needs at least one hart, but --harts={harts}")
    each = size // nodes // NODE_UNIT * NODE_UNIT
    sizes = [each] * (nodes - 1) + [size - each * (nodes - 1)]
    parts = [Backend(f"ram{node}", size, {}) for node, size in enumerate(sizes)]
    users = []
    for node, part in enumerate(parts):
        first, end = harts * node // nodes, harts * (node + 1) // nodes
        users += ["-numa", f"node,nodeid={node},memdev={part.name},cpus={first}-{end - 1}"]
    return Layout(parts, users)


def _backend(extra: list[str], name: str) -> Backend:
    """Returns the memory backend with the name @p name from the user's -object arguments."""
    for text in qemu_arguments.values(extra, "object"):
        found = qemu_arguments.properties(text, "qom-type")
        if found.get("id") != name or not found.get("qom-type", "").startswith("memory-backend-"):
            continue
        if "mem-path" in found:
            raise Failure(
                f"-object {text}: the runner needs its own file for the guest's memory, to read counters and trace: "
                f"give memory-backend-ram,id={name},size=... without mem-path"
            )
        more = {key: value for key, value in found.items() if key not in _REPLACED}
        return Backend(name, _size(found.get("size", ""), "-object size", 0), more)
    raise Failure(f"no -object memory-backend-ram,id={name},size=... is among the arguments for QEMU")


def _node_backends(extra: list[str]) -> list[str]:
    """Returns the names of the memory backends in the user's -numa arguments, in the order of the nodes' numbers."""
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
    """Returns a list with the name of the memory backend in the user's -machine argument; an empty list if there is
    none."""
    machines = [qemu_arguments.properties(text, "type") for text in qemu_arguments.values(extra, "machine", "M")]
    names = [machine["memory-backend"] for machine in machines if "memory-backend" in machine]
    return names[-1:]


def layout(extra: list[str], nodes: int | None, harts: int) -> Layout:
    """Returns the layout of the guest's RAM. RAM consists of the nodes in the user's -numa arguments, or of @p nodes
    equal nodes (--numa-nodes), or otherwise of one part."""
    size = _given_size(extra)
    own_nodes, own_machine = _node_backends(extra), _machine_backend(extra)
    if nodes is not None and (own_nodes or own_machine):
        raise Failure("--numa-nodes and the arguments for QEMU both divide the memory: give one of the two")
    if own_nodes or own_machine:
        own = Layout([_backend(extra, name) for name in own_nodes or own_machine], [])
        if size not in (None, own.size):
            raise Failure(f"-m asks for {size} bytes, but the memory backends have {own.size} bytes in total: leave out -m")
        return own
    if nodes is not None:
        return _split(size or DEFAULT_SIZE, nodes, harts)
    return Layout([Backend("ram", size or DEFAULT_SIZE, {})], ["-machine", "memory-backend=ram"])


def ram_size(extra: list[str]) -> int:
    """Returns the size of the guest's RAM in bytes. This is the size in the user's arguments, or else the default
    size."""
    return layout(extra, None, 1).size


def others(extra: list[str], layout_: Layout) -> list[str]:
    """Returns the user's arguments without those that the layout replaces. The layout replaces -m and the -object
    arguments for parts of RAM."""
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
