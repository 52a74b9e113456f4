"""Finds the files that the user names, the files that the build provides, and the user's checkout."""

from __future__ import annotations

import os
from pathlib import Path

from cli.failure import Failure

# The workspace is the parent folder of cli/, which contains this file. This is true both in the tree and in Bazel's
# runfiles.
_ROOT = Path(__file__).absolute().parents[1]


def user_path(text: str) -> Path:
    """Returns the path that the user means. A relative path starts in the directory in which the user typed the
    command. The program itself may run in another directory."""
    typed_in = os.environ.get("BUILD_WORKING_DIRECTORY", os.getcwd())
    return Path(typed_in, text)


def existing_file(text: str, what: str) -> Path:
    """Returns the path of the user's file. If the file does not exist, raises Failure with the path. @p what is the
    name of the option, for the message."""
    path = user_path(text)
    if not path.is_file():
        raise Failure(f"{what}: no file {path}")
    return path


def refuse_overwriting(out: Path, *inputs: Path) -> None:
    """Raises Failure if @p out is one of the files that the program reads. Links to such a file count, too."""
    for path in inputs:
        if out.exists() and path.exists() and out.samefile(path):
            raise Failure(f"{out}: the output would replace the input: give another file")


def workspace_file(path: str) -> Path:
    """Returns the path of a file of this workspace among the data files of the program. The file may be absent."""
    return _ROOT / path


def repository_file(repository: str, path: str) -> Path:
    """Returns the path of a file of an external Bazel repository among the data files of the program. Raises Failure if
    the file is absent."""
    found = _ROOT.parent / repository / path
    if not found.is_file():
        raise Failure(f"@{repository}//:{path} is not among this program's data: start the program with `bazel run`")
    return found


def source_directory() -> Path:
    """Returns the user's checkout, for nested builds. Raises Failure if the program was not started by `bazel run`."""
    directory = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if directory is None:
        raise Failure("this configuration must be built first: start the program with `bazel run` (BUILD_WORKSPACE_DIRECTORY is not set)")
    return Path(directory)
