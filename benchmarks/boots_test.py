"""Boots Linux several times, and requires every boot to succeed. The first argument is --boots=N. The other arguments
are passed on to boot_qemu."""

import os
import sys
import time
from pathlib import Path

from benchmarks import boot_qemu

HOTPLUG_ROUNDS = 12
HOTPLUG = f"hartscope_hotplug={HOTPLUG_ROUNDS}"


def hotplug_is_complete(directory: Path, harts: int) -> bool:
    """Returns whether the guest reported that all hotplug rounds passed and all harts are online again."""
    line = f"hartscope: hotplug {HOTPLUG_ROUNDS} rounds, {harts} harts"
    return line.encode() in (directory / "console.log").read_bytes()


def boot(number: int, arguments: list[str], directory: Path) -> bool:
    """Boots once and writes the results into a new directory. Returns whether the boot succeeded. If the boot includes
    hotplug rounds, these must have succeeded as well."""
    place = directory / f"boot{number:03}"
    code = boot_qemu.boot([f"--out={place}", *arguments])
    hotplugs = any(HOTPLUG in argument for argument in arguments)
    harts = boot_qemu.parse(arguments).harts
    return code == 0 and (not hotplugs or hotplug_is_complete(place, harts))


def main() -> int:
    count = int(sys.argv[1].removeprefix("--boots="))
    directory = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])
    failed = []
    for number in range(1, count + 1):
        begin = time.monotonic()
        succeeded = boot(number, sys.argv[2:], directory)
        if not succeeded:
            failed.append(number)
        verdict = "ok" if succeeded else "FAILED"
        print(f"boot {number} of {count}: {verdict}, {time.monotonic() - begin:.1f} s", flush=True)
    print(f"{count - len(failed)} of {count} boots succeeded; failed: {failed or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
