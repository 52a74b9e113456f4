"""Tests of kernel_log.py with messages of Linux 6.12, and of newer versions if they differ."""

import unittest

from machines.kernel_log import MOST_LINES, KernelLog

FAULTS = (
    "Oops [#1]",
    "Oops - load access fault [#1]",
    "Oops - store (or AMO) address misaligned [#2]",
    "Kernel BUG [#1]",
    "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000",
    "Unable to handle kernel paging request at virtual address ffffffff80001000",
    "kernel BUG at mm/slub.c:448!",
    "Kernel BUG at do_exit+0x10/0x20 [verbose debug info unavailable]",
    "BUG: scheduling while atomic: swapper/0/0x00000002",
    "BUG: KFENCE: use-after-free read in test+0x10/0x20",
    "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [swapper/1:0]",
    "watchdog: Watchdog detected hard LOCKUP on cpu 1",
    "Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b",
    "WARNING: CPU: 0 PID: 1 at kernel/workqueue.c:2321 __queue_work+0x2d4/0x3c6",
    "WARNING: kernel/workqueue.c:2321 at __queue_work+0x2d4/0x3c6, CPU#0: swapper/0/1",
    "rcu: INFO: rcu_sched self-detected stall on CPU",
    "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:",
    "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-.... } 21 jiffies s: 33 root: 0x2/.",
    "rcu: rcu_sched kthread starved for 5252 jiffies! g-1191 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=0",
    "rcu: rcu_sched kthread timer wakeup didn't happen for 5251 jiffies! g-1191 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x402",
    "INFO: rcu_tasks_trace detected stalls on tasks:",
    "INFO: task kworker/0:1:12 blocked for more than 120 seconds.",
    "CPU2: failed to come online",
    "CPU3: failed to start",
    "CPU1 failed to report dead state",
    "CPU1 may not have stopped",
    'irq 12: nobody cared (try booting with the "irqpoll" option)',
    "busybox[77]: unhandled signal 11 code 0x1 at 0x0000000000000010 in busybox[4ef4,10000+1d2000]",
    "Insufficient stack space to handle exception!",
    "corrupted stack end detected inside scheduler",
    "Call Trace:",
)

# Messages of a healthy boot, and messages that only contain the words of a fault.
HARMLESS = (
    "Kernel command line: console=ttyS0 panic=-1 oops=panic softlockup_panic=1 BUG: Oops [#1]",
    'Unknown kernel command line parameters "Oops BUG: WARNING:", will be passed to user space.',
    "WARNING: 'bootconfig' found on the kernel command line but CONFIG_BOOT_CONFIG is not set.",
    "WARNING: The mand mount option has been deprecated and",
    "WARNING: Missing the following errata may cause potential issues",
    "random: crng init done",
    "rcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.",
    "rcu: \tRCU restricting CPUs from NR_CPUS=512 to nr_cpu_ids=2.",
    "smp: Brought up 1 node, 2 CPUs",
    "CPU1: off",
    "Trying to unpack rootfs image as initramfs...",
    "debug_vm_pgtable: [debug_vm_pgtable         ]: Validating architecture page table helpers",
    "kfence: initialized - using 2097152 bytes for 255 objects at 0x(____ptrval____)-0x(____ptrval____)",
    "hrtimer: interrupt took 5128600 ns",
    "reboot: Power down",
)


def faults(*lines: str) -> list[str]:
    """Returns the lines that show faults."""
    log = KernelLog()
    for line in lines:
        log.feed(line)
    return [fault.line for fault in log.faults]


class Recognising(unittest.TestCase):
    def test_each_kind_of_fault_is_found_and_explained(self) -> None:
        for text in FAULTS:
            log = KernelLog()
            log.feed(f"[    1.234567] {text}")
            with self.subTest(text=text):
                self.assertEqual([fault.line for fault in log.faults], [f"[    1.234567] {text}"])
                self.assertTrue(log.faults[0].meaning)

    def test_words_of_a_fault_within_another_message_do_not_count(self) -> None:
        for text in HARMLESS:
            with self.subTest(text=text):
                self.assertEqual(faults(f"[    0.000000] {text}"), [])

    def test_lines_of_user_programs_and_of_the_firmware_do_not_count(self) -> None:
        self.assertEqual(faults(*FAULTS), [])
        self.assertEqual(faults("echo Oops [#1]", "OpenSBI v1.5", "hartscope: hart 0 error BUG: x"), [])

    def test_a_message_after_an_unfinished_line_of_a_program_is_found(self) -> None:
        line = "hartscope: pha[   12.000001] Oops [#1]"
        self.assertEqual(faults(line), [line])

    def test_a_message_may_have_its_caller_after_the_time(self) -> None:
        for caller in ("[    T1] ", "[   C12] "):
            self.assertEqual(len(faults(f"[    1.234567]{caller}Call Trace:")), 1)

    def test_a_fault_without_a_time_is_found_if_the_kernel_prints_no_times(self) -> None:
        found = faults("Oops [#1]", "Linux version 6.12.1", "Kernel command line: Oops [#1]", "Oops [#1]")
        self.assertEqual(found, ["Oops [#1]"])

    def test_all_faults_are_counted_and_the_first_ones_are_kept(self) -> None:
        log = KernelLog()
        for number in range(2 * MOST_LINES):
            log.feed(f"[    1.000000] BUG: number {number}")
        self.assertEqual((log.count, len(log.faults), log.faults[0].line[-1]), (2 * MOST_LINES, MOST_LINES, "0"))


if __name__ == "__main__":
    unittest.main()
