"""Boots again and again until all harts together have written --slots slots of trace. In every boot, the guest checks
the driver's count of losses: the driver must either pass a slot to a reader or report the slot as lost."""

import argparse
import os
import re
import shutil
import sys
import time
from pathlib import Path

from benchmarks import boot_qemu

INITRAMFS = Path("payloads/linux/driver_test_initramfs.cpio.gz")
SLOTS_PER_MODE = 5_000_000
HARTS = 4
ACCOUNT = re.compile(r"hartscope: loss: hart (\d+) emitted (\d+)")


def emitted(console: str) -> int:
    """Returns how many slots the harts of one boot had written in total when a reader reported this number for the last
    time."""
    last = dict(ACCOUNT.findall(console))
    return sum(map(int, last.values())) if len(last) == HARTS else 0


def boot(arguments: list[str], directory: Path) -> int:
    """Boots once. Returns the number of slots that were written, or 0 if the boot or a check failed."""
    words = f"--append=hartscope_test=driver hartscope_slots={SLOTS_PER_MODE}"
    code = boot_qemu.boot([words, f"--out={directory}", f"--initrd={INITRAMFS.resolve()}", *arguments])
    console = (directory / "console.log").read_text(errors="replace")
    shutil.rmtree(directory)
    return emitted(console) if code == 0 else 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--slots", type=float, required=True)
    options, arguments = parser.parse_known_args()
    written, begin = 0, time.monotonic()
    while written < options.slots:
        more = boot([f"--harts={HARTS}", "--timeout=1200", *arguments], Path(os.environ["TEST_TMPDIR"]) / "boot")
        if more == 0:
            print(f"FAILED after {written} slots")
            return 1
        written += more
        print(f"{written} slots, {time.monotonic() - begin:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
