"""Controls a headless Chromium with its DevTools protocol, through a pair of pipes."""

import base64
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from types import TracebackType
from typing import Any

PROGRAMS = ("chromium-headless-shell", "chromium")
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
OPTIONS += ["--disable-background-networking", "--no-first-run", "--remote-debugging-pipe", "--disable-extensions"]
OPTIONS += ["--js-flags=--liftoff-only"]  # do not optimise a page's wasm, so that a small trace opens in half the time


class ChromiumError(Exception):
    """The browser has ended or does not answer, or a script in the page has failed."""


class Chromium:
    """A browser with one page. It is a context manager that ends the browser and deletes its profile."""

    def __init__(self, width: int = 1600, height: int = 900) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        self._rest = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []
        self._start([*OPTIONS, f"--window-size={width},{height}", f"--user-data-dir={self._profile.name}", "about:blank"])
        targets = self.call("Target.getTargets", session="")["targetInfos"]
        (page,) = [target["targetId"] for target in targets if target["type"] == "page"]
        words = {"targetId": page, "flatten": True}
        self._session = self.call("Target.attachToTarget", words, session="")["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")
        self.call("Network.setBypassServiceWorker", {"bypass": True})

    def _start(self, options: list[str]) -> None:
        """Starts the browser. It reads commands from descriptor 3, and writes answers to descriptor 4. Each ends with a zero byte."""
        commands, self._to = os.pipe()
        self._from, answers = os.pipe()
        shell = f'for program in {" ".join(PROGRAMS)}; do if command -v $program; then break; fi; done >/dev/null;'
        shell += f'exec $program "$@" 3<&{commands} 4>&{answers}'
        environment = {**os.environ, "HOME": self._profile.name}
        self._browser = subprocess.Popen(
            ["sh", "-c", shell, "sh", *options],
            pass_fds=(commands, answers),
            env=environment,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(commands)
        os.close(answers)

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        os.close(self._to)
        os.close(self._from)
        self._profile.cleanup()

    def _close(self) -> None:
        """Asks the browser to close. If that fails, kills its process group, which consists of a shell script and the browser."""
        try:
            self.call("Browser.close", seconds=10, session="")
            self._browser.wait(10)
        except (ChromiumError, OSError, subprocess.TimeoutExpired):
            os.killpg(self._browser.pid, signal.SIGKILL)
            self._browser.wait()

    def _message(self, deadline: float) -> dict[str, Any] | None:
        """Returns the next answer or event, or None if none arrives before the deadline. The deadline is a time of time.monotonic()."""
        while b"\0" not in self._rest:
            if not select.select([self._from], [], [], max(0, deadline - time.monotonic()))[0]:
                return None
            piece = os.read(self._from, 1 << 16)
            if not piece:
                raise ChromiumError(f"the browser has ended: is one of {', '.join(PROGRAMS)} installed?")
            self._rest += piece
        line, self._rest = self._rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(line)
        return message

    def call(
        self, method: str, words: dict[str, Any] | None = None, seconds: float = 60, session: str | None = None
    ) -> dict[str, Any]:
        """Returns the result of a DevTools command. Adds events that arrive before the answer to `events`."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": words or {}}
        if session != "":
            command["sessionId"] = self._session
        os.write(self._to, json.dumps(command).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while message := self._message(deadline):
            if message.get("id") == self._number:
                if "error" in message:
                    raise ChromiumError(f"{method}: {message['error']['message']}")
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)
        raise ChromiumError(f"{method}: no answer in {seconds} s")

    def run(self, script: str, seconds: float = 60) -> Any:
        """Evaluates an expression in the page and returns its value. If the value is a promise, waits, and returns its result."""
        words = {"expression": script, "awaitPromise": True, "returnByValue": True}
        result = self.call("Runtime.evaluate", words, seconds)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise ChromiumError(details.get("exception", {}).get("description", details["text"]).split("\n")[0])
        return result["result"].get("value")

    def open(self, address: str) -> None:
        """Opens an address, without waiting until the page is loaded."""
        self.call("Page.navigate", {"url": address})

    def wait(self, script: str, seconds: float = 60) -> None:
        """Waits until an expression in the page is true."""
        deadline = time.monotonic() + seconds
        while not self.run(f"Boolean({script})"):
            if time.monotonic() > deadline:
                raise ChromiumError(f"not true after {seconds} s: {script}")
            if errors := self.errors():
                raise ChromiumError(f"the page failed: {errors}")
            time.sleep(0.1)

    def screenshot(self) -> bytes:
        """Returns a picture of the page, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", {"format": "png"})["data"])

    def errors(self) -> list[str]:
        """Returns all exceptions so far that no script of the page has caught."""
        self.run("0")
        details = [event["params"]["exceptionDetails"] for event in self.events if event["method"] == "Runtime.exceptionThrown"]
        return [str(detail.get("exception", {}).get("description", detail["text"])) for detail in details]

    def outside(self, host: str) -> list[str]:
        """Returns the addresses from which the page has received an answer, except addresses at `host`."""
        self.run("0")
        answers = [event["params"]["response"] for event in self.events if event["method"] == "Network.responseReceived"]
        own = (f"http://{host}/", f"blob:http://{host}/", "data:")
        return [answer["url"] for answer in answers if not answer["url"].startswith(own)]
