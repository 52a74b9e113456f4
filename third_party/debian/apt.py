"""Downloads packages of another Debian suite or architecture with apt. The state of the machine's own apt does not
change.

apt.py ROOT SUITE ARCHITECTURE ASK_FOR PACKAGE [VERSION] downloads VERSION of PACKAGE into the folder ROOT. If no
VERSION is given, or the mirror no longer has this version, the program downloads the present version. ASK_FOR is
PACKAGE itself, or a meta package. The first dependency of the meta package must be the present version of PACKAGE. If
ARCHITECTURE is `source`, the program downloads the archive of the original sources of a source package. The program
prints {"package", "version", "sha256", "file"}. apt checks the archive's signature and the hash of the package.

apt.py --all ROOT SUITE ARCHITECTURE PACKAGE=VERSION... downloads several packages of one suite in the same way, and prints
a list of such descriptions.
"""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).with_name("sources.sh")
SOURCE = "source"


class Package(NamedTuple):
    """A package that was downloaded. sha256: the hash of the file."""

    package: str
    version: str
    sha256: str
    file: str


def sha256_of(path: Path) -> str:
    """Returns the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class PrivateApt:
    """An apt with separate sources, lists and cache. All of them are in one folder."""

    def __init__(self, root: Path, suite: str, architecture: str) -> None:
        self.root = root.resolve()
        self.suite = suite
        self.is_source = architecture == SOURCE
        (self.root / "lists/partial").mkdir(parents=True, exist_ok=True)
        (self.root / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
        (self.root / "status").touch()
        sources = subprocess.run([SOURCES, suite], check=True, stdout=subprocess.PIPE, text=True).stdout
        if self.is_source:
            sources = sources.replace("Types: deb\n", "Types: deb-src\n")
            architecture = "amd64"  # apt needs one, although the lists of source packages are the same for all
        # Fetch only lists of packages. A machine with a desktop would also fetch descriptions of applications (DEP-11).
        targets = "Sources" if self.is_source else "Packages"
        (self.root / "debian.sources").write_text(f"{sources}Targets: {targets}\n")
        settings = {
            "Dir::Etc::sourcelist": self.root / "debian.sources",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State": self.root,
            "Dir::State::lists": self.root / "lists",
            "Dir::State::status": self.root / "status",
            "Dir::Cache": self.root / "cache",
            "Dir::Cache::archives": self.root / "cache/archives",
            "APT::Architecture": architecture,
            "APT::Architectures::": architecture,
            "APT::Sandbox::User": "root",
            "APT::Update::Post-Invoke-Success::": "true",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "Acquire::http::Timeout": "60",
        }
        self.options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]

    def run(self, tool: str, *words: str) -> str:
        """Runs an apt tool and returns its output. If the tool fails, ends the program with the tool's error message."""
        done = subprocess.run([tool, *self.options, *words], cwd=self.root, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{tool} {' '.join(words)} (suite {self.suite}) failed:\n{done.stderr}{done.stdout}")
        return done.stdout

    def update(self) -> None:
        """Fetches the lists of packages and checks the signature of the lists."""
        self.run("apt-get", "--error-on=any", "update", "-q")

    def fields(self, package: str, version: str = "") -> dict[str, str]:
        """Returns the fields of a package in the signed list. Returns an empty dictionary if the list does not contain
        the package."""
        if self.is_source:
            return self.source_fields(package, version)
        name = f"{package}={version}" if version else package
        shown = subprocess.run(
            ["apt-cache", *self.options, "show", "--no-all-versions", name], capture_output=True, text=True
        ).stdout
        lines = [line.split(": ", 1) for line in shown.splitlines() if ": " in line and line[0] != " "]
        return {line[0]: line[1] for line in lines}

    def source_fields(self, package: str, version: str) -> dict[str, str]:
        """Returns the name and version of a source package, and the SHA-256 of its original sources. If the version is
        empty, returns those of any version in the list."""
        command = ["apt-cache", *self.options, "showsrc", "--only-source", package]
        for stanza in subprocess.run(command, capture_output=True, text=True).stdout.split("\n\n"):
            found = re.search(r"^Version: (.*)$", stanza, re.MULTILINE)
            sha256 = re.search(r"^ ([0-9a-f]{64}) \d+ \S+\.orig\.tar\.\w+$", stanza, re.MULTILINE)
            if found and sha256 and version in ("", found[1]):
                return {"Package": package, "Version": found[1], "SHA256": sha256[1]}
        return {}

    def present(self, ask_for: str, is_meta: bool) -> dict[str, str]:
        """Returns the fields of the present version of a package. If @p is_meta is true, returns the fields of the
        first dependency of the package instead."""
        fields = self.fields(ask_for)
        if not fields:
            raise SystemExit(f"suite {self.suite} of the mirror has no {ask_for}")
        return self.fields(fields["Depends"].split(",")[0].split()[0]) if is_meta else fields

    def download(self, fields: dict[str, str]) -> Package:
        """Downloads a package into the root folder. @p fields comes from fields() or present()."""
        package, version = fields["Package"], fields["Version"]
        command = ["source", "--download-only", "--tar-only"] if self.is_source else ["download"]
        self.run("apt-get", *command, "-q", f"{package}={version}")
        (downloaded,) = self.root.glob(f"{package}_*.orig.tar.*" if self.is_source else f"{package}_*.deb")
        file = downloaded.rename(self.root / f"{package}.{'tar' if self.is_source else 'deb'}")
        sha256 = sha256_of(file)
        if sha256 != fields["SHA256"]:
            raise SystemExit(f"{downloaded.name} has SHA-256 {sha256}, but the signed list has {fields['SHA256']}")
        return Package(package, version, sha256, str(file))


def fetch(root: Path, suite: str, architecture: str, ask_for: str, package: str, version: str) -> Package:
    """Downloads the given version of a package. If the version is empty, or the mirror no longer has it, downloads the
    present version."""
    apt = PrivateApt(root, suite, architecture)
    apt.update()
    wanted = apt.fields(package, version) if version else {}
    return apt.download(wanted or apt.present(ask_for, is_meta=package != ask_for))


def fetch_all(root: Path, suite: str, architecture: str, wanted: list[str]) -> list[Package]:
    """Downloads several packages. Each item of @p wanted is PACKAGE=VERSION. If the mirror no longer has a version,
    downloads the present version of that package."""
    apt = PrivateApt(root, suite, architecture)
    apt.update()
    found = []
    for item in wanted:
        package, _, version = item.partition("=")
        found.append(apt.download(apt.fields(package, version) or apt.present(package, is_meta=False)))
    return found


def main(arguments: list[str]) -> None:
    if arguments[0] == "--all":
        root, suite, architecture, *wanted = arguments[1:]
        print(json.dumps([package._asdict() for package in fetch_all(Path(root), suite, architecture, wanted)]))
        return
    root, suite, architecture, ask_for, package, *version = arguments
    print(json.dumps(fetch(Path(root), suite, architecture, ask_for, package, "".join(version))._asdict()))


if __name__ == "__main__":
    main(sys.argv[1:])
