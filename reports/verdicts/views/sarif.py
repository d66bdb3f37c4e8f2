"""The ledger as SARIF 2.1.0, for the code scanning of a forge: what fails the run, and what of the paper is refuted."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from verdicts.views.outcome import GATES, outcome
from verdicts.views.places import Remark, remarks
from verdicts.views.plain import readable, web_address
from verdicts.vocabulary import FAILING

if TYPE_CHECKING:
    from verdicts.records import Ledger

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RULES = {gate: GATES[gate] for gate in FAILING} | {
    "problem": "a fault of the run itself",
    "refuted": "the paper's claim is refuted",
}
MOST = 5_000  # results that a forge takes of one run


def render(ledger: Ledger) -> str:
    """The remarks as results, with a fingerprint that stays when lines move."""
    ledger = readable(ledger)
    found = list(remarks(ledger))[:MOST]
    rules = [{"id": id, "shortDescription": {"text": words}} for id, words in RULES.items()]
    driver: dict[str, Any] = {"name": "verdicts", "rules": rules}
    if address := web_address(ledger["paper"]["url"]):
        driver["informationUri"] = address
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not outcome(ledger).red, "commandLine": ledger["run"]["command"]}],
        "results": [_result(remark) for remark in found],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _result(remark: Remark) -> dict[str, Any]:
    name = f"{remark.name}: " if remark.name else ""
    identity = remark.name or remark.text
    result: dict[str, Any] = {
        "ruleId": remark.rule,
        "level": remark.level,
        "message": {"text": f"{name}{remark.text}"},
        "partialFingerprints": {"claim/v1": hashlib.sha256(f"{remark.rule}\n{identity}".encode()).hexdigest()},
    }
    if remark.file:
        place = {"artifactLocation": {"uri": quote(remark.file)}, "region": {"startLine": max(remark.line, 1)}}
        result["locations"] = [{"physicalLocation": place}]
    return result
