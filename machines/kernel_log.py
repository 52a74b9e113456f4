"""Finds the lines of a Linux kernel's log that report a fault. This is necessary because a guest may power off normally
although there was a fault.

console.py passes whole lines. This file does not decide whether a run has failed. The texts are the format strings of Linux 6.12
(kernel/, lib/bug.c, mm/, arch/riscv/). A line reports a fault only if one of these texts is at the start of the
message. So boot parameters (`oops=panic`), the line that repeats the command line, and warnings for administrators,
such as "WARNING: 'bootconfig' found on the kernel command line", do not count as faults.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# At most this many faults are kept. Later faults are mostly consequences of the first one.
MOST_LINES = 100

# The start of a message: the time since boot, and with CONFIG_PRINTK_CALLER the task or processor. A user program may
# have printed a part of a line before the message.
_STAMP = re.compile(r"\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? ")
_FIRST_MESSAGE = re.compile(r"Linux version \d")

# The kinds of faults. Each kind has the text at the start of the message, and the meaning of the fault. The first kind
# that matches is used.
_KINDS = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (r"Kernel panic - not syncing: ", "the Linux kernel panicked; its lines say why"),
        (r"(?:Oops|Kernel BUG)(?: - [\w ()-]+)? \[#\d+\]", "the Linux kernel met a trap that it did not expect"),
        (r"Unable to handle kernel .* at virtual address", "the Linux kernel met a page fault that it did not expect"),
        (r"[kK]ernel BUG at ", "the Linux kernel found its own state broken"),
        (r"(?:\w+: )?BUG: ", "the Linux kernel found its own state broken"),
        (r"watchdog: .*hard LOCKUP", "a hart stopped making progress (lost timer interrupt or IPI)"),
        (r"WARNING: (?:CPU: \d+ PID: \d+ at |\S+:\d+ at )", "the Linux kernel found something that should not happen"),
        (r"rcu: INFO: \w+ (?:self-)?detected ", "a hart stopped making progress (lost timer interrupt or IPI)"),
        (r"rcu: \w+ kthread (?:starved for|timer wakeup didn't)", "a hart stopped making progress (lost timer interrupt or IPI)"),
        (r"INFO: \w+ detected stalls", "a hart stopped making progress (lost timer interrupt or IPI)"),
        (r"INFO: task .* blocked for more than \d+ seconds", "a task waits for an event that does not come (lost interrupt)"),
        (r"CPU\d+: failed to (?:come online|start)", "a hart did not start: OpenSBI's boot race (use fw_dynamic, not fw_jump) or a lost IPI"),
        (r"CPU\d+ (?:failed to report (?:alive|dead) state|may not have stopped)", "a hart did not stop or start as asked"),
        (r"irq \d+: nobody cared", "an interrupt came again and again, and no driver handled it"),
        (r".+\[\d+\]: unhandled signal \d+ code 0x", "a user program met a trap that it did not expect"),
        (r"Insufficient stack space to handle exception!", "the Linux kernel's stack overflowed"),
        (r"corrupted stack end detected inside scheduler", "the Linux kernel's stack overflowed"),
        (r"Call Trace:", "the Linux kernel printed a call trace"),
    )
)


@dataclass(frozen=True)
class Fault:
    """A line that reports a fault, and the meaning of the fault."""

    line: str
    meaning: str


@dataclass
class KernelLog:
    """The faults in a log, in order. `faults` contains only the first MOST_LINES faults, and `count` is the number of
    all faults."""

    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    # With printk.time=0, messages do not begin with a time. The first message shows whether messages have a time.
    _is_stamped: bool = True

    def feed(self, line: str) -> None:
        """Takes one line of the console, without its line end and without escape sequences."""
        stamp = _STAMP.search(line)
        if stamp is None and _FIRST_MESSAGE.match(line):
            self._is_stamped = False
        if stamp is None and self._is_stamped:
            return
        message = line[stamp.end() :] if stamp else line
        for pattern, meaning in _KINDS:
            if pattern.match(message):
                self.count += 1
                if len(self.faults) < MOST_LINES:
                    self.faults.append(Fault(line.strip(), meaning))
                return
