"""The CSRs that the firmware sees, from abi/csr.def."""

from __future__ import annotations

import re
from pathlib import Path

LIST = Path(__file__).absolute().parents[2] / "abi" / "csr.def"

LINE = re.compile(r"^CSR(?:_RANGE)?\((0x[0-9a-f]+), (\w+)(?:, (\d+))?, (\w+)\)$", re.MULTILINE)

HIDDEN = "HIDDEN"  # where a CSR lives that does not exist for guests

# The first and the last number of each CSR that exists for guests. A range of CSRs, for example pmpaddr, has one name.
NUMBERS = {
    name: (int(first, 16), int(first, 16) + int(count or 1) - 1)
    for first, name, count, lives in LINE.findall(LIST.read_text(encoding="utf-8"))
    if lives != HIDDEN
}
