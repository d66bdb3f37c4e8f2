"""Reading, merging and comparing ledgers, and the command that does so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from copy import deepcopy

import pytest
from verdicts.cli import main
from verdicts.ledger import summarize
from verdicts.merge import check, diff, merge, read_ledger
from verdicts.views import FORMATS

from tests.verdicts import sample


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "verdicts.json"
    file.write_text(json.dumps(sample.ledger()), encoding="utf-8")
    return file


def find(ledger, claim, case=None):
    (found,) = [found for found in ledger["claims"] if found["id"] == claim]
    return found if case is None else next(inner for inner in found["cases"] if inner["id"] == case)


# reading


def test_a_ledger_is_read_as_written(path):
    assert read_ledger(path) == sample.ledger()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "expected a ledger in JSON"),
        ('{"schema": NaN}', "expected a ledger in JSON: NaN is no JSON number"),
        ("[]", "key '(the whole file)': expected an object, found []"),
        ("{}", "key 'schema': expected 'verdicts/1', found nothing"),
        ('{"schema": "verdicts-baseline/1"}', "key 'schema': expected 'verdicts/1', found \"verdicts-baseline/1\""),
        ("[" * 100_000, "expected a ledger in JSON"),
    ],
)
def test_a_foreign_file_is_refused_in_one_line(tmp_path, text, complaint):
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(ValueError, match="expected") as raised:
        read_ledger(file)
    assert str(raised.value).startswith(f"{file}: {complaint}")
    assert "\n" not in str(raised.value)


def test_a_missing_file_and_bytes_that_are_no_text_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"absent\.json: cannot be read: No such file"):
        read_ledger(tmp_path / "absent.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"bytes.json: expected a ledger in JSON"):
        read_ledger(tmp_path / "bytes.json")


@pytest.mark.parametrize(
    ("place", "value", "complaint"),
    [
        (("paper", "version"), 1, "key 'paper.version': expected a string, found 1"),
        (("run", "seconds"), True, "key 'run.seconds': expected a whole number or a number, found true"),
        (("claims", 0, "verdict"), "maybe", "key 'claims[0].verdict': expected 'refuted' or 'inconclusive'"),
        (
            ("claims", 0, "section"),
            "99",
            "key 'claims[0].section': expected the id of one of the sections, found \"99\"",
        ),
        (("claims", 1, "id"), "1.constant", "key 'claims[1].id': expected an id of its own"),
        (("claims", 1, "cases", 1, "id"), "p=0.01", "key 'claims[1].cases': expected cases with an id of their own"),
        (("claims", 0, "cases", 0, "accepted"), ["2", "1"], "key 'claims[0].cases[0].accepted': expected two decimal"),
        (("claims", 0, "cases", 0, "computed"), ["a", "b"], "key 'claims[0].cases[0].computed': expected two decimal"),
        (("claims", 0, "cases", 0, "computed"), [1, 2], "key 'claims[0].cases[0].computed': expected two decimal"),
        (("claims", 0, "cases", 0, "open"), [False], "key 'claims[0].cases[0].open': expected two of true or false"),
        (
            ("claims", 0, "cases", 0, "samples"),
            False,
            "key 'claims[0].cases[0].samples': expected a whole number or null",
        ),
        (("claims", 0, "also_at"), [3], "key 'claims[0].also_at[0]': expected a string, found 3"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(place, value, complaint):
    ledger = sample.ledger()
    inner = ledger
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(ValueError, match="expected") as raised:
        check(ledger)
    assert str(raised.value).startswith(complaint)


def paths(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from paths(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield from paths(value[0], (*path, 0))


@pytest.mark.parametrize("place", [place for place in paths(sample.ledger()) if "packages" not in place[:-1]], ids=str)
def test_no_key_may_be_missing(place):
    ledger = sample.ledger()
    inner = ledger
    for key in place[:-1]:
        inner = inner[key]
    del inner[place[-1]]
    with pytest.raises(ValueError, match="found nothing"):
        check(ledger)


# merging


def undone(ledger, claim, case):
    """The ledger with one case not run."""
    inner = find(ledger, claim, case)
    inner |= {
        "verdict": "not run",
        "reason": "no device",
        "stated": "",
        "accepted": None,
        "computed": None,
        "grade": None,
    }
    return ledger


def test_merging_a_ledger_with_itself_changes_no_verdict():
    ledger = sample.ledger()
    merged = merge([ledger, deepcopy(ledger)])
    assert merged["claims"] == ledger["claims"]
    assert merged["summary"] == ledger["summary"]
    assert merged["run"]["merged"] == [ledger["run"]] * 2
    check(merged)


@pytest.mark.parametrize("turned", [False, True])
def test_a_case_that_ran_somewhere_replaces_not_run(turned):
    here, there = undone(sample.ledger(), "1.constant", ""), sample.ledger()
    merged = merge([there, here] if turned else [here, there])
    assert find(merged, "1.constant", "")["verdict"] == "holds"
    assert find(merged, "1.constant")["verdict"] == "holds"
    assert merged["summary"] == sample.ledger()["summary"]


def test_what_follows_from_the_cases_is_concluded_again():
    here, there = undone(sample.ledger(), "3.hostile", sample.HOSTILE), sample.ledger()
    find(here, "3.hostile").update(verdict="not run", grade=None)
    find(here, "3.search").update(supported=True, unsupported_by=[])
    merged = merge([here, there])
    assert find(merged, "3.hostile")["verdict"] == "refuted"
    assert find(merged, "3.hostile")["grade"] == "search"
    assert find(merged, "3.search")["unsupported_by"] == ["3.hostile"]
    assert merged["summary"] == summarize(merged["claims"])


def test_a_decided_verdict_replaces_an_inconclusive_one():
    other = sample.ledger()
    find(other, "3.undecided", "").update(verdict="holds", computed=["4.99", "5.01"])
    assert find(merge([sample.ledger(), other]), "3.undecided")["verdict"] == "holds"


def test_claims_and_cases_of_one_ledger_only_are_kept():
    here, there = sample.ledger(), sample.ledger()
    here["claims"] = here["claims"][:3]
    find(there, "1.constant")["cases"].append(sample.case("more", "more"))
    merged = merge([here, there])
    assert [claim["id"] for claim in merged["claims"]] == [claim["id"] for claim in there["claims"]]
    assert [case["id"] for case in find(merged, "1.constant")["cases"]] == ["", "more"]


def test_a_claim_that_only_the_baseline_remembers_gives_way():
    other = sample.ledger()
    find(other, "3.gone").update(section="3", says="in other words", cases=[sample.case("g")])
    for order in ([sample.ledger(), other], [other, sample.ledger()]):
        assert find(merge(order), "3.gone")["verdict"] == "holds"
        assert find(merge(order), "3.gone")["section"] == "3"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda made: made["paper"].update(id="arXiv:0000.00000"), "key 'paper.id': expected 'arXiv:2605.18933'"),
        (lambda made: made["paper"].update(version="v2"), "key 'paper.version': expected 'v1'"),
        (lambda made: find(made, "1.constant").update(says="other"), "claim '1.constant': key 'says' differs"),
        (lambda made: find(made, "1.constant", "").update(stated="2.8"), "key 'stated' differs: '2.75' and '2.8'"),
        (lambda made: find(made, "1.constant", "").update(accepted=["2", "3"]), "key 'accepted' differs"),
        (
            lambda made: find(made, "1.constant", "").update(verdict="refuted"),
            r"case 1.constant\[\]: key 'verdict' differs: 'holds' and 'refuted'",
        ),
    ],
)
def test_ledgers_that_contradict_each_other_are_not_merged(change, complaint):
    other = sample.ledger()
    change(other)
    with pytest.raises(ValueError, match=complaint):
        merge([sample.ledger(), other])


def test_a_merge_does_not_touch_its_ledgers():
    here, there = undone(sample.ledger(), "1.constant", ""), sample.ledger()
    before = deepcopy((here, there))
    merge([here, there])
    assert (here, there) == before


def test_the_run_of_a_merge_keeps_each_run():
    here, there = sample.ledger(), sample.ledger()
    there["run"] |= {"device": "a GPU", "commit": "fff", "dirty": False, "problems": ["lost"], "interrupted": "stopped"}
    run = merge([here, there])["run"]
    assert run["seconds"] == 24.6
    assert run["device"] == "cpu, a GPU"
    assert run["commit"] is None
    assert run["dirty"] is True
    assert run["interrupted"] == "stopped"
    assert run["problems"] == [*here["run"]["problems"], "lost"]
    assert len(merge([merge([here, there]), sample.ledger()])["run"]["merged"]) == 3


def test_nothing_to_merge_is_an_error():
    with pytest.raises(ValueError, match="at least one ledger"):
        merge([])


# comparing


def test_equal_ledgers_do_not_differ():
    assert diff(sample.ledger(), sample.ledger()) == []


def test_a_diff_names_what_changed_appeared_and_vanished():
    new = sample.ledger()
    find(new, "1.constant").update(verdict="refuted")
    find(new, "1.constant", "").update(verdict="refuted", stated="2.8", accepted=["2.75", "2.85"])
    new["claims"] = [claim for claim in new["claims"] if claim["id"] != "E.review"]
    find(new, "3.readings").update(qualified=False)
    find(new, "3.search")["cases"].append(sample.case("s", "more"))
    assert diff(sample.ledger(), new) == [
        "1.constant: verdict holds -> refuted",
        "1.constant[]: verdict holds -> refuted",
        "1.constant[]: stated 2.75 -> 2.8",
        '1.constant[]: accepted ["2.745", "2.755"] -> ["2.75", "2.85"]',
        "3.readings: verdict qualified -> holds",
        "E.review: vanished (was holds)",
        "E.review[]: vanished (was holds)",
        "3.search[more]: appeared (holds)",
    ]


def test_new_evidence_alone_is_no_difference():
    new = sample.ledger()
    find(new, "1.constant", "").update(seconds=9.0, computed=["2.751", "2.752"], samples=4)
    new["run"]["seconds"] = 1.0
    assert diff(sample.ledger(), new) == []


# the command


@pytest.mark.parametrize("name", FORMATS)
def test_render_writes_every_format(path, tmp_path, name):
    target = tmp_path / "out" / "view"
    assert main(["render", name, str(path), "-o", str(target)]) == 0
    assert target.read_text(encoding="utf-8") == FORMATS[name](sample.ledger())


def test_render_writes_to_standard_output(path):
    command = [sys.executable, "-m", "verdicts", "render", "text", str(path)]
    run = subprocess.run(command, capture_output=True, check=True, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert run.stdout.decode("utf-8") == FORMATS["text"](sample.ledger())


def test_merge_writes_a_ledger(path, tmp_path):
    assert main(["merge", str(path), str(path), "-o", str(tmp_path / "both.json")]) == 0
    assert read_ledger(tmp_path / "both.json")["claims"] == sample.ledger()["claims"]


def test_diff_tells_by_its_status(path, tmp_path):
    other = tmp_path / "other.json"
    changed = sample.ledger()
    find(changed, "1.constant").update(verdict="refuted")
    other.write_text(json.dumps(changed))
    assert main(["diff", str(path), str(path)]) == 0
    assert main(["diff", str(path), str(other)]) == 1
    assert main(["diff", str(path), str(tmp_path / "absent.json")]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["render", "html", "{folder}/absent.json"],
        ["render", "json", "{ledger}", "-o", "{folder}"],
        ["render", "json", "{ledger}", "-o", "{ledger}/below"],
        ["merge", "{ledger}", "{foreign}", "-o", "{folder}/x"],
        ["diff", "{ledger}", "{foreign}"],
    ],
)
def test_bad_input_is_one_line_and_status_two(path, tmp_path, capsys, arguments):
    foreign = tmp_path / "foreign.json"
    foreign.write_text("{}")
    given = [text.format(folder=tmp_path, ledger=path, foreign=foreign) for text in arguments]
    assert main(given) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert str(tmp_path) in error


def test_a_formula_that_cannot_be_shown_names_file_and_claim(path, capsys):
    ledger = sample.ledger()
    find(ledger, "1.constant")["tex"] = r"\nosuchmacro"
    path.write_text(json.dumps(ledger))
    assert main(["render", "html", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"{path}: claim '1.constant': tex")


def test_an_unknown_format_is_a_usage_error(path):
    with pytest.raises(SystemExit) as raised:
        main(["render", "pdf", str(path)])
    assert raised.value.code == 2
