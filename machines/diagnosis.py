"""Finds the probable reason for the failure of a run from the console, the exit code and hv's state."""

from __future__ import annotations

from dataclasses import dataclass

from cli.failure import (
    EXIT_GUEST_FAILED,
    EXIT_MODULE_FATAL,
    EXIT_MONITOR_FAILED,
    EXIT_SUCCESS,
    EXIT_TIME_OUT,
    EXIT_USAGE,
)
from machines.run import Run


@dataclass(frozen=True)
class Signature:
    """A text on the console, and the reason for the failure if this text was printed. If the console contains several
    of these texts, the first one in the table decides."""

    text: str
    reason: str


# The lines that hv prints come first, because faults of the guest after such a line are only consequences.
SIGNATURES = (
    Signature(" PMP entries, ", "hv cannot start with so few PMP entries: raise [vcpu] pmp_limit or use fewer modules"),
    Signature("PMP does not let the payload execute", "the firmware needs more PMP entries than hv can give it: raise pmp_limit"),
    Signature("boot error: ", "hv refuses this machine or this configuration; the line says why"),
    Signature("hv_core: panic: ", "hv has a defect: please report the registers, the config and the build id"),
    Signature(" hv_core: module ", "a module of hv ended the run; the line says why"),
    Signature("sbi_trap_error", "the firmware trapped in its own code, perhaps because hv virtualises something wrongly"),
    Signature("sbi_init: failed", "OpenSBI could not initialise; its lines say which part failed"),
    Signature("initramfs unpacking failed", "the initramfs is damaged, or memory is too small for it"),
    Signature("No working init found", "the initramfs has no /init, or its programs are for another machine"),
    Signature("Unable to mount root fs", "the kernel found no initramfs: was --initrd given?"),
    Signature("hartscope: guest failed", "the workload in the guest failed; the line says which part"),
)

SIGNATURE_TEXTS = tuple(signature.text for signature in SIGNATURES)

# A message quotes at most this many characters of a console line.
LONGEST = 200

_STATE_CODES = {"boot error": EXIT_MONITOR_FAILED, "panic": EXIT_MONITOR_FAILED, "module_fatal": EXIT_MODULE_FATAL}


def exit_code(run: Run) -> int:
    """Returns the exit code of the run. This is QEMU's exit code, unless hv's state, QEMU's error messages or the
    kernel's log show another reason for the end of the run."""
    state = run.directory.state_name if run.directory else ""
    if run.code == EXIT_GUEST_FAILED and not run.console.lines and "qemu-system" in run.errors:
        return EXIT_USAGE
    if run.code in (EXIT_SUCCESS, EXIT_TIME_OUT) and state in _STATE_CODES:
        return _STATE_CODES[state]
    if run.code == EXIT_SUCCESS and run.console.kernel_log.count and not run.faults_are_ignored:
        return EXIT_GUEST_FAILED
    return EXIT_GUEST_FAILED if run.code < 0 else run.code


def fault(run: Run) -> str | None:
    """Returns a sentence with the first line of the kernel's log that reports a fault, and with the number of further
    lines that do. Returns None if no line reports a fault."""
    log = run.console.kernel_log
    if not log.faults:
        return None
    more = f" (and {log.count - 1} more such lines)" if log.count > 1 else ""
    return f"the kernel's log shows a fault{more}: {log.faults[0].line[:LONGEST]}"


def likely_reason(run: Run) -> str:
    """Returns the probable reason of the failure, as one sentence."""
    if run.errors and not run.console.lines:
        return "QEMU did not start: " + run.errors.strip().splitlines()[0]
    for signature in SIGNATURES:
        if signature.text in run.console.signs:
            return signature.reason
    if run.console.kernel_log.faults:
        return run.console.kernel_log.faults[0].meaning
    state = run.directory.state_name if run.directory else ""
    if state in _STATE_CODES:
        return f"hv ended the run ({state}) and printed no reason on the console"
    if run.timed_out:
        return _where_it_hung(run)
    if run.code < 0:
        return f"QEMU was killed by signal {-run.code}"
    return f"the machine ended with code {run.code} after phase {_last_phase(run)}"


def _last_phase(run: Run) -> str:
    return run.stamps[-1].name if run.stamps else "none"


def _where_it_hung(run: Run) -> str:
    if not run.console.lines:
        return "time-out, and nothing was ever printed: the firmware lies at a wrong address, or hangs before it initialises its console"
    if not run.console.firmware_ready and _last_phase(run) in ("hv", "firmware"):
        return f"time-out after {run.seconds:.0f} s in phase {_last_phase(run)}: the firmware neither ended the run nor started a payload"
    return f"time-out after {run.seconds:.0f} s in phase {_last_phase(run)}: raise --timeout if the last lines show progress"


def report(run: Run) -> str:
    """Returns a text for the terminal. It contains the first fault, the last lines of the console, and the likely
    reason of the failure."""
    found = fault(run)
    tail = [f"  | {line[:LONGEST]}" for line in run.console.tail] or ["  | (no output)"]
    return "\n".join([*([found] if found else []), "last lines of the console:", *tail, f"likely reason: {likely_reason(run)}"])
