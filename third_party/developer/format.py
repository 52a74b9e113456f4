"""bazel run //:format: formats all C files of the tree in place."""

import subprocess

from third_party.developer import tree


def main() -> None:
    subprocess.run(["clang-format", "-i", *tree.with_suffix(".c", ".h")], cwd=tree.ROOT, check=True)


main()
