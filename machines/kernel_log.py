"""Finds the lines of a Linux kernel's log that say that something is broken, even if the guest then ends well.

Fed by the console with whole lines; knows nothing of how a run is judged. The texts are those of the format strings in
Linux 6.12 (kernel/, lib/bug.c, mm/, arch/riscv/). They must stand at the start of a message. So the words of a boot
parameter (`oops=panic`) and the line that repeats the command line do not count, and neither do warnings for administrators,
such as "WARNING: 'bootconfig' found on the kernel command line".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# Most of what follows the first fault is a consequence of it.
MOST_LINES = 100

# A message's start: the time since boot, and with CONFIG_PRINTK_CALLER the task or processor. User programs may have left
# an unfinished line before it.
_STAMP = re.compile(r"\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? ")
_FIRST_MESSAGE = re.compile(r"Linux version \d")

# Kinds of faults: what a message starts with, and what that means for a reader. The first match wins.
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
        (r"INFO: task .* blocked for more than \d+ seconds", "a task waits for something that does not come (lost interrupt)"),
        (r"CPU\d+: failed to (?:come online|start)", "a hart did not start: OpenSBI's boot race (use fw_dynamic, not fw_jump) or a lost IPI"),
        (r"CPU\d+ (?:failed to report (?:alive|dead) state|may not have stopped)", "a hart did not stop or start as asked"),
        (r"irq \d+: nobody cared", "an interrupt came again and again, and no driver knows it"),
        (r".+\[\d+\]: unhandled signal \d+ code 0x", "a user program met a trap that it did not expect"),
        (r"Insufficient stack space to handle exception!", "the Linux kernel's stack overflowed"),
        (r"corrupted stack end detected inside scheduler", "the Linux kernel's stack overflowed"),
        (r"Call Trace:", "the Linux kernel printed a call trace"),
    )
)


@dataclass(frozen=True)
class Fault:
    """A line that shows a fault, and what the line means."""

    line: str
    meaning: str


@dataclass
class KernelLog:
    """The faults in a log, in order. `count` goes on where `faults` is full."""

    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    # printk.time=0 leaves out the time; then the first message has none either.
    _is_stamped: bool = True

    def feed(self, line: str) -> None:
        """Takes a line of the console, without its end and without escape sequences."""
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
