"""The files of the tree that the developer's commands work on."""

import os
import subprocess
from pathlib import Path

ROOT = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))


def files() -> list[Path]:
    """All files of the tree, relative to its root: those that git has, and new ones that it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.split("\n")
    return [Path(name) for name in sorted(listed) if name and (ROOT / name).is_file()]


def with_suffix(*suffixes: str) -> list[Path]:
    """Files whose names end so."""
    return [file for file in files() if file.suffix in suffixes]


def shell_scripts() -> list[Path]:
    """Files that /bin/sh or bash run."""
    scripts = []
    for file in files():
        first = (ROOT / file).read_bytes()[:64].split(b"\n")[0]
        if first in (b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash"):
            scripts.append(file)
    return scripts
