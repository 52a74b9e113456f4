"""The names of trap causes in results: those of the RISC-V privileged specification, in snake_case."""

from __future__ import annotations

CAUSE_COUNT = 32

EXCEPTIONS = {
    0: "instruction_address_misaligned",
    1: "instruction_access_fault",
    2: "illegal_instruction",
    3: "breakpoint",
    4: "load_address_misaligned",
    5: "load_access_fault",
    6: "store_amo_address_misaligned",
    7: "store_amo_access_fault",
    8: "environment_call_from_u_mode",
    9: "environment_call_from_s_mode",
    10: "environment_call_from_vs_mode",
    11: "environment_call_from_m_mode",
    12: "instruction_page_fault",
    13: "load_page_fault",
    15: "store_amo_page_fault",
    16: "double_trap",
    18: "software_check",
    19: "hardware_error",
    20: "instruction_guest_page_fault",
    21: "load_guest_page_fault",
    22: "virtual_instruction",
    23: "store_amo_guest_page_fault",
}

INTERRUPTS = {
    1: "supervisor_software_interrupt",
    2: "virtual_supervisor_software_interrupt",
    3: "machine_software_interrupt",
    5: "supervisor_timer_interrupt",
    6: "virtual_supervisor_timer_interrupt",
    7: "machine_timer_interrupt",
    9: "supervisor_external_interrupt",
    10: "virtual_supervisor_external_interrupt",
    11: "machine_external_interrupt",
    12: "supervisor_guest_external_interrupt",
    13: "counter_overflow_interrupt",
}


def cause_name(index: int) -> str:
    """Returns the name of a counter's index: the cause in the low five bits, bit 5 for interrupts."""
    code = index % CAUSE_COUNT
    if index >= CAUSE_COUNT:
        return INTERRUPTS.get(code, f"interrupt_{code}")
    return EXCEPTIONS.get(code, f"exception_{code}")


def by_cause(counters: list[int]) -> dict[str, int]:
    """Returns the counts that are not zero, by name, greatest first."""
    counts = {cause_name(index): count for index, count in enumerate(counters) if count}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
