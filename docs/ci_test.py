"""Runs the examples of docs/ci.md. These are the commands that run the gate for a firmware, and the command that posts
the report as a comment."""

import json
import os
import re
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

PAGE = "docs/ci.md"
GATE = "benchmarks/gate"
CHEAP, DEAR = "benchmarks/micro/entry.bin", "benchmarks/micro/heavy.bin"
BLOCK = re.compile(r"```(sh|yaml)\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"(?:\./bazelw|bazel) run //benchmarks:gate -- (.*)")
POST = re.compile(r"^( *)(python3 -c .*\n(?:\1 +.*\n)+)", re.MULTILINE)

# This program replaces curl. It writes its arguments and its input to files, and sends nothing.
CURL = """\
#!/bin/sh
printf '%s\\n' "$@" >"$SENT/arguments"
cat >"$SENT/body"
"""

CI_VARIABLES = {
    "TOKEN": "secret", "COMMENTS": "https://api.example.org/comments", "GATE_TOKEN": "secret", "CI_API_V4_URL": "https://gitlab.example.org/api/v4",
    "CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_IID": "9",
}


def blocks(kind: str) -> list[str]:
    """Returns the blocks of one kind on the page. The kind is `sh` for commands, or `yaml` for configurations of CI."""
    text = Path(PAGE).read_text(encoding="utf-8")
    return [block for found, block in BLOCK.findall(text) if found == kind]


def gate_words(block: str) -> list[str]:
    """Returns the options of the command in @p block that runs the gate."""
    match = COMMAND.search(block.replace("\\\n", " "))
    assert match is not None, block
    return shlex.split(match[1])


class Checkout(unittest.TestCase):
    """The folders that the examples make. A user's checkout contains the firmware, and a folder with hartscope."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        for name in ("hartscope", "build", "ci", "bin"):
            (self.root / name).mkdir()
        self.build(CHEAP)

    def build(self, firmware: str) -> None:
        (self.root / "build/fw.bin").write_bytes(Path(firmware).read_bytes())

    def gate(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        """Runs the gate in hartscope's folder, as `bazel run` does."""
        kept = {name: value for name, value in os.environ.items() if name not in ("XML_OUTPUT_FILE", "TEST_UNDECLARED_OUTPUTS_DIR")}
        environment = {**kept, "BUILD_WORKING_DIRECTORY": str(self.root / "hartscope")}
        return subprocess.run([GATE, *words], env=environment, capture_output=True, text=True, check=False)

    def record(self) -> None:
        done = self.gate([*gate_words(blocks("sh")[0]), f"--out={self.root}/out"])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def post(self, command: str) -> tuple[list[str], str]:
        """Runs the command that posts the comment. The test's program replaces curl. Returns the arguments of curl, and
        the comment."""
        curl = self.root / "bin/curl"
        curl.write_text(CURL)
        curl.chmod(0o755)
        environment = {**os.environ, **CI_VARIABLES, "SENT": str(self.root), "PATH": f"{self.root}/bin:{os.environ['PATH']}"}
        subprocess.run(["sh", "-euc", command], cwd=self.root, env=environment, check=True)
        body: str = json.loads((self.root / "body").read_text())["body"]
        return (self.root / "arguments").read_text().splitlines(), body


class Examples(Checkout):
    def test_the_page_has_an_example_for_github_and_one_for_gitlab_in_a_debian_12_container(self) -> None:
        github, gitlab = blocks("yaml")
        self.assertIn("container: debian:12", github)
        self.assertIn("image: debian:12", gitlab)
        self.assertNotIn("\t", github + gitlab)

    def test_with_an_unchanged_firmware_the_gate_is_green_and_posts_a_green_comment(self) -> None:
        self.record()
        for block, address in zip(blocks("yaml"), (CI_VARIABLES["COMMENTS"], "https://gitlab.example.org/api/v4/projects/7/merge_requests/9/notes")):
            done = self.gate(gate_words(block))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            match = POST.search(block)
            assert match is not None, block
            arguments, comment = self.post(match[2])
            self.assertEqual(arguments[-1], address)
            self.assertTrue(comment.startswith("## ✅ hartscope gate: green"), comment)

    def test_with_more_exits_the_gate_is_red_until_the_baseline_is_updated(self) -> None:
        self.record()
        self.build(DEAR)
        done = self.gate(gate_words(blocks("yaml")[0]))
        self.assertEqual(done.returncode, 1)
        self.assertIn("illegal_instruction: 0 →", done.stdout)
        comment = (self.root / "gate/gate.md").read_text()
        self.assertIn("❌", comment)
        self.assertIn("`qemu_virt/firmware_exits`", comment)
        done = self.gate([*gate_words(blocks("sh")[1]), f"--out={self.root}/out"])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_without_a_baseline_the_gate_is_red_and_prints_the_option_that_records_one(self) -> None:
        done = self.gate(gate_words(blocks("yaml")[0]))
        self.assertEqual(done.returncode, 1)
        self.assertIn("--update", done.stdout)

    def test_the_gate_fails_if_the_firmware_runs_into_the_time_out(self) -> None:
        (self.root / "build/fw.bin").write_bytes(bytes.fromhex("6f000000"))  # a loop
        done = self.gate([*gate_words(blocks("yaml")[0]), "--timeout=3"])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("time-out", done.stderr)


if __name__ == "__main__":
    unittest.main()
