"""Gets packages of another Debian suite or architecture through apt, without touching the machine's own apt.

apt.py ROOT SUITE ARCHITECTURE ASK_FOR PACKAGE [VERSION] downloads PACKAGE at VERSION into the folder ROOT or, if the
mirror no longer has that (or no VERSION was given), the present version. ASK_FOR is PACKAGE itself, or the meta package
whose first dependency is the present PACKAGE. Prints {"package", "version", "sha256", "file"}. apt checks the archive's
signature and the package's hash.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).with_name("sources.sh")


class Package(NamedTuple):
    """One package as it was downloaded; the hash is that of the file."""

    package: str
    version: str
    sha256: str
    file: str


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class PrivateApt:
    """An apt whose sources, lists and cache lie in one folder of their own."""

    def __init__(self, root: Path, suite: str, architecture: str) -> None:
        self.root = root.resolve()
        self.suite = suite
        (self.root / "lists/partial").mkdir(parents=True, exist_ok=True)
        (self.root / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
        (self.root / "status").touch()
        sources = subprocess.run([SOURCES, suite], check=True, stdout=subprocess.PIPE).stdout
        # No descriptions of applications (DEP-11), which a machine with a desktop would fetch with every list.
        (self.root / "debian.sources").write_bytes(sources + b"Targets: Packages\n")
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
        """Output of an apt tool; ends the program with the tool's own words if it fails."""
        done = subprocess.run([tool, *self.options, *words], cwd=self.root, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{tool} {' '.join(words)} (suite {self.suite}) failed:\n{done.stderr}{done.stdout}")
        return done.stdout

    def update(self) -> None:
        """Fetches the lists and checks their signature."""
        self.run("apt-get", "--error-on=any", "update", "-q")

    def fields(self, package: str, version: str = "") -> dict[str, str]:
        """What the signed list says of a package; empty if it has none such."""
        name = f"{package}={version}" if version else package
        shown = subprocess.run(
            ["apt-cache", *self.options, "show", "--no-all-versions", name], capture_output=True, text=True
        ).stdout
        lines = [line.split(": ", 1) for line in shown.splitlines() if ": " in line and line[0] != " "]
        return {line[0]: line[1] for line in lines}

    def present(self, ask_for: str, is_meta: bool) -> dict[str, str]:
        """Fields of the present version of a package; of a meta package's first dependency if it is one."""
        fields = self.fields(ask_for)
        if not fields:
            raise SystemExit(f"suite {self.suite} of the mirror has no {ask_for}")
        return self.fields(fields["Depends"].split(",")[0].split()[0]) if is_meta else fields

    def download(self, fields: dict[str, str]) -> Package:
        """Downloads what present() or fields() named into the root."""
        package, version = fields["Package"], fields["Version"]
        self.run("apt-get", "download", "-q", f"{package}={version}")
        (downloaded,) = self.root.glob(f"{package}_*.deb")
        file = downloaded.rename(self.root / "package.deb")
        sha256 = sha256_of(file)
        if sha256 != fields["SHA256"]:
            raise SystemExit(f"{downloaded.name} has SHA-256 {sha256}, the signed list says {fields['SHA256']}")
        return Package(package, version, sha256, str(file))


def fetch(root: Path, suite: str, architecture: str, ask_for: str, package: str, version: str) -> Package:
    """Downloads the wanted version or, where it is gone or none is named, the present one."""
    apt = PrivateApt(root, suite, architecture)
    apt.update()
    wanted = apt.fields(package, version) if version else {}
    return apt.download(wanted or apt.present(ask_for, is_meta=package != ask_for))


if __name__ == "__main__":
    root, suite, architecture, ask_for, package, *version = sys.argv[1:]
    print(json.dumps(fetch(Path(root), suite, architecture, ask_for, package, "".join(version))._asdict()))
