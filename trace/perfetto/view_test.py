"""Tests the pages that view serves, which clients it answers, and its messages about files and ports that it cannot use."""

import contextlib
import gzip
import http.client
import os
import shlex
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import zstandard

from trace.perfetto import example_trace, trace_file, ui, ui_server, view

PROGRAM = Path(__file__).absolute().with_name("view.py")
SYNTHETIC = PROGRAM.parents[1] / "testing/synthetic"
SECONDS = 60


def get(host: str, path: str, name: str = "") -> http.client.HTTPResponse:
    """Returns the answer to a request. `name` is the name of the server in the request; without it, it is `host`."""
    connection = http.client.HTTPConnection(host, timeout=SECONDS)
    connection.request("GET", path, headers={"Host": name or host})
    return connection.getresponse()


@contextlib.contextmanager
def forwarded(port: int) -> Iterator[int]:
    """Forwards another port of this machine to `port`, as `ssh -L` does. Yields the number of the other port."""

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as other:
                self.request.setblocking(False)
                back = threading.Thread(target=self.copy, args=(other,))
                back.start()
                while back.is_alive():
                    with contextlib.suppress(BlockingIOError, OSError):
                        data = self.request.recv(65536)
                        if not data:
                            break
                        other.sendall(data)
                    back.join(0.01)
                other.shutdown(socket.SHUT_WR)
                back.join()

        def copy(self, other: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while data := other.recv(65536):
                    self.request.setblocking(True)
                    self.request.sendall(data)
                    self.request.setblocking(False)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Forward) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


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

    def test_view_prints_its_address_serves_the_trace_and_ends_at_ctrl_c(self) -> None:
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

    def test_the_server_listens_only_on_127_0_0_1_and_answers_only_to_its_own_names(self) -> None:
        with ui.served(self.file) as server:
            self.assertEqual(server.server_address[0], "127.0.0.1")
            self.assertEqual(get(server.host, "/trace/x", "attacker.example").status, 403)
            self.assertEqual(get(server.host, "/trace/x", "localhost:9999").status, 200)
            self.assertEqual(get(server.host, "/../../../../etc/passwd").status, 404)

    def test_a_port_that_cannot_be_used_is_reported(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            self.assert_refused(f"port {port}: Address already in use", str(self.file), f"--port={port}")
        self.assert_refused("port 99999", str(self.file), "--port=99999")

    def test_files_that_are_not_traces_are_refused_with_a_reason(self) -> None:
        self.assert_refused("there is no such file", str(self.file) + ".not")
        self.assert_refused("not a regular file", str(self.file.parent))
        for data, text in {
            b"": "the file is empty",
            b"\x89HST\r\n\x1a\n": "the dump cannot be converted: hstrace convert: ",
            b"what is this": trace_file.NO_TRACE,
            b"\n" + b" what is this" * 50: trace_file.NO_TRACE,  # as a packet, this text would have the length 32
            b'{"benchmark": "boot_qemu", "phases": []}': "the result of a run: give its trace.hst",
            b'{"machine":{},"records":[]}': "JSON from hstrace convert",
            b'{"some": "json"}': trace_file.NO_TRACE,
            b"hart,sequence,cycles,ns\n": "CSV from hstrace convert",
            b"\r\nOpenSBI\r\n<hst:abc>\r\n": "a log with a dump in it",
            b"\x7fELF\x02\x01": "a program (ELF)",
            self.file.read_bytes()[:-7]: "damaged or cut at offset",
            gzip.compress(b"what is this"): trace_file.NO_TRACE,
            gzip.compress(b"\x89HST\r\n\x1a\n"): "the dump cannot be converted: hstrace convert: ",
            gzip.compress(self.file.read_bytes()[:-7]): "damaged or cut at offset",
            gzip.compress(self.file.read_bytes())[:-9]: "packed by gzip, and damaged or cut",
            zstandard.compress(b"what is this"): trace_file.NO_TRACE,
            zstandard.compress(self.file.read_bytes()[:-7]): "damaged or cut at offset",
            zstandard.compress(self.file.read_bytes())[:-9]: "packed by zstd, and damaged or cut",
        }.items():
            other = self.file.with_name("other")
            other.write_bytes(data)
            self.assert_refused(text, str(other))
        self.assert_refused("--symbols works only with a dump", str(self.file), "--symbols=vmlinux")

    def test_json_traces_and_packed_traces_are_accepted(self) -> None:
        packed = [gzip.compress(self.file.read_bytes()), zstandard.compress(self.file.read_bytes())]
        for data in (b'{"traceEvents":[{"ph":"X"}]}', b'{"displayTimeUnit": "ns",\n "traceEvents": [', b'[{"pid":1,"ph":"X"}]', *packed):
            other = self.file.with_name("other")
            other.write_bytes(data)
            self.assertFalse(trace_file.look(other), data)

    def make_dump(self) -> Path:
        """Makes a synthetic dump, and a list of functions in the same folder."""
        dump = self.file.with_name("a dump.hst")
        subprocess.run([SYNTHETIC, "--slots=2000", dump], check=True, stdout=subprocess.DEVNULL)
        dump.with_name(trace_file.KALLSYMS).write_text("".join(f"{address:x} T somewhere\n" for address in range(0x80000000, 0x90000000, 1 << 20)))
        return dump

    def test_a_dump_is_served_with_the_functions_of_the_list_beside_it(self) -> None:
        dump = self.make_dump()
        process = self.start(str(dump))
        assert process.stdout
        line = process.stdout.readline()
        self.assertTrue(line.startswith("a dump.hst: open http://"), line)
        trace = get(line.split("http://")[1].split("/")[0], "/trace/anything").read()
        self.assertIsNone(trace_file.cut_at(trace, len(trace)))
        self.assertTrue(b"somewhere+0x" in trace, "a function has its name")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=SECONDS)
        self.assertEqual((process.returncode, said), (0, ""))
        self.assertEqual({path.name for path in dump.parent.iterdir()}, {dump.name, self.file.name, trace_file.KALLSYMS})

    def test_packed_dumps_and_traces_are_served_as_a_trace_that_perfetto_reads(self) -> None:
        dump = self.make_dump()
        for name, data in (
            ("a dump.hst.gz", gzip.compress(dump.read_bytes())),
            ("a dump.hst.zst", zstandard.compress(dump.read_bytes())),
            ("a trace.pftrace.zst", zstandard.compress(self.file.read_bytes())),
        ):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                packed = self.file.with_name(name)
                packed.write_bytes(data)
                trace = trace_file.trace_of(packed, Path(folder), None)
                self.assertEqual(trace.name, name.partition(".")[0] + ".pftrace")
                self.assertIsNone(trace_file.cut_at(trace.read_bytes(), trace.stat().st_size))
                if "dump" in name:
                    self.assertIn(b"somewhere+0x", trace.read_bytes())
                else:
                    self.assertEqual(trace.read_bytes(), self.file.read_bytes())

    def test_a_dump_that_cannot_be_converted_is_refused_with_the_message_of_hstrace(self) -> None:
        dump = self.make_dump()
        self.assert_refused(f"{dump.with_name('nothing')}: No such file", str(dump), f"--symbols={dump.with_name('nothing')}")
        dump.write_bytes(dump.read_bytes()[:-20])
        self.assert_refused("the file was cut", str(dump))

    def test_the_printed_ssh_command_forwards_the_port_of_this_server(self) -> None:
        process = self.start(str(self.file))
        assert process.stdout
        port = process.stdout.readline().split("http://127.0.0.1:")[1].split("/")[0]
        typed = shlex.split(process.stdout.readline().split("`")[1])
        self.assertEqual(typed[:3], ["ssh", "-L", f"{port}:127.0.0.1:{port}"])
        self.assertRegex(typed[3], r"^[^@]+@[^@]+$")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS)

    def test_the_ssh_command_has_the_address_by_which_ssh_reached_this_machine(self) -> None:
        with mock.patch.dict(os.environ, {"SSH_CONNECTION": "192.0.2.1 55555 192.0.2.7 22"}):
            self.assertTrue(view.ssh_line(1234).endswith("@192.0.2.7"))
        with mock.patch.dict(os.environ, {"SSH_CONNECTION": ""}):
            self.assertTrue(view.ssh_line(1234).endswith(f"@{socket.gethostname()}"))

    def test_the_ui_finds_its_trace_through_a_forwarded_port(self) -> None:
        with ui.served(self.file) as server, forwarded(server.server_port) as port:
            host = f"127.0.0.1:{port}"
            location = get(host, ui_server.VIEW).headers["Location"]
            url = urllib.parse.parse_qs(location.partition("?")[2])["url"][0]
            self.assertEqual(urllib.parse.urlsplit(url).netloc, host)
            self.assertEqual(get(host, urllib.parse.urlsplit(url).path).read(), self.file.read_bytes())
            self.assertIn(b"Perfetto UI", get(host, "/").read())

    def test_a_trace_that_is_cut_within_a_packet_is_refused(self) -> None:
        data = self.file.read_bytes()
        trace, _ = example_trace.build()
        borders = {0}
        for packet in trace.packet:
            size = packet.ByteSize()
            borders.add(max(borders) + 1 + (1 if size < 128 else 2) + size)
        self.assertIn(len(data), borders)
        for length in range(len(data)):
            self.assertEqual(trace_file.cut_at(data[:length], length) is None, length in borders, length)


if __name__ == "__main__":
    unittest.main()
