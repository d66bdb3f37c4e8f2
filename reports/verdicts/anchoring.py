"""An audit held against the paper's own text: the folder of claims, its waivers, and the text by its places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verdicts.manuscript import read_manuscript
from verdicts.paper import PAPER, read_paper
from verdicts.passages import Passages
from verdicts.quotations import Quotation, counted_words, faults, quotations
from verdicts.uncovered import Gap, uncovered
from verdicts.waivers import read_waivers

if TYPE_CHECKING:
    from pathlib import Path

    from verdicts.records import Ledger


class Anchoring:
    """The text of a paper beside the folder of claims about it.

    Attributes:
        folder: of the claims, with paper.toml, and perhaps waived.toml and tables/.
        waivers: what is left out, with reasons.
        passages: the text.
    """

    def __init__(self, folder: Path, source: Path) -> None:
        """Read all. ValueError, in one line with file and key, where something cannot be read.

        Args:
            folder: of the claims.
            source: the paper as HTML of arXiv, as LaTeX, or as plain text, told by its suffix.
        """
        paper = read_paper(folder / PAPER)
        self.folder = folder
        self.waivers = read_waivers(folder, [id for id, _, _ in paper.sections])
        self.passages = Passages(read_manuscript(source), paper)
        if not any(line.section for line in self.passages.lines):
            raise ValueError(f"{source}: expected the headings of {folder / PAPER}, key 'sections': found none of them")

    def quotations(self, ledger: Ledger) -> list[Quotation]:
        """What the audit quotes from the paper, and whether it stands there."""
        return quotations(ledger, self.passages, self.waivers, self.folder)

    def uncovered(self, ledger: Ledger) -> list[Gap]:
        """The numbers of the text that no claim states, with those that are waived."""
        return uncovered(ledger, self.passages, self.waivers, self.folder)

    def idle_waivers(self, ledger: Ledger) -> list[str]:
        """The waivers that no number of the text or of a claim needs, one line each."""
        self.quotations(ledger)
        self.uncovered(ledger)
        return self.waivers.idle()


def look_up(ledger: Ledger, folder: Path, source: Path | None) -> tuple[list[str], list[str]]:
    """Look up what a ledger quotes, where the paper's text is given, and keep of each claim what was found.

    Of a ledger of all claims it is kept, too, which numbers of the text none of them states.

    Returns:
        How it went, in words, and what is wrong, a line each.
    """
    if source is None:
        return [], []
    try:
        anchoring = Anchoring(folder, source)
        found = anchoring.quotations(ledger)
    except ValueError as error:
        return [], [str(error)]
    for claim in ledger["claims"]:
        if of_claim := [each.kept for each in found if each.quoted.claim == claim["id"]]:
            claim["quoted"] = sorted(of_claim, key=lambda quote: quote["printed"])
    if ledger["run"]["whole"]:
        ledger["uncovered"] = [gap.kept for gap in anchoring.uncovered(ledger)]
    return [f"{source.name}: {counted_words(found)}"], faults(found)
