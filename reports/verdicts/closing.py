"""What a run says on the terminal when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

    from verdicts.baseline import Baseline
    from verdicts.journal import Journal
    from verdicts.records import Ledger

NARROWEST: Final = 80
WIDEST: Final = 120


def tell(
    terminal: pytest.TerminalReporter, ledger: Ledger, page: str | None, notes: Iterable[str], *, full: bool
) -> None:
    """The verdicts, for a reviewer in a hurry, then notes on the run.

    Args:
        terminal: to write on.
        ledger: of the run, with the commands as they are typed where it was started.
        page: where the same ledger stands as a page, if it does.
        notes: a line each.
        full: whether it may be more than one screen.
    """
    from verdicts.views.screen import render

    width = max(NARROWEST, min(terminal._tw.fullwidth, WIDEST))
    terminal.section("verdicts")
    terminal.write_line(render(ledger, page=page, width=width, color=bool(terminal._tw.hasmarkup), full=full))
    for note in notes:
        terminal.write_line(note, yellow=True)


def advice(baseline: Baseline, journal: Journal | None, *, accepting: bool) -> Iterator[str]:
    """What a user should know of the baseline and of the journal, a line each."""
    if not baseline.present and not accepting:
        yield f"no baseline: nothing is gated; --verdicts-accept all makes {baseline.path}"
    if baseline.older:
        yield f"{baseline.path} is of an older format: --verdicts-accept all renews it"
    if journal is not None and journal.problem:
        yield journal.problem
