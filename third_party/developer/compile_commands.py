"""bazel run //:compile_commands: writes compile_commands.json for editors, with the flags that Bazel uses.

If a file is built for several platforms or images, it has one entry for each of them. The entries for bare metal come
first.
"""

import json
import re
import subprocess
from pathlib import Path

from third_party.developer import tree

Command = dict[str, str | list[str]]
QUERY = 'mnemonic("CppCompile", deps(//...))'
GCC_ONLY = ("-fno-canonical-system-headers", "-flto-partition=none")

# The build compiles a file that includes the C file of a module, if the configuration enables the module (hv/enabled.bzl).
MODULE_SOURCE = re.compile(r"^bazel-out/[^/]+/bin/(.+)/\w+\.enabled/(\w+\.c)$")


def bazel(*words: str) -> str:
    """Runs a bazel command in this tree and returns its output."""
    return subprocess.run(["./bazelw", *words], cwd=tree.ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def command(arguments: list[str], external: Path) -> Command:
    """Returns one entry. Paths of other repositories are made absolute, and flags that clangd does not know are
    removed."""
    words = [word for word in arguments if word not in GCC_ONLY and not word.startswith("-frandom-seed")]
    words = [f"{external}/{word.removeprefix('external/')}" if word.startswith("external/") else word for word in words]
    at = words.index("-c") + 1
    words[at] = MODULE_SOURCE.sub(r"\1/\2", words[at])
    return {"directory": str(tree.ROOT), "file": words[at], "arguments": words}


def main() -> None:
    external = Path(bazel("info", "output_base").strip()) / "external"
    actions = json.loads(bazel("aquery", QUERY, "--output=jsonproto", "--ui_event_filters=-info"))["actions"]
    commands = [command(action["arguments"], external) for action in actions]
    commands = [entry for entry in commands if "/external/bazel_tools/" not in entry["file"]]
    unique = {json.dumps(entry): entry for entry in commands}
    ordered = sorted(unique.values(), key=lambda entry: (entry["file"], "unknown-elf" not in entry["arguments"][0]))
    (tree.ROOT / "compile_commands.json").write_text(json.dumps(ordered, indent=1) + "\n")
    print(f"compile_commands.json: {len(ordered)} commands, {len({entry['file'] for entry in ordered})} files")


main()
