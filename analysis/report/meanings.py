"""What the figures of results mean, in a sentence for the reader of a report."""

from __future__ import annotations

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

INSTRUCTIONS = "instructions that one such operation takes, with everything that hv and the firmware do for it"


def meaning(figure: str, unit: str) -> str:
    """Returns what a figure means; an empty text if only its name says it."""
    found = MEANINGS.get(figure)
    if found is not None:
        return found
    return INSTRUCTIONS if unit == "instructions" and not figure.startswith("boot_") else ""
