"""Lists the files of the tree for the commands of developers."""

import os
import subprocess
from pathlib import Path

ROOT = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))


def files() -> list[Path]:
    """Returns all files of the tree, relative to the root of the tree. These are the files in git, and new files that
    git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.split("\n")
    return [Path(name) for name in sorted(listed) if name and (ROOT / name).is_file()]


def with_suffix(*suffixes: str) -> list[Path]:
    """Returns the files that have one of these suffixes."""
    return [file for file in files() if file.suffix in suffixes]


def shell_scripts() -> list[Path]:
    """Returns the files whose first line names /bin/sh or bash as the interpreter."""
    scripts = []
    for file in files():
        first = (ROOT / file).read_bytes()[:64].split(b"\n")[0]
        if first in (b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash"):
            scripts.append(file)
    return scripts
