"""The baseline: the verdicts that were last accepted, and the gate that holds a run against them."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from filelock import Timeout

from verdicts.accepted import BASELINE_SCHEMA, OLDER_SCHEMA, STATED, Accepted, AcceptedClaim, accepted_of, changes
from verdicts.files import lock_of, write_safely
from verdicts.forgetting import Key, cases_named, without
from verdicts.records import Case, Ledger, pick
from verdicts.schema import convert, expect, parse, read_text
from verdicts.spelling import near
from verdicts.vocabulary import GRADES, Gate, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

ERROR: Final = "error: "
"how the reason of a case begins whose test did not end well: that is never excused"
COARSER: Final = Decimal("1.1")
"a resolution, or the tries of a search, which vary with its seed, are weaker from this factor on"
GONE: Final = "in the baseline, no longer declared"
"the reason of a case that is gone"
FACTS: Final = (*STATED, "file")
"what the baseline remembers of a claim"


def is_named(claim: str, names: Collection[str]) -> bool:
    """Whether an id is among the names; a star in a name stands for anything."""
    return claim in names or any(
        re.fullmatch(".*".join(map(re.escape, name.split("*"))), claim, re.DOTALL) for name in names if "*" in name
    )


class Baseline:
    """Accepted verdicts by claim and case. Where there is no file nothing is gated."""

    def __init__(self, path: Path, claims: dict[str, AcceptedClaim], *, present: bool, paper: str = "") -> None:
        self.path = path
        self.claims = claims
        self.present = present
        self.paper = paper
        self.older = False

    @classmethod
    def read(cls, path: Path, *, required: bool = False) -> Baseline:
        """Read a baseline. ValueError, in one line with file, key and expectation, where it is broken or foreign.

        Args:
            path: of the file.
            required: whether the file has to be there; an absent one is otherwise an empty baseline.
        """
        if not required and not path.exists() and not path.is_symlink():
            return cls(path, {}, present=False)
        return cls.of_text(read_text(path), path)

    @classmethod
    def of_text(cls, text: str, name: str | Path) -> Baseline:
        """The baseline in a text. ValueError, in one line that begins with the name, where it is none."""
        try:
            data = parse(text, "a baseline")
            claims = _claims_of(data)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        made = cls(Path(name), claims, present=True, paper=data["paper"])
        made.older = data["schema"] != BASELINE_SCHEMA
        return made

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Baseline:
        """The baseline that `plain` described, in whichever process."""
        return cls(Path(data["path"]), data["claims"], present=data["present"], paper=data["paper"])

    def plain(self) -> dict[str, Any]:
        """This baseline in plain types, to be sent to other processes."""
        return {"path": str(self.path), "claims": self.claims, "present": self.present, "paper": self.paper}

    def entry(self, claim: str, case: str) -> Accepted | None:
        """What was accepted of a case, if anything was."""
        known = self.claims.get(claim)
        return None if known is None else known["cases"].get(case)

    def accepted(self, claim: str, case: str) -> Verdict | None:
        """The accepted verdict of a case, if it has one."""
        entry = self.entry(claim, case)
        return None if entry is None else entry["verdict"]

    def gate(self, claim: str, case: Case, allowed: Collection[str] = ()) -> Gate | None:
        """How a case that was collected stands to what was accepted; None where nothing is gated.

        Args:
            claim: id of the claim.
            case: its record, with the hash of its statement.
            allowed: grades, and ids of claims (`is_named`), that may be missing although they were accepted.
        """
        if not self.present:
            return None
        entry = self.entry(claim, case["id"])
        if entry is None:
            return None if case["verdict"] == "not run" else "new"
        if case["verdict"] == "not run":
            may_miss = self.may_miss(claim, case["id"], allowed) and not case["reason"].startswith(ERROR)
            return "excused" if may_miss else "lost"
        if entry["verdict"] != case["verdict"]:
            return "changed"
        if entry["statement"] != case["statement"]:
            return "stale"
        rewritten = "code" in entry and entry["code"] != case["code"]
        return "rewritten" if rewritten else "weaker" if is_weaker(case, entry) else "equal"

    def changes(self, declared: Mapping[str, Any], case: Case) -> list[str]:
        """What of the statement of an accepted case changed since, a line each; `declared` is its claim."""
        claim, entry = self.claims.get(declared["id"]), self.entry(declared["id"], case["id"])
        return changes(claim, entry, declared, case) if claim and entry else []

    def may_miss(self, claim: str, case: str, allowed: Collection[str]) -> bool:
        """Whether an accepted case may be missing from a run, by the grade accepted or by the name of its claim."""
        entry = self.entry(claim, case)
        return is_named(claim, allowed) or (entry is not None and entry["grade"] in allowed)

    def vanished(self, collected: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        """The accepted cases, by claim id and case id, that are not among those collected."""
        known = [(claim, case) for claim, entry in self.claims.items() for case in entry["cases"]]
        return [key for key in known if key not in collected]

    def accept(self, ledger: Ledger, what: Sequence[str]) -> bool:
        """Take over verdicts of a run and write the file where that changes it; returns whether it did.

        What was not run is never accepted, and nothing of a run with problems of its own. Nothing is erased but the
        cases of a claim named in `what` that are not declared any more. The file is read again under a lock, so that of
        two runs that accept at once neither loses.

        Args:
            ledger: of the run, with its problems and the cases that are gone.
            what: "all", "new", or ids of claims.

        Raises:
            ValueError: an id in `what` names no claim, the run has problems, the file is not a baseline of this paper,
                or another run keeps its lock.
            OSError: the file cannot be written.
        """
        known = {"all", "new", *self.claims, *(claim["id"] for claim in ledger["claims"])}
        if unknown := [each for each in what if each not in known]:
            raise ValueError("; ".join(no_claim(each, known) for each in unknown))
        # what options ask of a run ("--verdicts-strict: …") is no fault of its evidence
        if problems := [line for line in ledger["run"]["problems"] if not line.startswith("--verdicts-")]:
            raise ValueError(f"nothing is accepted of a run that has problems of its own: {problems[0]}")
        try:
            with lock_of(self.path):
                now, paper = Baseline.read(self.path), ledger["paper"]["id"]
                if now.present and now.paper != paper:
                    raise ValueError(f"{self.path}: key 'paper': expected {paper!r}, found {now.paper!r}")
                self.claims = taken_over(now.claims, ledger, what)
                text = _text(self.claims, paper)
                changed = not now.present or now.older or text != _text(now.claims, paper)
                if changed:
                    write_safely(self.path, text)
        except Timeout as error:
            raise ValueError(f"{self.path}: another run is writing it") from error
        self.present, self.paper, self.older = True, ledger["paper"]["id"], False
        return changed


def forget(path: Path, names: Sequence[str]) -> set[Key]:
    """Erase what is named, CLAIM or CLAIM::CASE, from a baseline as it is under its lock; returns what was erased.

    Raises:
        ValueError: a name stands for nothing accepted, the file is no baseline, or another run keeps its lock.
        OSError: the file cannot be written.
    """
    try:
        with lock_of(path):
            now = Baseline.read(path, required=True)
            try:
                erased = cases_named(names, now.claims)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from error
            write_safely(path, _text(without(now.claims, erased), now.paper))
    except Timeout as error:
        raise ValueError(f"{path}: another run is writing it") from error
    return erased


def taken_over(claims: Mapping[str, AcceptedClaim], ledger: Ledger, what: Sequence[str]) -> dict[str, AcceptedClaim]:
    """What is accepted once the verdicts of a ledger that `what` covers are (see `Baseline.accept`)."""
    made = dict(claims)
    for claim in ledger["claims"]:
        id = claim["id"]
        before = claims[id]["cases"] if id in claims else {}
        covered = [
            case
            for case in claim["cases"]
            if case["verdict"] != "not run" and wanted(what, id, None if case["id"] in before else "new")
        ]
        erased = {case["id"] for case in claim["cases"] if id in what and is_gone(case)}
        cases = {case: entry for case, entry in before.items() if case not in erased}
        cases |= {case["id"]: accepted_of(case) for case in covered}
        # what is declared and not accepted now was accepted under the words of before
        left = {case["id"] for case in claim["cases"] if not is_gone(case)} - {case["id"] for case in covered}
        said = claims[id] if cases.keys() & left else claim
        facts = {key: said[key] for key in FACTS if key in said} | (pick(claim, ["file"]) if covered else {})
        made[id] = cast("AcceptedClaim", {**facts, "cases": cases})
    return {id: entry for id, entry in sorted(made.items()) if entry["cases"]}


def no_claim(what: str, known: Collection[str]) -> str:
    """Says that a word names no claim, and which claims it may have meant."""
    found = near(what, known)
    return f"{what}: expected all, new, or the id of a claim" + (f", such as {', '.join(found)}" if found else "")


def accepted_cases(baseline: Baseline) -> dict[tuple[str, str], Accepted]:
    """Everything accepted, by claim id and case id."""
    return {(id, case): kept for id, entry in baseline.claims.items() for case, kept in entry["cases"].items()}


def wanted(what: Collection[str], claim: str, gate: Gate | None) -> bool:
    """Whether what is to be accepted, "all", "new" or ids of claims, settles a case of that claim and gate.

    What is gone is erased only by name, and what is lost cannot be accepted.
    """
    if gate in ("gone", "lost"):
        return gate == "gone" and claim in what
    return "all" in what or claim in what or ("new" in what and gate == "new")


def is_weaker(case: Case, entry: Accepted) -> bool:
    """Whether evidence got weaker: a lower grade, fewer samples or looks, or a resolution coarser by a tenth."""
    if _rank(case["grade"]) > _rank(entry["grade"]):
        return True
    factor = COARSER if entry["grade"] == "search" else Decimal(1)
    if _fewer(case["samples"], entry["samples"], factor) or _fewer(case["looks"], entry["looks"]):
        return True
    if entry["resolution"] is None:
        return False
    return case["resolution"] is None or Decimal(case["resolution"]) > COARSER * Decimal(entry["resolution"])


def _rank(grade: Any) -> int:
    return len(GRADES) if grade is None else GRADES.index(grade)


def _fewer(now: int | None, accepted: int | None, factor: Decimal = Decimal(1)) -> bool:
    return accepted is not None and (now is None or factor * now < accepted)


def is_remembered(case: Case) -> bool:
    """Whether a case stands in its ledger only because the baseline remembers it: no command runs it any more."""
    return case["verdict"] == "not run" and case["gate"] in ("gone", "lost", "excused") and not case["reproduce"]


def is_gone(case: Case) -> bool:
    """Whether a case is known not to be declared any more."""
    return is_remembered(case) and case["reason"] == GONE


def _claims_of(data: Any) -> dict[str, AcceptedClaim]:
    """The claims of a baseline file. ValueError, with key and expectation, where it is none."""
    expect(isinstance(data, dict), "(the whole file)", "an object", data)
    expect(data.get("schema") in (BASELINE_SCHEMA, OLDER_SCHEMA), "schema", repr(BASELINE_SCHEMA), data.get("schema"))
    expect(isinstance(data.get("claims"), dict), "claims", "an object of claims by id", data.get("claims"))
    expect(isinstance(data.get("paper"), str), "paper", "the id of the paper", data.get("paper"))
    strays = sorted(data.keys() - {"schema", "paper", "claims"})
    expect(not strays, "(the whole file)", "schema, paper and claims", strays)
    claims: dict[str, AcceptedClaim] = {}
    for id, entry in data["claims"].items():
        cases = entry.get("cases") if isinstance(entry, dict) else None
        for case, accepted in cases.items() if isinstance(cases, dict) else ():
            convert(accepted, Accepted, f"claims.{id}.cases.{case}")
        claims[id] = convert(entry, AcceptedClaim, f"claims.{id}")
    return claims


def _text(claims: Mapping[str, AcceptedClaim], paper: str) -> str:
    """The baseline as JSON with one case a line, so that a change of verdict is one line of a diff."""
    flat = partial(json.dumps, ensure_ascii=False)
    entries = []
    for id, entry in claims.items():
        cases = ",\n".join(f"    {flat(case)}: {flat(accepted)}" for case, accepted in sorted(entry["cases"].items()))
        facts = "".join(f"   {flat(key)}: {flat(value)},\n" for key, value in entry.items() if key != "cases")
        entries.append(f'  {flat(id)}: {{\n{facts}   "cases": {{\n{cases}\n   }}\n  }}')
    body = ",\n".join(entries)
    head = f' "schema": {flat(BASELINE_SCHEMA)},\n "paper": {flat(paper)},\n'
    return f'{{\n{head} "claims": {{\n{body}\n }}\n}}\n'
