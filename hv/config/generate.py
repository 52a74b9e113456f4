"""Generates the files of an image from its configuration and the modules that the build knows.

The build runs this program once for each image. The program prints every error in the configuration as FILE:LINE: KEY:
MESSAGE.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from hv.config.check import Config, ConfigError, load_config
from hv.config.emit_c import config_h, config_lds, module_index_h, note_s
from hv.config.emit_dispatch import dispatch_h, fast_h
from hv.config.emit_json import config_json
from hv.config.modules import ModuleError, load_modules


# The build uses a configuration's name as a C string, as a file name, and as a value in results, so only these
# characters are allowed.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")


def outputs(config: Config) -> dict[str, str]:
    """Returns the text of every generated file, by file name."""
    text = config_json(config)
    return {
        "config.h": config_h(config),
        "module_index.h": module_index_h(config),
        "dispatch.h": dispatch_h(config),
        "fast.h": fast_h(config),
        "config.lds": config_lds(config),
        "config.json": text + "\n",
        "note.S": note_s(config, text),
    }


def parse_arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the TOML file")
    parser.add_argument("--shown-as", default="", help="the file's name in errors, if not the path given")
    parser.add_argument("--name", required=True, help="the configuration's name")
    parser.add_argument("--modules", type=Path, required=True, help="JSON list of the modules that the build knows")
    parser.add_argument("--out", type=Path, required=True, help="folder of the generated files")
    return parser.parse_args()


def main() -> int:
    """Generates the files. Returns 0, or 1 after it has printed errors."""
    options = parse_arguments()
    shown = options.shown_as or str(options.config)
    if not NAME.fullmatch(options.name):
        print(f"{shown}:1: {options.name!r} is not a valid name: only letters, digits and . _ + - are allowed", file=sys.stderr)
        return 1
    try:
        known = load_modules(options.modules)
        config = load_config(options.name, options.config.read_text(encoding="utf-8"), known)
    except ConfigError as error:
        print("\n".join(problem.text(shown) for problem in error.problems), file=sys.stderr)
        return 1
    except UnicodeDecodeError:
        print(f"{shown}:1: is not UTF-8", file=sys.stderr)
        return 1
    except ModuleError as error:
        print(error, file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in outputs(config).items():
        (options.out / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
