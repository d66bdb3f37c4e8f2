"""The ledger as workflow commands of GitHub: at most ten annotations, at file and line."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from verdicts.views.places import Remark, remarks
from verdicts.views.plain import readable, shorten

if TYPE_CHECKING:
    from verdicts.records import Ledger

MOST = 10  # GitHub shows no more of one step
LONGEST = 2_000


def render(ledger: Ledger) -> str:
    """The gravest remarks, one command a line: errors for what fails the run, notices for refuted claims."""
    return "".join(f"{_command(remark)}\n" for remark in islice(remarks(readable(ledger)), MOST))


def _command(remark: Remark) -> str:
    kind = "error" if remark.level == "error" else "notice"
    title = shorten(f"{remark.rule}: {remark.name}" if remark.name else remark.rule, 200)
    facts = {"file": remark.file, "line": str(remark.line), "title": title} if remark.file else {"title": title}
    properties = ",".join(f"{key}={_property(value)}" for key, value in facts.items())
    return f"::{kind} {properties}::{_data(remark.text[:LONGEST])}"


def _data(text: str) -> str:
    """Text in which nothing ends the command or begins another."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
