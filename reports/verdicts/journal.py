"""The journal of a run: what it learns, line by line as it learns it, so that a run that dies loses nothing."""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from filelock import BaseFileLock, Timeout

from verdicts.declared import Catalogue
from verdicts.files import lock_of, write_safely
from verdicts.ledger import draw_up, dump
from verdicts.records import Case, Ledger, Run
from verdicts.schema import convert, parse, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

JOURNAL: Final = ".journal"
"suffix of the file, beside the ledger and of its name"
DIED: Final = "the process ended without a word; recovered from its journal"
SILENT: Final = "no result: the process ended without a word"
INTERRUPTED: Final = 2
"the exit status of pytest for a run that was cut short"


class Journal:
    """An append-only file of events, one JSON object a line, which is written to disk as it grows.

    Events are "start" (run: the run's record so far), "claims" (catalogue), "case" (claim, case, record), "problem"
    (text) and "end" (exit_status). A lock is held while the run lives. Where the disk is full the journal stops and
    says so in `problem`; the run goes on.
    """

    def __init__(self, path: Path, file: BinaryIO, lock: BaseFileLock) -> None:
        self.path = path
        self.problem: str | None = None
        self._file = file
        self._lock = lock
        self._clock = time.monotonic()

    @classmethod
    def open(cls, path: Path, run: Run) -> Journal:
        """Begin the journal of a run, in place of one before (see `unfinished`).

        Raises:
            ValueError: another run that is alive writes this journal.
            OSError: the file cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = lock_of(path, timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise ValueError(f"{path}: another run is writing this journal") from error
        try:
            journal = cls(path, path.open("wb", buffering=0), lock)
        except OSError:
            lock.release()
            raise
        journal.write("start", run=run)
        journal._sync()
        return journal

    @staticmethod
    def unfinished(path: Path) -> bool:
        """Whether a journal is there whose run is neither alive nor came to its end."""
        return path.is_file() and not _is_alive(path) and not any(event["event"] == "end" for event in _events(path))

    def write(self, event: str, **facts: Any) -> None:
        """Add an event. Never raises for want of space."""
        if self._file.closed or self.problem:
            return
        line = json.dumps({"event": event, "after": round(time.monotonic() - self._clock, 3), **facts})
        try:
            data = line.encode() + b"\n"
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            self.problem = f"{self.path}: cannot be written: {error.strerror}"

    def end(self, exit_status: int) -> None:
        """Say that the run came to its end, once its ledger is written, and close the journal."""
        self.write("end", exit_status=exit_status)
        self._sync()
        self.close()

    def close(self) -> None:
        """Close the journal as it is and give its lock back."""
        self._file.close()
        self._lock.release()

    def _sync(self) -> None:
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            self.problem = self.problem or f"{self.path}: cannot be written: {error.strerror}"


def recover(path: Path) -> Ledger:
    """The ledger of a run that died, drawn up from its journal and marked as interrupted.

    ValueError, in one line, where the run is still alive, came to its end, or died before its claims were collected.
    """
    if _is_alive(path):
        raise ValueError(f"{path}: its run is still alive")
    events = list(_events(path))
    if any(event["event"] == "end" for event in events):
        raise ValueError(f"{path}: its run came to its end and wrote its ledger: nothing to recover")
    found = {event["event"]: event for event in events}
    if "start" not in found or "claims" not in found:
        raise ValueError(f"{path}: its run died before its claims were collected: nothing to recover")
    try:
        run = convert(found["start"].get("run"), Run, "run")
        catalogue = convert(found["claims"].get("catalogue"), Catalogue, "catalogue", closed=False)
        left_out = {
            (claim["id"], case["id"]): case.get("left_out") for claim in catalogue["claims"] for case in claim["cases"]
        }
        records = dict(_records(events))
        problems = [str(event.get("text")) for event in events if event["event"] == "problem"]
        run |= {"interrupted": DIED, "exit_status": INTERRUPTED, "seconds": float(events[-1]["after"])}
        run["problems"] = [*run["problems"], *problems]
        return draw_up(catalogue, records, run, reason_of_silence=lambda *key: left_out.get(key) or SILENT)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: expected the journal of a run: {error!r}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def saved_of_earlier(path: Path) -> list[str]:
    """Save what an earlier run that died has left in its journal, as NAME.recovered.json beside it; says so.

    Nothing is written over: another name is taken where that one is, and what cannot be read is moved, not lost.
    """
    try:
        if not Journal.unfinished(path) or not any(event["event"] == "claims" for event in _events(path)):
            return []
        saved = _free(path, ".recovered.json")
        write_safely(saved, dump(recover(path)))
    except (OSError, ValueError) as error:
        return [f"an earlier run died, and its journal cannot be read: {error}", *_moved(path)]
    return [f"an earlier run died; what it had learnt is in {saved}"]


def _moved(path: Path) -> list[str]:
    try:
        kept = path.rename(_free(path, f".unread{JOURNAL}"))
    except OSError as error:
        return [f"{path}: cannot be moved: {error.strerror}"]
    return [f"{kept}: kept there"]


def _free(path: Path, suffix: str) -> Path:
    """The first name beside a journal, numbered from the second on, that nothing has yet."""
    numbers = ("", *(f"-{number}" for number in range(2, 1000)))
    return next(each for number in numbers if not (each := path.with_name(f"{path.stem}{number}{suffix}")).exists())


def leave_a_trace(path: Path, run: Run, *, ended: bool = True) -> list[str]:
    """Say beside an earlier ledger, if there is one, that this run was the last one, before it took any evidence.

    Args:
        path: of the journal.
        run: its record so far.
        ended: whether it came to its end without any.

    Returns:
        What is to be told of a run before that died.
    """
    if not path.with_suffix(".json").exists():
        return []
    told = saved_of_earlier(path)
    with contextlib.suppress(OSError, ValueError):  # the run says itself what is wrong with it
        journal = Journal.open(path, run)
        if ended:
            journal.end(int(run["exit_status"]))
        journal.close()
    return told


def unsettled(path: Path, run: Run) -> str:
    """Why a journal says that a ledger is not that of the last run; empty where it does not.

    Args:
        path: of the journal, which need not exist.
        run: of the ledger.
    """
    if not path.is_file():
        return ""
    if _is_alive(path):
        return f"{path}: its run is still alive"
    found = {event["event"]: event for event in _events(path)}
    if "end" not in found:
        return f"{path}: its run ended without a word, whatever its exit status was: verdicts recover {path}"
    begun = convert(found["start"].get("run"), Run, "run")["started"] if "start" in found else ""
    status = found["end"].get("exit_status")
    if (begun, status) == (run["started"], run["exit_status"]):
        return ""
    return f"{path}: its run began at {begun} and ended with status {status}; the ledger beside it is of another run"


def _records(events: Iterable[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str], Case]]:
    for event in events:
        if event["event"] == "case":
            yield (event["claim"], event["case"]), convert(event["record"], Case, "record")


def _is_alive(path: Path) -> bool:
    lock = lock_of(path, timeout=0)
    try:
        with lock:
            return False
    except Timeout:
        return True


def _events(path: Path) -> Iterator[Mapping[str, Any]]:
    """The events of a journal; a last line that was cut off is dropped."""
    lines = read_text(path).split("\n")
    for number, line in enumerate(lines[:-1], 1):
        try:
            event = parse(line, "an event")
        except ValueError as error:
            raise ValueError(f"{path}: line {number}: {error}") from error
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            raise ValueError(f"{path}: line {number}: expected an event")
        yield event
