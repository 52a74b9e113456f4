"""Tests that a built program contains no path of the machine that built it. With such a path, builds on different
machines would differ.

This is a quick check. third_party/developer/reproducible.sh compares two whole builds.
"""

import sys
from pathlib import Path


def main() -> None:
    here = str(Path.cwd().resolve()).encode()
    output_base = here.split(b"/sandbox/")[0].split(b"/execroot/")[0]
    for name in sys.argv[1:]:
        image = Path(name).read_bytes()
        assert b".debug_info" in image, f"{name} has no debug information, so the test would prove nothing"
        for path in (output_base, b"/execroot/", b"/sandbox/"):
            assert path not in image, f"{name} contains the path {path.decode()}"


main()
