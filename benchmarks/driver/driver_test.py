"""Boots Linux with the driver of /dev/hartscope. The guest loads the driver, reads the device, and unloads and reloads
the driver. hsctl records the workload.

The arguments are passed on to boot_qemu.
"""

import json
import os
import re
import struct
import subprocess
import sys
import unittest
from pathlib import Path
from typing import ClassVar

from benchmarks import boot_qemu
from benchmarks.results import outputs

ARGUMENTS = sys.argv[1:]
IS_BARE = "--bare" in ARGUMENTS
HAS_TRACE = not IS_BARE and "--config=qemu_virt_counters" not in ARGUMENTS
DIRECTORY = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])
INITRAMFS = Path("payloads/linux/driver_test_initramfs.cpio.gz")
HSTRACE = Path("trace/hstrace/hstrace")
RECORD_SAYS = re.compile(r"hsctl: /dev/vport\w+: (\d+) slots of (\d+) harts, (\d+) lost")
STATEMENT = re.compile(r"hartscope: driver: (.*): (.*)")


def slots_of(path: Path) -> dict[tuple[int, int], bytes]:
    """Returns the slots of a dump. The key of each slot is its hart and its sequence number."""
    data, offset = path.read_bytes(), 16
    slots = {}
    while offset < len(data):
        kind, length = struct.unpack_from("<4s4xI", data, offset)
        offset += 16
        if kind == b"RING":
            hart, count, first = struct.unpack_from("<IIQ", data, offset)
            for i in range(count):
                slots[hart, first + i] = data[offset + 32 + 16 * i : offset + 48 + 16 * i]
        offset += (length + 15) // 16 * 16
    return slots


class Driver(unittest.TestCase):
    statements: ClassVar[list[tuple[str, str]]]
    console: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        test = "no_monitor" if IS_BARE else "driver"
        arguments = [f"--append=hartscope_test={test}", f"--out={DIRECTORY}", *ARGUMENTS]
        arguments += ["--record"] if HAS_TRACE else []
        code = boot_qemu.boot([*arguments, f"--initrd={INITRAMFS.resolve()}"])
        cls.console = (DIRECTORY / "console.log").read_text(errors="replace").replace("\r", "")
        cls.statements = STATEMENT.findall(cls.console)
        if code != 0:
            raise AssertionError(f"the boot failed with exit code {code}: its log is above")

    def test_every_check_in_the_guest_passes(self) -> None:
        checks = [(name, verdict) for name, verdict in self.statements if "{" not in name]
        self.assertGreaterEqual(len(checks), 4 if IS_BARE else 30)
        self.assertEqual([check for check in checks if check[1] != "good"], [])

    @unittest.skipIf(IS_BARE, "without hv there are no counters")
    def test_hsctl_stat_in_the_guest_prints_json_with_the_exits_of_every_hart(self) -> None:
        match = re.search(r"hartscope: driver: json: (\{.*\})", self.console)
        assert match is not None
        described = json.loads(match[1])
        result = json.loads((DIRECTORY / "result.json").read_text())
        self.assertEqual(described["build_id"], result["build_id"])
        self.assertEqual(len(described["harts"]), result["harts"])
        for hart in described["harts"]:
            causes = hart["exits_by_cause"]
            self.assertEqual(hart["exits"], sum(causes["firmware"].values()) + sum(causes["payload"].values()))
            self.assertGreater(hart["exits"], 0)

    @unittest.skipUnless(HAS_TRACE, "there is no trace to record")
    def test_the_recording_on_the_host_is_complete_and_passes_hstrace_check(self) -> None:
        dump = DIRECTORY / outputs.GUEST_DUMP
        subprocess.run([HSTRACE, "check", dump], check=True)
        info = subprocess.run([HSTRACE, "info", "--json", dump], check=True, stdout=subprocess.PIPE)
        harts = json.loads(info.stdout)["harts"]
        said = RECORD_SAYS.search(self.console)
        assert said is not None
        self.assertEqual(sum(hart["slots"] for hart in harts), int(said[1]))
        self.assertEqual(len(harts), int(said[2]))
        for hart in harts:
            self.assertGreater(hart["slots"], 1000)

    @unittest.skipUnless(HAS_TRACE, "there is no trace to record")
    def test_guest_and_host_read_the_same_slots(self) -> None:
        guest, host = slots_of(DIRECTORY / outputs.GUEST_DUMP), slots_of(DIRECTORY / "trace.hst")
        both = guest.keys() & host.keys()
        self.assertGreater(len(both), 1000)
        self.assertEqual([place for place in both if guest[place] != host[place]], [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
