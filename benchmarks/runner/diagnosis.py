"""Says why a run probably failed, from what its console, its exit code and hv's state show."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.runner.failure import (
    EXIT_GUEST_FAILED,
    EXIT_MODULE_FATAL,
    EXIT_MONITOR_FAILED,
    EXIT_SUCCESS,
    EXIT_TIME_OUT,
    EXIT_USAGE,
)
from benchmarks.runner.machine import Run


@dataclass(frozen=True)
class Signature:
    """Text on the console that gives a reason away. The first in the table that was seen wins."""

    text: str
    reason: str


# hv's own lines first: what follows them is a consequence.
SIGNATURES = (
    Signature(" PMP entries, ", "hv does not start with so few PMP entries: raise [vcpu] pmp_limit or use fewer modules"),
    Signature("PMP does not let the payload execute", "the firmware wants more PMP entries than hv can show: raise pmp_limit"),
    Signature("boot error: ", "hv refuses this machine or this configuration; the line says why"),
    Signature("hv_core: panic: ", "a defect of hv: please report the registers with the config and build id"),
    Signature(" hv_core: module ", "a module of hv ended the run; the line says why"),
    Signature("sbi_trap_error", "the firmware trapped in its own code: it met something that hv does not virtualise well"),
    Signature("failed to come online", "a hart did not start: OpenSBI's boot race (use fw_dynamic, not fw_jump) or a lost IPI"),
    Signature("sbi_init: failed", "OpenSBI could not initialise; its lines say which part"),
    Signature("initramfs unpacking failed", "the initramfs is damaged, or memory is too small for it"),
    Signature("No working init found", "the initramfs has no /init, or its programs are for another machine"),
    Signature("Unable to mount root fs", "the kernel found no initramfs: was --initrd given?"),
    Signature("Kernel panic - not syncing", "the Linux kernel panicked; its lines say why"),
    Signature("Oops", "the Linux kernel met a trap that it did not expect"),
    Signature("rcu: INFO: rcu_", "a hart stopped making progress (lost timer interrupt or IPI)"),
    Signature("hartscope: guest failed", "the workload in the guest failed; the line says which part"),
)

SIGNATURE_TEXTS = tuple(signature.text for signature in SIGNATURES)

_STATE_CODES = {"boot error": EXIT_MONITOR_FAILED, "panic": EXIT_MONITOR_FAILED, "module_fatal": EXIT_MODULE_FATAL}


def exit_code(run: Run) -> int:
    """Returns the run's exit code: QEMU's, unless hv's state or QEMU's complaint says more."""
    state = run.directory.state_name if run.directory else ""
    if run.code == EXIT_GUEST_FAILED and not run.console.lines and "qemu-system" in run.errors:
        return EXIT_USAGE
    if run.code in (EXIT_SUCCESS, EXIT_TIME_OUT) and state in _STATE_CODES:
        return _STATE_CODES[state]
    return EXIT_GUEST_FAILED if run.code < 0 else run.code


def likely_reason(run: Run) -> str:
    """Returns one sentence."""
    if run.errors and not run.console.lines:
        return "QEMU did not start: " + run.errors.strip().splitlines()[0]
    for signature in SIGNATURES:
        if signature.text in run.console.signs:
            return signature.reason
    state = run.directory.state_name if run.directory else ""
    if state in _STATE_CODES:
        return f"hv ended the run ({state}) without a word on the console"
    if run.timed_out:
        return _where_it_hung(run)
    if run.code < 0:
        return f"QEMU was killed by signal {-run.code}"
    return f"the machine ended with code {run.code} after phase {_last_phase(run)}"


def _last_phase(run: Run) -> str:
    return run.stamps[-1].name if run.stamps else "none"


def _where_it_hung(run: Run) -> str:
    if not run.console.lines:
        return "time-out, and nothing was ever printed: the firmware did not start (wrong address, or a hang before its console)"
    if not run.console.firmware_ready and _last_phase(run) in ("hv", "firmware"):
        return f"time-out in phase {_last_phase(run)}: the firmware did not get as far as its payload"
    return f"time-out in phase {_last_phase(run)}: raise --timeout if the last lines show progress"


def report(run: Run) -> str:
    """Returns the tail of the log and the likely reason, for the terminal."""
    tail = [f"  | {line[:200]}" for line in run.console.tail] or ["  | (no output)"]
    return "\n".join(["last lines of the console:", *tail, f"likely reason: {likely_reason(run)}"])
