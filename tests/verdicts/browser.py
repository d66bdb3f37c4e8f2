"""One Chromium for many pages, driven over a pipe: a process for each page would take a second to start."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
OPTIONS: Final = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
READS, WRITES = 3, 4  # the files over which Chromium is told what to do, and answers
PATIENCE: Final = 120  # seconds
SETTLED: Final = 200  # milliseconds of the page's own clock, which takes no time


class Browser:
    """A Chromium without a window."""

    def __init__(self, profile: Path) -> None:
        self.talk, its = socket.socketpair()
        self.talk.settimeout(PATIENCE)
        self.said, self.asked, self.heard, self.page = b"", 0, set(), ""
        self.events = []

        def connect() -> None:
            os.dup2(its.fileno(), READS)
            os.dup2(its.fileno(), WRITES)

        command = [PROGRAM, *OPTIONS, f"--user-data-dir={profile}", "--remote-debugging-pipe"]
        with its:
            self.process = subprocess.Popen(
                command,
                preexec_fn=connect,  # noqa: PLW1509  # nothing else can give a process a file of that number
                pass_fds=(READS, WRITES),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def close(self) -> None:
        """End it."""
        self.ask("Browser.close")
        self.process.wait(PATIENCE)
        self.talk.close()

    def _hear(self) -> dict[str, Any]:
        while b"\0" not in self.said:
            self.said += self.talk.recv(1 << 20) or pytest.fail(f"{PROGRAM} has ended")
        message, _, self.said = self.said.partition(b"\0")
        said = json.loads(message)
        if "method" in said:
            self.events.append((said["method"], said["params"]))
        return said

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Have it do something, in a page where one is named; returns what it answers."""
        self.asked += 1
        message = {"id": self.asked, "method": method, "params": parameters}
        message |= {"sessionId": session} if session else {}
        self.talk.sendall(json.dumps(message).encode() + b"\0")
        while (said := self._hear()).get("id") != self.asked:
            self.heard.add((said.get("sessionId"), said.get("method")))
        assert "result" in said, said
        return said["result"]

    def until(self, event: str) -> None:
        """Wait for an event in the page."""
        while (self.page, event) not in self.heard:
            said = self._hear()
            self.heard.add((said.get("sessionId"), said.get("method")))

    def open(self, address: str, width: int, height: int = 900) -> str:
        """Open a page in a window of that size; returns its document once it has settled."""
        if not self.page:  # one for all: a page of its own is a process of its own
            target = self.ask("Target.createTarget", url="about:blank")["targetId"]
            self.page = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self.ask("Page.enable", self.page)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", self.page, **size)
        self.ask("Emulation.setVirtualTimePolicy", self.page, policy="advance")
        for each in ("about:blank", address):  # where only what follows # differs nothing would be loaded anew
            self.heard.clear()
            self.ask("Page.navigate", self.page, url=each)
            self.until("Page.loadEventFired")
        self.ask("Emulation.setVirtualTimePolicy", self.page, policy="advance", budget=SETTLED)
        self.until("Emulation.virtualTimeBudgetExpired")
        return self.evaluate("document.documentElement.outerHTML")

    def evaluate(self, expression: str) -> Any:
        """What an expression comes to in the page that was opened last; of a promise, once it is kept."""
        self.ask("Emulation.setVirtualTimePolicy", self.page, policy="advance")
        told = self.ask("Runtime.evaluate", self.page, expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def picture(self) -> bytes:
        """The page that was opened last, as PNG."""
        self.ask("Emulation.setVirtualTimePolicy", self.page, policy="advance")
        return base64.b64decode(self.ask("Page.captureScreenshot", self.page)["data"])
