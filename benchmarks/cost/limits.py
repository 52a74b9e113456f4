"""The list of limits: the maximum cost of each figure. The list also contains the cost of the same operation under the
most similar other monitor, which is called the peer.

The peer's numbers are instructions under icount, with one hart, QEMU 10.0.2, and a release build with the H extension. The limits are
part of the design (docs/benchmarks.md). Updating the baseline of the gate never changes the limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

# The maximum numbers of instructions that are added to an exit by the counters, by the counters and the trace together,
# by each slot of a record other than an EXIT record, and by finding the category of an ecall.
COUNTED_MORE = 34
TRACED_MORE = 64
SLOT_MORE = 10
CATEGORY_MORE = 16

# The number of slots of a PMP record, and of an ECALL record. hv writes an ECALL record when the firmware returns from
# the call (trace/format/events.def).
PMP_SLOTS = 2
ECALL_SLOTS = 4

# The number of instructions that save and restore the 16 registers that a C function may change, and the number for all
# 31 registers.
SAVE_16, SAVE_31 = 43, 76

# The counters may add COUNTED_BYTES bytes of text and data to the image. The trace may add TRACED_BYTES more.
COUNTED_BYTES = 4096
TRACED_BYTES = 8192
# Module offload and module protect_payload may add this many bytes.
OFFLOADED_BYTES = 4096
PROTECTED_BYTES = 10_240

# With both modules and the counters, an exit that module offload answers may take this many instructions more than with module
# offload alone.
BOTH_MORE = COUNTED_MORE + CATEGORY_MORE


@dataclass(frozen=True)
class Limit:
    """The limit of one kind of figure. `name` is a regular expression for the whole name."""

    name: str
    most: float | None = None  # the limit in a configuration without modules
    peer: str | None = None  # the cost under the peer, as a text for tables; a number or a range
    exits: int = 1  # the number of exits of one operation; counters and trace may add instructions to each exit
    slots: int = 0  # how many slots the operation writes into the trace, if there is one, not counting EXIT records
    calls: int = 0  # how many of the exits are ecalls; the counters have to find the category of each ecall
    exempt: str | None = None  # why this operation of the firmware has no limit
    traced: float | None = None  # a separate limit for traced configurations, for figures without a fixed number of exits
    counted_adds: float | None = None  # how much counting may add to the figure without modules
    traced_adds: float | None = None  # how much counting and tracing may add to the figure without modules
    offloaded: float | None = None  # a limit for the configuration in which only module offload is enabled
    offloaded_adds: float | None = None  # how much this module may add to the figure without modules
    protected: float | None = None  # a limit for the configuration in which only module protect_payload is enabled
    protected_adds: float | None = None  # how much this module may add to the figure without modules
    both: float | None = None  # a limit with both modules and counters, if it is not `offloaded` and BOTH_MORE
    both_adds: float | None = None  # how much both modules and counters may add to the figure without modules


_MEMORY = "(mscratch|mepc|mcause|mtval)"
_NATIVE = "(cycle|time|instret)"
_DUE = "makes an interrupt pending"

# The first limit whose name matches a figure is the limit of that figure.
LIMITS = (
    Limit("(mret_s|csr_read|pmpcfg_write|pmpaddr_write|clint_load|clint_store)_locked", exempt="the firmware has locked a PMP entry"),
    Limit("virtual_trap_locked", exempt="the firmware has locked a PMP entry", exits=4),
    Limit("mret_s_first_view", exempt="the first switch of worlds after a change of pmpcfg"),
    Limit("clint_msip_other", exempt="access to another hart's msip"),
    Limit("clint_msip_other_set", exempt="a store to another hart's msip wakes that hart"),
    # Operations that do not trap, because the hardware executes them.
    Limit(f"csr_read_{_NATIVE}|rdtime|misaligned_(ld|sd)", 1, exits=0),
    # Writes of PMP registers.
    Limit("pmpcfg_write|csr_write_pmpcfg(_least)?", 145, "504"),
    Limit("pmpcfg_write_changed", 206, "504", slots=PMP_SLOTS),
    # CSRs whose value hv only stores in memory.
    Limit(f"csr_read|csr_read_{_MEMORY}(_rd_(least|most))?", 103, "364–371"),
    Limit("csr_write", 107, "392–402", protected=120, both=120),
    Limit(f"csr_write_{_MEMORY}(_rs1_(least|most))?", 107, "392–402"),
    Limit("csr_read_mstatus(_rd_(least|most))?", 182, "362"),
    Limit("csr_write_mstatus(_rs1_(least|most))?", 143, "437"),
    # All other CSRs.
    Limit("csr_read_pmpcfg(_least)?", 182, "378"),
    Limit("csr_read_(mhartid|scause)", 182, "365–395"),
    Limit("csr_read_mip", 182, "364"),
    Limit("csr_read_(mie|mtvec|medeleg|mcounteren)(_rd_(least|most))?", 182, "364–366"),
    Limit("csr_read_.*", 182),
    Limit("csr_write_(mie|mideleg|satp)(_rs1_(least|most))?", 195, "392–403"),
    Limit("csr_write_stvec", 195, "365–395"),
    Limit("csr_(write|swap|set|clear)_pmpaddr(_least)?|pmpaddr_write(_open|_changed)?", 209, "418", slots=PMP_SLOTS),
    Limit("csr_clear_mip", 195, "404"),
    Limit("csr_set_clear_.*", 195),
    Limit("csr_(write|swap|set|clear)_.*|csrr[wsc]i_.*", 195),
    # Accesses to the CLINT.
    Limit("clint_store(_rs2_(least|most))?", 109, "363"),
    Limit("clint_sd_mtimecmp_due|clint_sw_msip_set", exempt=_DUE),
    Limit("clint_load|clint_load_.*|clint_lw_(mtime|msip).*|clint_msip", 180, "339–361"),
    Limit("clint_.*", 180),
    # Other instructions.
    Limit("fence(_address|_asid|_address_asid)?", 140, "280"),
    Limit("rdtime_.*", 182),
    Limit("wfi_pending", slots=2),
    # Traps, and changes between firmware and payload.
    Limit("virtual_trap", 500, "1,297", exits=4),
    Limit("virtual_trap_ecall", 500, exits=4, calls=1),
    Limit("roundtrip", 552, "2,573", exits=4, protected=760, both=760 + 4 * COUNTED_MORE),
    Limit("roundtrip_module(_ecall)?", 700, exits=0),
    Limit("roundtrip_ecall", 552, "2,716", exits=4, slots=ECALL_SLOTS, calls=1),
    Limit("trap_entry_ecall", calls=1),
    Limit("mret_s(_mprv)?", slots=ECALL_SLOTS),
    Limit("mret_.*|trap_entry_.*|mprv_.*"),
    Limit("interrupt_entry_timer", slots=1),
    Limit("interrupt_entry_.*", exempt=_DUE, exits=2),
    Limit("sbi_base", 1600, "7,489", exits=14, slots=ECALL_SLOTS, calls=1, protected=2900, both=2900),
    Limit("sbi_base_heavy", 6000, "12,451", exits=33, slots=ECALL_SLOTS, calls=1),
    # Calls of the payload, which module offload answers on the calling hart.
    Limit("set_timer", exits=0, peer="249", offloaded=80),
    Limit("set_timer_stip", exits=0, offloaded=80),
    Limit("read_time", exits=0, peer="228", offloaded=75),
    Limit("misaligned_load", exits=0, peer="577", offloaded=190),
    Limit("ipi_self", exits=0, peer="499", offloaded=170),
    Limit("ipi_remote", exits=0, offloaded=500, both=500),
    Limit("rfence_self", exits=0, peer="526", offloaded=180),
    # A service of hv for modules.
    Limit("supervisor_context_swap", 150, exits=0),
    # Boots and whole runs.
    Limit("boot_to_firmware", 130_000, "94,577–133,554", exits=0),
    Limit("boot_to_firmware_2", 160_000, exits=0),
    Limit("boot_to_firmware_4", 220_000, exits=0),
    Limit("boot_to_firmware_8", 340_000, exits=0),
    Limit("boot_hv_instructions_1", 500_000, "1,010,000", exits=0, traced=750_000),
    Limit("boot_hv_instructions", 2_400_000, "15,400,000", exits=0, traced=4_500_000, offloaded=500_000),
    Limit("boot_hv_instructions_1_no_sstc", 2_400_000, exits=0, traced=3_700_000),
    Limit("boot_hv_instructions_no_sstc", 5_500_000, exits=0),
    Limit("boot_.*", exits=0),
    # The image.
    Limit("image_bytes", 40_960, "61,464", exits=0, counted_adds=COUNTED_BYTES,
          traced_adds=COUNTED_BYTES + TRACED_BYTES, offloaded_adds=OFFLOADED_BYTES,
          protected_adds=PROTECTED_BYTES, both_adds=COUNTED_BYTES + OFFLOADED_BYTES + PROTECTED_BYTES),
    # The trace.
    Limit("trace_emit_on", 16, exits=0),
    Limit("trace_emit_off", 3, exits=0),
    Limit("trace_exit_record", 26, exits=0),
    Limit("trace_exit_record_full", 34, exits=0),
    Limit("trace_boot_overhead", 0.5, exits=0),
)

_NO_LIMIT = Limit(".*", exits=0)


@lru_cache(maxsize=None)
def limit(figure: str) -> Limit:
    """Returns the limit of a figure. For a figure without a limit, returns a Limit without numbers."""
    found = next((each for each in LIMITS if re.fullmatch(each.name, figure)), _NO_LIMIT)
    return replace(found, name=figure)


def most(figure: str, observing: str, plain: float | None) -> float | None:
    """Returns the greatest allowed value of a figure in one configuration. Returns None if there is no limit.

    observing: what the modules of the configuration do: "plain", "counted", "traced", "offloaded", "protected", "both",
    or "other", for which there are no limits
    plain: the same figure in the configuration without modules, to which observing may add; None if it was not measured
    """
    bound = limit(figure)
    if observing == "plain":
        return bound.most
    if observing == "offloaded":
        return bound.offloaded if bound.offloaded_adds is None or plain is None else plain + bound.offloaded_adds
    if observing == "protected":
        return bound.protected if bound.protected_adds is None or plain is None else plain + bound.protected_adds
    if observing == "both":
        return _both(bound, plain)
    if observing == "traced" and bound.traced is not None:
        return bound.traced
    if observing not in ("counted", "traced") or plain is None or bound.exempt:
        return None
    adds = _counted_adds(bound) if observing == "counted" else _traced_adds(bound)
    return None if adds is None else plain + adds


def _both(bound: Limit, plain: float | None) -> float | None:
    """Returns the limit of a figure with both modules and counters; None if there is none."""
    if bound.both_adds is not None and plain is not None:
        return plain + bound.both_adds
    if bound.both is not None or bound.offloaded is None:
        return bound.both
    return bound.offloaded + BOTH_MORE


def _counted_adds(bound: Limit) -> float | None:
    """Returns how much counting may add to a figure; None if there is no limit."""
    if bound.counted_adds is not None:
        return bound.counted_adds
    return COUNTED_MORE * bound.exits + CATEGORY_MORE * bound.calls if bound.exits or bound.most == 1 else None


def _traced_adds(bound: Limit) -> float | None:
    """Returns how much counting and tracing may add to a figure; None if there is no limit."""
    if bound.traced_adds is not None:
        return bound.traced_adds
    if not bound.exits:
        return 0 if bound.most == 1 else None
    return TRACED_MORE * bound.exits + SLOT_MORE * bound.slots + CATEGORY_MORE * bound.calls
