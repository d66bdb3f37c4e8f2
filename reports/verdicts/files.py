"""Writing and locking files that other processes may be using at the same time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import Final

from filelock import FileLock

STREAMS: Final = ("/dev/std", "/dev/fd/", "/proc/self/fd/")
"names of files that are open already: another file in their place would not be seen"


def write_safely(path: str | Path, text: str) -> None:
    """Write a file whole, or leave the old one as it was.

    What a link points to is written, not the link; devices and pipes are written into. Lone surrogates are written as
    JSON escapes. OSError where it cannot be written.
    """
    path = Path(path)
    data = text.encode("utf-8", "backslashreplace")
    if is_stream(path):
        with path.open("ab", buffering=0) as stream:
            while data:
                data = data[stream.write(data) :]
        return
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def is_stream(path: Path) -> bool:
    """Whether a file is written into as it is, and not replaced: a device, a pipe, what is open already."""
    if str(path).startswith(STREAMS):
        return True
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def lock_of(path: str | Path, timeout: float = 60) -> FileLock:
    """The lock of a file among the processes of this user on this machine; nothing is left beside the file.

    Args:
        path: need not exist.
        timeout: seconds to wait for another process; filelock.Timeout after them.
    """
    name = f"{os.getuid() if hasattr(os, 'getuid') else ''} {os.path.realpath(path)}"
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return FileLock(Path(tempfile.gettempdir()) / f"verdicts-{digest}.lock", timeout=timeout)
