"""What view serves, to whom, and what it says of files and ports that it cannot use."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from trace.perfetto import example_trace, ui, ui_server, view

PROGRAM = Path(__file__).absolute().with_name("view.py")
SECONDS = 60


def get(host: str, path: str, name: str = "") -> http.client.HTTPResponse:
    """Answer to one request, by a client that calls the server by some name."""
    connection = http.client.HTTPConnection(host, timeout=SECONDS)
    connection.request("GET", path, headers={"Host": name or host})
    return connection.getresponse()


class View(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "example trace.pftrace"
        example_trace.write(self.file)

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(PROGRAM), *words]
        environment = os.environ | {"PYTHONPATH": ":".join(sys.path)}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def assert_refused(self, text: str, *words: str) -> None:
        process = self.start(*words)
        _, said = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 1, said)
        self.assertIn(text, said)
        self.assertEqual(said.count("\n"), 1, said)

    def test_it_prints_its_address_serves_the_trace_and_ends_with_ctrl_c(self) -> None:
        process = self.start(str(self.file))
        assert process.stdout
        host = process.stdout.readline().split("http://")[1].split("/")[0]
        self.assertEqual(get(host, "/trace/anything").read(), self.file.read_bytes())
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=SECONDS)
        self.assertEqual((process.returncode, said), (0, ""))

    def test_the_address_leads_to_the_ui_with_the_trace(self) -> None:
        with ui.served(self.file) as server:
            answer = get(server.host, ui_server.VIEW)
            self.assertEqual(answer.status, 302)
            self.assertIn("example%2520trace.pftrace", answer.headers["Location"])
            page = get(server.host, "/")
            self.assertIn(b"Perfetto UI", page.read())
            self.assertEqual(page.headers["Content-Security-Policy"], ui_server.POLICY)

    def test_it_listens_on_this_machine_only_and_answers_to_its_own_name_only(self) -> None:
        with ui.served(self.file) as server:
            self.assertEqual(server.server_address[0], "127.0.0.1")
            self.assertEqual(get(server.host, "/trace/x", "attacker.example").status, 403)
            self.assertEqual(get(server.host, "/trace/x", "localhost:9999").status, 200)
            self.assertEqual(get(server.host, "/../../../../etc/passwd").status, 404)

    def test_a_port_in_use_is_said(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            self.assert_refused(f"port {port}: Address already in use", str(self.file), f"--port={port}")
        self.assert_refused("port 99999", str(self.file), "--port=99999")

    def test_files_that_are_no_trace_are_said(self) -> None:
        self.assert_refused("there is no such file", str(self.file) + ".not")
        self.assert_refused("not a file", str(self.file.parent))
        for data, text in {
            b"": "the file is empty",
            b"\x89HST\r\n\x1a\n": "this is a dump; convert it",
            b"what is this": "no trace of Perfetto",
            self.file.read_bytes()[:-7]: "damaged or cut at offset",
        }.items():
            other = self.file.with_name("other")
            other.write_bytes(data)
            self.assert_refused(text, str(other))

    def test_a_trace_that_is_cut_anywhere_but_between_packets_is_refused(self) -> None:
        data = self.file.read_bytes()
        trace, _ = example_trace.build()
        borders = {0}
        for packet in trace.packet:
            size = packet.ByteSize()
            borders.add(max(borders) + 1 + (1 if size < 128 else 2) + size)
        self.assertIn(len(data), borders)
        for length in range(len(data)):
            self.assertEqual(view.cut_at(data[:length], length) is None, length in borders, length)


if __name__ == "__main__":
    unittest.main()
