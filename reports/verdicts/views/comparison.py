"""Two ledgers of one paper as one page: which verdicts moved, which words changed, what appeared and what vanished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from verdicts.views import plain, wording
from verdicts.views.compact import compact
from verdicts.views.html import environment
from verdicts.views.numerals import full_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from verdicts.records import Case, Claim, Ledger

WORDS: Final = {"says": "statement", "tex": "formula", "at": "place", "kind": "kind", "primary": "primary reading"}
BETTER: Final = {name: rank for rank, name in enumerate(wording.STANDINGS)}
"of two standings the better has the greater number"
MOST_SHOWN: Final = 400  # cases of a kind of change


class Moved(NamedTuple):
    """A claim that stands otherwise than before."""

    old: Claim
    new: Claim

    @property
    def is_worse(self) -> bool:
        """Whether it stands worse than before."""
        return BETTER[wording.standing(self.new)] < BETTER[wording.standing(self.old)]


class Change(NamedTuple):
    """One thing of a claim or a case that is not as before, in words."""

    claim: str
    case: str
    what: str
    old: str
    new: str


def render_comparison(old: Ledger, new: Ledger) -> str:
    """What became of the claims of one ledger in another, as a self-contained page."""
    old, new = plain.readable(old), plain.readable(new)
    before, after = ({claim["id"]: claim for claim in ledger["claims"]} for ledger in (old, new))
    both = [(before[id], after[id]) for id in after if id in before]
    moved = [Moved(*pair) for pair in both if wording.standing(pair[0]) != wording.standing(pair[1])]
    context = {
        "old": old,
        "new": new,
        "by_id": {},
        "worse": [each for each in moved if each.is_worse],
        "better": [each for each in moved if not each.is_worse],
        "words": wording,
        "reworded": [change for pair in both for change in _reworded(*pair)],
        "cases": [change for pair in both for change in _of_cases(*pair)],
        "appeared": [after[id] for id in after if id not in before],
        "vanished": [before[id] for id in before if id not in after],
        "most": MOST_SHOWN,
    }
    return compact(environment().get_template("comparison.html").render(context))


def _reworded(old: Claim, new: Claim) -> list[Change]:
    was: Mapping[str, Any] = old
    now: Mapping[str, Any] = new
    found = [Change(new["id"], "", label, was[key], now[key]) for key, label in WORDS.items() if was[key] != now[key]]
    if old["rests_on"] != new["rests_on"]:
        found.append(Change(new["id"], "", "rests on", ", ".join(old["rests_on"]), ", ".join(new["rests_on"])))
    return found


def _of_cases(old: Claim, new: Claim) -> list[Change]:
    before, after = ({case["id"]: case for case in claim["cases"]} for claim in (old, new))
    found = []
    for id in [*after, *(id for id in before if id not in after)]:
        was, now = before.get(id), after.get(id)
        for label, tell in TOLD.items():
            words = tell(was) if was else "no such case", tell(now) if now else "no such case"
            if words[0] != words[1]:
                found.append(Change(new["id"], id, label, *words))
                if not (was and now):
                    break
    return found


def _set_words(case: Case) -> str:
    return full_interval(case["accepted"], case["open"]) if case["accepted"] else ""


TOLD: Final[Mapping[str, Callable[[Case], str]]] = {
    "verdict": lambda case: case["verdict"],
    "stated": lambda case: case["stated"],
    "accepted": _set_words,
    "grade": lambda case: case["grade"] or "",
}
