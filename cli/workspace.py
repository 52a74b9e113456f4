"""Where files are: those that the user names, those that the build provides, and the workspace itself."""

from __future__ import annotations

import os
from pathlib import Path

from cli.failure import Failure

# In the tree and in Bazel's runfiles alike, this file is at cli/ of the workspace.
_ROOT = Path(__file__).absolute().parents[1]


def user_path(text: str) -> Path:
    """Returns the path that the user means: relative to where the command was typed, not to where Bazel runs it."""
    typed_in = os.environ.get("BUILD_WORKING_DIRECTORY", os.getcwd())
    return Path(typed_in, text)


def existing_file(text: str, what: str) -> Path:
    """Returns the user's file, or fails with its name and its place."""
    path = user_path(text)
    if not path.is_file():
        raise Failure(f"{what}: no file {path}")
    return path


def workspace_file(path: str) -> Path:
    """Returns a file of this workspace that is among the program's data; it may be absent."""
    return _ROOT / path


def repository_file(repository: str, path: str) -> Path:
    """Returns a file of an external repository that is among the program's data."""
    found = _ROOT.parent / repository / path
    if not found.is_file():
        raise Failure(f"@{repository}//:{path} is not among this program's data: run it by bazel run")
    return found


def source_directory() -> Path:
    """Returns the user's checkout, for nested builds; fails when the program was not started by `bazel run`."""
    directory = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if directory is None:
        raise Failure("this configuration must be built first, which needs `bazel run` (BUILD_WORKSPACE_DIRECTORY)")
    return Path(directory)
