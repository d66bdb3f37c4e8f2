"""A run that is asked to end ends as by Ctrl-C, so that its evidence reaches the ledger."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ENDING: Final = ("SIGTERM", "SIGHUP")


class Stopped(KeyboardInterrupt):
    """The process was asked to end."""


def _raise(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise Stopped(f"received {signal.Signals(number).name}")


@contextlib.contextmanager
def raised_at_signals() -> Iterator[None]:
    """While this lasts, a signal that would kill the process in silence raises Stopped instead.

    Handlers that somebody else has installed are left alone, and so is every thread but the main one.
    """
    numbers = [getattr(signal, name) for name in ENDING if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    mine = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in mine:
        signal.signal(number, _raise)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)
