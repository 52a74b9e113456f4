"""What the toolchains build names no folder of the machine that built it, so that it can be the same everywhere.

third_party/developer/reproducible.sh compares whole builds; this is the cheap part of it.
"""

import sys
from pathlib import Path


def main() -> None:
    here = str(Path.cwd().resolve()).encode()
    output_base = here.split(b"/sandbox/")[0].split(b"/execroot/")[0]
    for name in sys.argv[1:]:
        image = Path(name).read_bytes()
        assert b".debug_info" in image, f"{name} has no debug information to look at"
        for path in (output_base, b"/execroot/", b"/sandbox/"):
            assert path not in image, f"{name} names {path.decode()}"


main()
