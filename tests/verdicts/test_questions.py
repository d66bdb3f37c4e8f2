"""The commands why, list, diff and changelog: what is asked for, no more, in lines or as JSON."""

from __future__ import annotations

import json
import subprocess
from copy import deepcopy

import pytest
from verdicts.baseline import Baseline
from verdicts.cli import main
from verdicts.ledger import statement_hash, summarize

from tests.verdicts import sample


@pytest.fixture
def ask(tmp_path, monkeypatch, capsysbinary):
    """Runs a command on the sample's ledger; its status and what it wrote."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "reports" / "latest" / "verdicts.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(sample.ledger()), encoding="utf-8")

    def run(*arguments):
        status = main(list(arguments))
        out, error = capsysbinary.readouterr()
        return status, (out + error).decode()

    return run


def test_why_tells_all_that_is_known_of_a_claim(ask):
    status, text = ask("why", "6.theorem3")
    assert status == 0
    for words in (
        "✗ 6.theorem3\n",
        "at: Theorem 3",
        "refuted: the computed set lies outside the accepted one",
        "The printed ratio drops a factor.",
        "true instead: 6.theorem3.corrected (holds)",
        "rest on it: 1.constant (holds)",
        "declared: x.py, line 1",
        "✗ p=0.01: refuted",
        "stated: ≤ 19",
        "computed: [28.1, 28.2]",
        "against baseline: changed",
        'reproduce: pytest "claims/x.py::test_t[p=0.5]"',
    ):
        assert words in text
    assert text.index("p=0.5") < text.index("p=0.1:")  # what is refuted comes first


def test_what_rests_on_a_claim_is_told_however_far_up(ask, tmp_path):
    made = sample.ledger()
    made["claims"] = [sample.claim(id, "1", "step", [sample.case("x")], rests_on=below) for id, below in CHAIN]
    sample.settle(made["claims"])
    made["summary"] = summarize(made["claims"])
    (tmp_path / "chain.json").write_text(json.dumps(made), encoding="utf-8")
    told = json.loads(ask("why", "a", "chain.json", "--json")[1])
    assert (told["id"], told["verdict"], told["rested_on_by"]) == ("a", "holds", ["b", "c", "d"])
    assert json.loads(ask("why", "d", "chain.json", "--json")[1])["rested_on_by"] == []


CHAIN = [("d", ["c"]), ("c", ["a", "b"]), ("b", ["a"]), ("a", []), ("e", [])]
CHAIN.sort()


def test_why_knows_no_claim_by_another_name(ask):
    assert ask("why", "6.theorem") == (
        2,
        "6.theorem: no claim of the ledger; near it: 6.theorem3, 6.theorem3.corrected\n",
    )
    assert ask("why", "6")[1] == "6: no claim of the ledger; near it: 6.theorem3, 6.theorem3.corrected\n"
    assert ask("why", "zzz")[1] == "zzz: no claim of the ledger\n"


def test_why_says_what_an_inconclusive_search_lacks(ask, tmp_path):
    made = sample.ledger()
    undecided = sample.case(
        "x", verdict="inconclusive", grade="search", samples=9, accepted=None, computed=None, twin=False
    )
    made["claims"] = [sample.claim("a", "1", "step", [undecided])]
    sample.settle(made["claims"])
    made["summary"] = summarize(made["claims"])
    (tmp_path / "search.json").write_text(json.dumps(made), encoding="utf-8")
    text = ask("why", "a", "search.json")[1]
    assert "does not refute its false twin" in text
    assert "two sets overlap" not in text


@pytest.mark.parametrize("command", [["list"], ["why", "a"], ["verify"], ["uncovered", "p.txt"]])
def test_where_no_run_left_a_ledger_the_remedy_is_told(ask, tmp_path, command):
    (tmp_path / "reports" / "latest" / "verdicts.json").unlink()
    status, text = ask(*command)
    assert status == 2
    assert text == "reports/latest/verdicts.json: no such file: run pytest claims/, or name the ledger\n"


def ids(text):
    return [claim["id"] for claim in json.loads(text)["claims"]]


@pytest.mark.parametrize(
    ("options", "has"),
    [
        (["--verdict", "refuted"], lambda claim: claim["verdict"] == "refuted"),
        (["--verdict", "qualified"], lambda claim: claim["qualified"]),
        (["--verdict", "holds"], lambda claim: claim["verdict"] == "holds" and not claim["qualified"]),
        (["--section", "3"], lambda claim: claim["section"] == "3"),
        (["--section", "Theorem 3"], lambda claim: "Theorem 3" in [claim["at"], *claim["also_at"]]),
        (["--kind", "extension"], lambda claim: claim["kind"] == "extension"),
        (["--grade", "search"], lambda claim: "search" in [case["grade"] for case in claim["cases"]]),
        (["--gate", "new"], lambda claim: "new" in [case["gate"] for case in claim["cases"]]),
        (["--verdict", "refuted", "--section", "6"], lambda claim: claim["id"] == "6.theorem3"),
        ([], lambda _: True),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_list_is_what_is_asked_for(ask, options, has):
    expected = [claim["id"] for claim in sample.ledger()["claims"] if has(claim)]
    assert expected
    assert ids(ask("list", *options, "--json")[1]) == expected
    lines = ask("list", *options)[1].splitlines()
    assert len(lines) == len(expected) + 1
    assert lines[-1] == f"{len(expected)} claim{'' if len(expected) == 1 else 's'}"


def test_list_refuses_what_nothing_can_have(ask):
    assert ask("list", "--verdict", "refutd") == (2, "--verdict refutd: no claim has it; near it: refuted\n")
    assert ask("list", "--section", "Z")[0] == 2
    assert ask("list", "--verdict", "not run", "--section", "1") == (0, "0 claims\n")


def test_hostile_text_steers_no_terminal(ask):
    for command in (["why", "3.hostile"], ["list"]):
        assert "\x1b" not in ask(*command)[1]


def test_verify_as_json(ask):
    status, text = ask("verify", "--json")
    told = json.loads(text)
    assert (status, told["green"], told["differences"]) == (1, False, [])
    assert told["problems"] == sample.ledger()["run"]["problems"]
    assert told["run"].startswith("run failed, exit status 1")


@pytest.fixture
def history(ask, tmp_path):
    """A repository in which a baseline was committed three times."""

    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    def commit(ledger, subject):
        made = deepcopy(ledger)
        made["run"]["problems"] = []
        path = tmp_path / "claims" / "baseline.json"
        path.unlink(missing_ok=True)
        Baseline.read(path).accept(made, ["all"])
        git("add", "claims")
        git("commit", "-m", subject)

    (tmp_path / "claims").mkdir()
    git("init", "-q")
    first = sample.ledger()
    commit(first, "The first *verdicts*")
    second = deepcopy(first)
    claim = next(each for each in second["claims"] if each["id"] == "E.review")
    claim["cases"][0] |= {"verdict": "refuted", "computed": ["6", "7"], "resolution": "0"}
    commit(second, "A bug was found")
    third = deepcopy(second)
    claim = next(each for each in third["claims"] if each["id"] == "1.constant")
    claim["says"] = "The ratio is exactly 2.75"
    claim["cases"][0]["statement"] = statement_hash(claim, claim["cases"][0])
    third["claims"] = [each for each in third["claims"] if each["id"] != "E.text"]
    commit(third, "v2 of the paper")
    return ask


def test_diff_between_commits_tells_words_and_verdicts(history):
    assert history("diff", "HEAD~2", "HEAD~1") == (1, "verdict: E.review[]: holds → refuted\n")
    status, text = history("diff", "HEAD~1", "HEAD")
    assert status == 1
    assert text.splitlines() == [
        "words: 1.constant: says: The ratio is about 2.75 → The ratio is exactly 2.75",
        "vanished: E.text: was holds",
    ]
    assert history("diff", "HEAD", "HEAD") == (0, "")
    assert history("diff", "HEAD", "claims/baseline.json") == (0, "")


def test_diff_of_commits_as_json(history):
    (change,) = json.loads(history("diff", "HEAD~2", "HEAD~1", "--json")[1])["changes"]
    assert change == {"kind": "verdict", "name": "E.review[]", "words": "holds → refuted"}


def test_diff_of_a_ledger_with_a_commit(history):
    assert history("diff", "HEAD~2", "reports/latest/verdicts.json") == (0, "")
    assert history("diff", "HEAD~1", "reports/latest/verdicts.json")[1] == "verdict: E.review[]: refuted → holds\n"


@pytest.mark.parametrize("name", ["absent", "HEAD~9", "--output=x", "absent.json"])
def test_what_is_neither_file_nor_revision_is_one_line(history, name, tmp_path):
    status, text = history("diff", "HEAD", "--", name)
    assert status == 2
    assert text.count("\n") == 1
    assert "expected a ledger, a baseline, or a revision" in text
    assert not (tmp_path / "x").exists()


def test_what_is_missing_is_called_so(history):
    text = history("diff", "a.json", "b.json")[1]
    assert text.startswith("a.json: no such file, and no revision: expected a ledger, a baseline, or a revision")


def test_within_the_folder_of_claims_its_baseline_is_meant(history, tmp_path, monkeypatch):
    expected = [history("diff", "HEAD~2", "HEAD~1"), history("changelog")]
    (tmp_path / "claims" / "paper.toml").touch()
    monkeypatch.chdir(tmp_path / "claims")
    assert [history("diff", "HEAD~2", "HEAD~1"), history("changelog")] == expected


def test_a_folder_that_is_missing_is_named_with_the_option(ask, tmp_path):
    for command in (["changelog"], ["diff", "HEAD~1", "HEAD"]):
        assert ask(*command) == (2, f"{tmp_path / 'claims'}: no such folder: name the baseline (--baseline)\n")


def test_changelog_outside_of_git_is_one_line(ask, tmp_path):
    (tmp_path / "claims").mkdir()
    status, text = ask("changelog")
    assert status == 2
    assert text.startswith("claims/baseline.json: expected a baseline in a repository of git: not a git repository")
    assert text.count("\n") == 1


def test_changelog_leaves_out_what_it_cannot_read(history, tmp_path):
    path = tmp_path / "claims" / "baseline.json"
    now = path.read_text(encoding="utf-8")
    path.write_text('{"schema": "verdicts-baseline/1", "claims": {}}', encoding="utf-8")
    identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, "commit", "-qam", "Another time"], cwd=tmp_path, check=True)
    path.write_text(now, encoding="utf-8")
    subprocess.run(["git", *identity, "commit", "-qam", "Back"], cwd=tmp_path, check=True)
    status, text = history("changelog")
    assert status == 0
    assert "1 commit left out, since the baseline cannot be read" in text.splitlines()[2]
    assert "verdicts-baseline/1" in text.splitlines()[2]
    assert next(line[14:] for line in text.splitlines() if line.startswith("## ")) == "v2 of the paper"


def test_changelog_tells_the_latest_commit_first(history):
    status, text = history("changelog")
    assert status == 0
    assert [line[14:] for line in text.splitlines() if line.startswith("## ")] == [
        "v2 of the paper",
        "A bug was found",
        "The first \\*verdicts\\*",
    ]
    assert "Verdicts that moved (1):\n\n- E.review\\[\\]: holds → refuted" in text
    assert "Claims withdrawn (1)" in text
    assert "v2 of the paper" not in history("changelog", "--since", "HEAD")[1]
    since = history("changelog", "--since", "HEAD~1")[1]
    assert "v2 of the paper" in since
    assert "A bug was found" not in since


def test_changelog_as_json_has_the_same_commits_and_changes(history):
    status, text = history("changelog", "--json")
    told = json.loads(text)
    assert status == 0
    assert [commit["subject"] for commit in told["commits"]] == [
        "v2 of the paper",
        "A bug was found",
        "The first *verdicts*",
    ]
    (moved,) = (
        each
        for commit in told["commits"]
        for each in commit["changes"]
        if each["kind"] == "verdict" and "refuted" in each["words"]
    )
    assert (moved["name"], moved["words"]) == ("E.review[]", "holds → refuted")
    assert told["unread"] == []
