"""Sample modules, and short ways to call the generator, for its tests."""

from __future__ import annotations

from hv.config import schema
from hv.config.check import Config, ConfigError, load_config
from hv.config.modules import Module


def module(name: str, **given: object) -> Module:
    """Returns a module with defaults (no hooks), except for the members in @p given."""
    values: dict[str, object] = {
        "label": f"//modules/{name}:{name}",
        "header": f"modules/{name}/{name}.h",
        "hooks": {},
        "pmp_entries": "0",
        "claims": (),
        "fast": {},
    }
    if isinstance(given.get("hooks"), tuple):
        given["hooks"] = {hook: () for hook in given["hooks"]}  # type: ignore[attr-defined]
    return Module(name=name, **(values | given))  # type: ignore[arg-type]


# One key of each kind, of a module that is called filter.
KEYS = (
    schema.Key("filter", "limit", schema.Number(1, 1 << 40), 5, "a number"),
    schema.Key("filter", "start", schema.Address(), None, "an address", "none"),
    schema.Key("filter", "strict", schema.Flag(), False, "a flag"),
    schema.Key("filter", "answer", schema.Choice(("none", "error", "end")), "error", "a word"),
    schema.Key("filter", "deny", schema.Numbers(0, 0xffff_ffff, 4), [], "a list of numbers"),
    schema.Key("filter", "hash", schema.Bytes(4), None, "some bytes", "none"),
)

# Keys of a module that is called lock. One of them is needed, and another one is needed unless a flag is true.
NEEDED_KEYS = (
    schema.Key("lock", "start", schema.Address(), None, "an address", "needed", "choose one"),
    schema.Key("lock", "hash", schema.Bytes(4), None, "some bytes", "needed", "a program prints them", "open"),
    schema.Key("lock", "open", schema.Flag(), False, "a flag"),
)

KNOWN = [
    module("counter", hooks=("init", "observe_exit", "on_shutdown")),
    module("filter", keys=KEYS),
    module("lock", keys=NEEDED_KEYS),
    module("looker", hooks=("decided_next_exec_mode",)),
    module("offload", hooks=("trap_from_payload", "on_interrupt"), fast={"payload_ecall": "offload_fast_ecall"}),
    module("protect", hooks=("ecall_from_payload",), pmp_entries="4", claims=("load_page_fault",), events=("denied",)),
    module("vault", pmp_entries="2 * platform.max_harts + 1"),
]


def config(text: str = "", known: list[Module] | None = None) -> Config:
    """Returns the configuration in @p text, which must have no errors."""
    return load_config("sample", text, KNOWN if known is None else known)


def problems(text: str, known: list[Module] | None = None) -> list[str]:
    """Returns the errors in @p text, as the user sees them."""
    try:
        config(text, known)
    except ConfigError as error:
        return [problem.text("sample.toml") for problem in error.problems]
    return []
