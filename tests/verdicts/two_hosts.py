"""Two hosts on one machine: network namespaces with a link between them, sshd in one and a controller in the other."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def command(*words: str) -> str:
    """What a program writes. OSError, with what it said, where it fails."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        raise OSError(f"{shlex.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


class Hosts:
    """Two hosts, "here" and "there", and the link between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.here, self.there = (f"verdicts-{os.getpid()}-{name}" for name in ("here", "there"))
        self.address = "10.99.7.2"
        self.config = folder / "ssh_config"

    def up(self) -> None:
        """Make both hosts, link them, and let one into the other."""
        for host in (self.here, self.there):
            command("ip", "netns", "add", host)
            command("ip", "-n", host, "link", "set", "lo", "up")
        pair = ("type", "veth", "peer", "name", "eth0", "netns", self.there)
        command("ip", "-n", self.here, "link", "add", "eth0", *pair)
        for host, address in ((self.here, "10.99.7.1"), (self.there, self.address)):
            command("ip", "-n", host, "address", "add", f"{address}/30", "dev", "eth0")
            command("ip", "-n", host, "link", "set", "eth0", "up")
        for key in ("host", "user"):
            command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / key))
        self._write(
            "sshd_config",
            f"Port 2222, ListenAddress {self.address}, HostKey FOLDER/host, AuthorizedKeysFile FOLDER/user.pub, "
            "PasswordAuthentication no, KbdInteractiveAuthentication no, PermitRootLogin yes, StrictModes no, "
            "UsePAM no, PidFile none",
        )
        self._write(
            "ssh_config",
            f"Host there, HostName {self.address}, Port 2222, User root, IdentityFile FOLDER/user, "
            "IdentitiesOnly yes, BatchMode yes, StrictHostKeyChecking no, UserKnownHostsFile /dev/null, "
            "LogLevel ERROR, ConnectTimeout 1, ServerAliveInterval 1, ServerAliveCountMax 1",
        )
        Path("/run/sshd").mkdir(exist_ok=True)
        sshd = [shutil.which("sshd") or "/usr/sbin/sshd", "-f", str(self.folder / "sshd_config")]
        command("ip", "netns", "exec", self.there, *sshd, "-E", str(self.folder / "sshd.log"))
        self.reach()

    def reach(self, tries: int = 20) -> None:
        """Wait until the one lets the other in."""
        for left in reversed(range(tries)):
            try:
                command("ip", "netns", "exec", self.here, "ssh", "-F", str(self.config), "there", "true")
            except OSError:
                if not left:
                    raise
                time.sleep(0.2)
            else:
                return

    def _write(self, name: str, lines: str) -> None:
        text = lines.replace("FOLDER", str(self.folder)).replace(", ", "\n")
        (self.folder / name).write_text(text + "\n", encoding="utf-8")

    def down(self) -> None:
        """End what runs on them, and both."""
        for host in (self.here, self.there):
            with contextlib.suppress(OSError):
                for process in self._processes(host):
                    os.kill(process, signal.SIGKILL)
                command("ip", "netns", "delete", host)

    @staticmethod
    def _processes(host: str) -> list[int]:
        return [int(process) for process in command("ip", "netns", "pids", host).split()]

    def link(self, state: str) -> None:
        """Cut the link ("down"), or mend it ("up")."""
        command("ip", "-n", self.there, "link", "set", "eth0", state)

    def drop_connections(self) -> None:
        """What ssh does by itself once it has waited for long enough."""
        for process in self._processes(self.here):
            if Path(f"/proc/{process}/comm").read_text(encoding="utf-8") == "ssh\n":
                os.kill(process, signal.SIGKILL)

    @contextlib.contextmanager
    def running(self, start: Path, there: Path, *arguments: str) -> Iterator[subprocess.Popen]:
        """An audit of the checkout `start` with a worker in the checkout `there`, and others as the arguments say."""
        worker = f"ssh=there//ssh_config={self.config}//python={sys.executable}//chdir={there}"
        options = ["-p", "no:cacheprovider", "-o", "testpaths=claims", "--dist", "load", "--rsyncignore=*"]
        words = ["ip", "netns", "exec", self.here, sys.executable, "-m", "pytest", *options, "--tx", worker, *arguments]
        with (self.folder / "log").open("w") as log:
            run = subprocess.Popen(words, cwd=start, stdout=log, stderr=log)
        try:
            yield run
        finally:
            run.kill()
            run.wait()

    def said(self) -> str:
        """What the last audit wrote."""
        return (self.folder / "log").read_text(encoding="utf-8")
