"""What the figures of results mean, in a sentence for the reader of a report."""

from __future__ import annotations

import re

MEANINGS = {
    "run_seconds": "from the start of the machine to its end",
    "boot_seconds": "from the start of the machine until Linux starts its first process",
    "exits": "how often the guest stopped and hv ran",
    "hv_share": "hv's part of the time of all harts",
    "workload_nanosleep": "a thread on each hart sleeps 1000 times for 1 ms",
    "workload_pipes": "four pairs of threads pass a byte back and forth 10,000 times",
    "hart_start": "one hart starts another one, until that one has answered",
    "ipi_ring": "an IPI from one hart to the next, which sleeps",
    "ipi_broadcast": "one call wakes all other harts, until the last has answered",
    "fence_remote": "one call fences all other harts, which sleep",
    "calls_at_once": "a call that the firmware answers, while all harts make such calls, divided by their number",
    "timer_wake": "how much too late a hart runs that slept until a timer",
    "hackbench": "20 processes send messages to 20 others",
    "cyclictest_average": "how much too late a real-time thread runs, on average",
    "cyclictest_maximum": "how much too late a real-time thread runs, at worst",
    "stress_ng_switch": "context switches",
    "stress_ng_hrtimers": "high-resolution timers that expire",
    "stress_ng_fork": "new processes",
    "stress_ng_tlb_shootdown": "changes of page tables that other harts must see",
    "redis_set": "requests that store a value in redis",
    "redis_get": "requests that read a value from redis",
    "dd": "the kernel fills 256 MiB of memory with zeros",
    "build": "gcc compiles and links a small C program",
}

# What the operations are whose costs micro_qemu counts (docs/benchmarks.md). The first pattern that matches the name counts; {0} and
# {1} stand for its groups.
OPERATIONS = (
    (r"csr_read_(\w+?)", "csrr of {0}"),
    (r"csr_write_(\w+?)", "csrw of {0}"),
    (r"csr_swap_(\w+?)", "csrrw of {0}"),
    (r"csr_set_clear_(\w+?)", "csrs and then csrc of {0}"),
    (r"csr_set_(\w+?)", "csrrs of {0}"),
    (r"csr_clear_(\w+?)", "csrrc of {0}"),
    (r"(csrr[wsc]i)_(\w+?)", "{0} of {1}"),
    (r"csr_read", "csrr of mscratch"),
    (r"csr_write", "csrw of mscratch"),
    (r"pmpcfg_write", "a write of pmpcfg"),
    (r"pmpaddr_write(_open)?", "a write of pmpaddr"),
    (r"fence(_address)?(_asid)?", "sfence.vma"),
    (r"rdtime.*|read_time", "a read of time"),
    (r"wfi_pending", "wfi while an interrupt is pending"),
    (r"misaligned_(ld|load)", "a misaligned ld"),
    (r"misaligned_(sd|store)", "a misaligned sd"),
    (r"clint_(load|store)", "a {0} of mtimecmp in the CLINT"),
    (r"clint_msip\w*?", "a store to msip in the CLINT"),
    (r"clint_(\w+?)_(msip|mtime|mtimecmp)(_\w+?)?", "{0} of {1} in the CLINT"),
    (r"mprv_(\w+?)", "{0} with MPRV"),
    (r"mret_(\w)\w*?", "mret to {0}-mode"),
    (r"trap_entry_(\w+?)", "from the cause {0} to the firmware's handler"),
    (r"interrupt_entry_(\w+?)", "from a {0} interrupt to the firmware's handler"),
    (r"virtual_trap(_ecall)?", "a trap of the firmware with the shortest handler"),
    (r"roundtrip\w*?", "from S-mode to the firmware's shortest handler, and back"),
    (r"sbi_base_heavy", "an SBI call to a firmware that takes 32 exits for it"),
    (r"sbi_base", "a call of the SBI's base extension"),
    (r"set_timer\w*?", "the SBI call set_timer"),
    (r"ipi_self\w*?", "the SBI call send_ipi to the own hart"),
    (r"ipi_remote", "an IPI to another hart, on both harts"),
    (r"rfence_\w+?", "an SBI call for a fence of the own hart"),
    (r"supervisor_context_swap", "the exchange of the payload's S-mode context"),
    (r"trace_boot_overhead", "how many more instructions a boot takes with all events of the trace"),
    (r"trace_\w+?", "writing a record of the trace"),
    (r"boot_to_firmware\w*?", "hv's instructions before the firmware's first one"),
    (r"boot_hv_instructions\w*?", "hv's instructions in a Linux boot"),
    (r"boot_instructions", "all instructions of a Linux boot"),
    (r"image_bytes", "text and data of hv"),
    (r"offload_gain_([a-z]+)_\w+?", "{0}: the ratio of hv with offload to the bare machine"),
    (r"([a-z]+)_\d_(no_sstc_)?(total|firmware|hv)", "{0}: the instructions of {2}"),
    (r"(boot|pipes|timers|pages)_\d(_no_sstc)?", "the whole workload {0}"),
)
VARIANTS = (
    ("(_rd|_rs1|_rs2)_least", "with the cheapest register"),
    ("(_rd|_rs1|_rs2)_most", "with the most expensive register"),
    ("_least", "the cheapest one"),
    ("_changed", "with a value that changes"),
    ("_locked", "while a PMP entry is locked"),
)


def meaning(figure: str) -> str:
    """Returns what a figure means; an empty text if only its name says it."""
    if figure in MEANINGS:
        return MEANINGS[figure]
    end, variant = next(((end, f", {text}") for end, text in VARIANTS if re.search(f"{end}$", figure)), ("", ""))
    name = re.sub(f"{end}$", "", figure)
    for pattern, text in OPERATIONS:
        if match := re.fullmatch(pattern, name):
            return text.format(*(group or "" for group in match.groups())) + variant
    return ""
