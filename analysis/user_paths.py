"""Paths as the user means them. Used by the commands of this folder."""

from __future__ import annotations

import os
from pathlib import Path


def user_path(text: str) -> Path:
    """The path that the user means: relative to where the command was typed, not to where Bazel runs it."""
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", os.getcwd()), text)
