"""Makes one HTML page from the results of benchmarks: what Linux and single operations cost in each mode, how this changes with the
number of harts, and where the time of each boot went. The page is one file that needs no network."""

from __future__ import annotations

import argparse
import base64
import os
import sys
import urllib.parse
from pathlib import Path

import jinja2
from markupsafe import Markup

from analysis.report import content, data
from analysis.report.content import Run
from cli import entry, whole_file
from cli.failure import EXIT_SUCCESS, Failure
from cli.workspace import existing_file, refuse_overwriting, user_path, workspace_file

TEMPLATES = "analysis/report"
DEFAULT_NAME = "report.html"
HISTORY = "history.html"  # what bazel run //benchmarks:history writes

EXAMPLES = """\
examples:
  bazel run //analysis:report -- out/all
  bazel run //analysis:report -- out/boot_qemu -o /tmp/boot.html
  bazel run //analysis:report -- board/ qemu/ --title="Board and QEMU\""""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(
        prog="bazel run //analysis:report --", description=__doc__, epilog=EXAMPLES, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("directories", nargs="+", metavar="DIR", help="the directory of a run, or one that contains such directories")
    add("-o", "--output", metavar="FILE", help=f"the page to write (default: {DEFAULT_NAME} in the first DIR)")
    add("--title", default="hartscope: report", metavar="TEXT", help="the title of the page")
    add("--history", metavar="FILE", help=f"the page of //benchmarks:history, for a link (default: {HISTORY} in the first DIR or above it)")
    return parser.parse_args(arguments)


def _picture(path: Path) -> str:
    """Returns a PNG file as an address that contains the file."""
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"


def _address(file: Path, page: Path) -> str:
    """Returns the address of a file, relative to the page."""
    return urllib.parse.quote(os.path.relpath(file, page.parent))


def links(run: Run, page: Path) -> list[tuple[str, str]]:
    """Returns the names and addresses of the files of a run, relative to the page."""
    return [(text, _address(run.folder / name, page)) for name, text in content.FILES.items() if (run.folder / name).is_file()]


def find_history(given: str | None, folder: Path) -> Path | None:
    """Returns the page with the history of the gate's figures, or None if there is none. Raises Failure if @p given does not exist."""
    if given:
        return existing_file(given, "--history")
    return next((path for path in (folder / HISTORY, folder.absolute().parent / HISTORY) if path.is_file()), None)


def html(runs: list[Run], title: str, page: Path, history: Path | None = None) -> str:
    """Returns the page, which will be written to @p page."""
    places = {run.folder: number for number, run in enumerate(runs, 1)}  # the folder of each run is its own
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(workspace_file(TEMPLATES)), undefined=jinja2.StrictUndefined, autoescape=True,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["svg"] = Markup
    versions: dict[str, set[str]] = {}
    for run in runs:
        for name, version in run.result["versions"].items():
            versions.setdefault(name, set()).add(version)
    return environment.get_template("report.html.jinja").render(
        title=title, runs=runs, boots=content.boots(runs), phases=content.phases_chart(runs), tables=content.compared(runs),
        scaling=content.scaling(runs), costs=content.costs(runs), picture=_picture, links=lambda run: links(run, page),
        versions={name: ", ".join(sorted(found)) for name, found in sorted(versions.items())},
        numbers=lambda of: sorted({places[run.folder] for run in of}), history=_address(history, page) if history else "",
        data=lambda name: data.address(name, runs), triggers=content.triggers(runs), failed=[run for run in runs if run.result["status"] != "ok"], phase_names=content.PHASES,
    )  # fmt: skip


def main(arguments: list[str]) -> int:
    """Writes the report. Returns the exit code."""
    parsed = parse(arguments)
    folders = [user_path(text) for text in parsed.directories]
    for folder in folders:
        if not folder.is_dir():
            raise Failure(f"no directory {folder}")
    page = user_path(parsed.output) if parsed.output else folders[0] / DEFAULT_NAME
    runs = content.find(folders)
    history = find_history(parsed.history, folders[0])
    refuse_overwriting(page, *(run.folder / content.RESULT for run in runs), *filter(None, [history]))
    whole_file.write_text(page, html(runs, parsed.title, page, history))
    print(page)
    return EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(main))
