"""Renders the templates of new_module.py for a module with every hook, so that a build tests all that the templates can make.

render.py OUT...
"""

from __future__ import annotations

import sys
from pathlib import Path

from hv.config.modules import HOOKS
from modules.new_module import WHAT, Hook, rendered

NAME, FOLDER = "every_hook", "modules/template"
IMAGE = f"//{FOLDER}:{NAME}_image"


def main() -> None:
    """Writes each file that the command line names."""
    texts = rendered(NAME, WHAT, [Hook(NAME, hook) for hook in HOOKS], FOLDER, IMAGE)
    for out in map(Path, sys.argv[1:]):
        out.write_text(texts[out.name.removeprefix(NAME)], encoding="utf-8")


if __name__ == "__main__":
    main()
