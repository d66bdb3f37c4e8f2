"""The gate between a run and what was accepted, and accepting, which erases nothing but what is named."""

from __future__ import annotations

import json
import threading
from copy import deepcopy
from fnmatch import fnmatchcase
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from verdicts import baseline as module
from verdicts.accepted import BASELINE_SCHEMA, MEASURED, OLDER_SCHEMA, accepted_of
from verdicts.baseline import GONE, Baseline, accepted_cases, is_gone, is_named, is_weaker, taken_over, wanted
from verdicts.ledger import draw_up, summarize, verify
from verdicts.records import blank_case
from verdicts.standing import with_vanished
from verdicts.vocabulary import FAILING, GATES, GRADES, VERDICTS

from tests.verdicts import sample

DECIDED = [verdict for verdict in VERDICTS if verdict != "not run"]
counts = st.none() | st.integers(0, 3)
accepted = st.fixed_dictionaries({
    "verdict": st.sampled_from(DECIDED), "grade": st.sampled_from(GRADES), "statement": st.sampled_from(["s", "t"]),
    "resolution": st.none() | st.sampled_from(["0", "0.1", "0.105", "0.2"]), "samples": counts, "looks": counts,
})  # fmt: skip


def of(**claims):
    """A baseline of claims, each given as its cases."""
    facts = {"at": "Table 1", "says": "x", "kind": "step", "file": "x.py"}
    return Baseline("nowhere", {id: facts | {"cases": cases} for id, cases in claims.items()}, present=True)


def entry(verdict="holds", **given):
    return accepted_of(sample.case("c", verdict=verdict, statement="s")) | given


def case(id="", **given):
    return sample.case("c", id, gate=None, statement="s") | given


def search(**given):
    return case(printed=[], stated="", accepted=None, computed=None, grade="search", samples=9, code="c0de") | given


def not_run(id="", **given):
    return blank_case(id=id, reason="no device", reproduce="pytest", **given)


# names


@given(st.lists(st.text("a.\n", max_size=2), min_size=1, max_size=3), st.text("a.\n*", max_size=3))
@example(["", "a."], "a")
@example(["a", "a"], "a.a")
def test_a_star_in_a_name_stands_for_anything(parts, other):
    claim, name = "".join(parts), "*".join(parts)
    assert is_named(claim, [name])
    assert is_named(f"a\n.{claim}", ["z", f"*{name}"])
    for names in ([name], [name, other], [other]):
        assert is_named(other, names) == any(fnmatchcase(other, each) for each in names)
        assert is_named(claim, names) == any(fnmatchcase(claim, each) for each in names)


# the gate


@given(accepted, accepted, st.booleans())
def test_any_difference_is_seen_and_only_a_weaker_one_passes(was, now, known):
    gate = of(c={"": was} if known else {}).gate("c", case() | now)
    if not known:
        assert gate == "new"
    elif now["verdict"] != was["verdict"]:
        assert gate == "changed"
    elif now["statement"] != was["statement"]:
        assert gate == "stale"
    else:
        assert gate == ("weaker" if is_weaker(now, was) else "equal")
    assert (gate in FAILING) == (not known or (now["verdict"], now["statement"]) != (was["verdict"], was["statement"]))


@given(accepted, accepted)
def test_evidence_is_weaker_in_any_respect_or_in_none(was, now):
    resolutions = [9.0 if one["resolution"] is None else float(one["resolution"]) for one in (was, now)]
    lacks = [(one["samples"] is not None, one["looks"] is not None) for one in (was, now)]
    tenths = {"samples": 11 if was["grade"] == "search" else 10, "looks": 10}
    assert is_weaker(now, was) == (
        GRADES.index(now["grade"]) > GRADES.index(was["grade"])
        or resolutions[1] > resolutions[0] * 1.1
        or any(
            was[key] is not None and (now[key] is None or tenth * now[key] < 10 * was[key])
            for key, tenth in tenths.items()
        )
    ), lacks


@pytest.mark.parametrize(("stronger", "weaker"), list(pairwise([*GRADES, None])))
def test_one_grade_lower_is_weaker_and_one_higher_is_not(stronger, weaker):
    assert is_weaker(case(grade=weaker), entry(grade=stronger))
    assert not is_weaker(case(grade=stronger), entry(grade=weaker))


@pytest.mark.parametrize("key", ["samples", "looks"])
def test_one_sample_or_look_fewer_is_weaker(key):
    assert [is_weaker(case(**{key: count}), entry(**{key: 9})) for count in (None, 8, 9, 10)] == [
        True,
        True,
        False,
        False,
    ]
    assert not is_weaker(case(**{key: 8}), entry(**{key: None}))


def test_the_tries_of_a_search_vary_with_its_seed_by_a_tenth():
    counts = (None, 1999, 2000, 2001)
    for grade, weaker in (("search", [True, True, False, False]), ("statistics", [True] * 4)):
        made = [is_weaker(case(grade=grade, samples=count), entry(grade=grade, samples=2200)) for count in counts]
        assert made == weaker


@pytest.mark.parametrize("code", ["other", None])
def test_a_search_whose_code_changed_under_the_same_words_is_seen(code):
    known = of(c={"": accepted_of(search())})
    assert known.gate("c", search()) == "equal"
    assert known.gate("c", search(code=code, samples=1)) == "rewritten"
    assert known.gate("c", search(code=code, verdict="refuted")) == "changed"
    assert known.gate("c", search(code=code, statement="t")) == "stale"


def test_where_no_code_was_accepted_none_is_compared():
    assert of(c={"": accepted_of(search(code=None))}).gate("c", search()) == "equal"


def test_a_resolution_within_a_tenth_is_no_weaker():
    assert not is_weaker(case(resolution="0.11"), entry(resolution="0.1"))
    assert is_weaker(case(resolution="0.1100001"), entry(resolution="0.1"))


@given(accepted, st.sets(st.sampled_from([*GRADES, "c", "d"])))
def test_what_was_accepted_and_is_not_run_is_lost_unless_it_is_named(was, allowed):
    gate = of(c={"": was}).gate("c", not_run(), allowed)
    assert gate == ("excused" if "c" in allowed or was["grade"] in allowed else "lost")


@given(accepted, st.sets(st.sampled_from([*GRADES, "c"])))
def test_what_failed_is_never_excused(was, allowed):
    assert of(c={"": was}).gate("c", blank_case(reason="error: assert 1 == 2"), allowed) == "lost"


def test_what_was_never_accepted_may_be_missing_only_by_the_name_of_its_claim():
    known = of(c={"": entry()})
    assert [known.may_miss(*key, ["proof", "d"]) for key in (("c", ""), ("c", "k"), ("d", ""))] == [True, False, True]
    assert known.changes({"id": "c"}, case("k")) == known.changes({"id": "d"}, case()) == []


def test_what_is_not_run_and_never_was_is_not_gated():
    assert of(c={"other": entry()}).gate("c", not_run(), ["c"]) is None


def test_without_a_baseline_nothing_is_gated(tmp_path):
    absent = Baseline.read(tmp_path / "absent.json")
    assert not absent.present
    assert absent.gate("c", case()) is absent.gate("c", not_run()) is None


def test_the_grade_that_excuses_is_the_one_accepted():
    assert of(c={"": entry(grade="model")}).gate("c", not_run(grade="proof"), ["proof"]) == "lost"


def test_a_baseline_travels_in_plain_types():
    there = Baseline.from_plain(json.loads(json.dumps(of(c={"": entry()}).plain())))
    assert there.plain() == of(c={"": entry()}).plain()
    assert there.accepted("c", "") == "holds"
    assert there.accepted("c", "other") is there.accepted("other", "") is None
    there.paper = "p"
    assert Baseline.from_plain(there.plain()).paper == "p"
    assert there.older is False


@pytest.mark.parametrize(
    ("what", "covered"), [([], ""), (["all"], "new changed"), (["new"], "new"), (["c"], "new changed"), (["d"], "")]
)
def test_what_accepting_covers(what, covered):
    assert [wanted(what, "c", gate) for gate in ("gone", "lost")] == ["c" in what, False]
    assert [gate for gate in ("new", "changed") if wanted(what, "c", gate)] == covered.split()


# what vanished


def catalogue(*claims):
    whole = sample.ledger()
    entries = [
        sample.claim(id, "1", "step", []) | {"cases": [
            {"id": case, "reading": None, "primary": True, "reproduce": "pytest", "rank": [rank]}
            for rank, case in enumerate(cases)
        ]}
        for id, *cases in claims
    ]  # fmt: skip
    return {"paper": whole["paper"], "sections": whole["sections"], "whole": True, "complete": True, "claims": entries}


def drawn(known, records, run=None):
    return draw_up(known, records, run or sample.ledger()["run"], reason_of_silence=lambda *_: "silent")


def vanished(*given, **options):
    known, records = with_vanished(*given, **{"silent": {}} | options)
    made = drawn(known, records)
    verify(made)
    return {(claim["id"], case["id"]): (case["gate"], case["reason"]) for claim in made["claims"]
            for case in claim["cases"] if case["reason"] != "silent"}  # fmt: skip


def test_accepted_cases_that_were_not_collected_are_gone():
    known = of(a={"x": entry(), "y": entry()}, b={"": entry(grade="model")})
    assert known.vanished({("a", "x")}) == [("a", "y"), ("b", "")]
    assert vanished(catalogue(("a", "x")), known, []) == {("a", "y"): ("gone", GONE), ("b", ""): ("gone", GONE)}
    assert vanished(catalogue(("a", "x", "y"), ("b", "")), known, []) == {}


@pytest.mark.parametrize("allowed", ["model", "b"])
def test_what_vanished_is_excused_by_grade_or_name(allowed):
    known = of(a={"x": entry(), "y": entry()}, b={"": entry(grade="model")})
    gates = vanished(catalogue(("a", "x")), known, [allowed])
    assert {key: gate for key, (gate, _) in gates.items()} == {("a", "y"): "gone", ("b", ""): "excused"}


def test_what_stands_in_a_silent_file_is_lost_but_not_gone():
    gates = vanished(catalogue(("a", "x")), of(b={"": entry()}), [], silent={"x.py": "Skipped: no device"})
    assert gates == {("b", ""): ("lost", "x.py was not collected: Skipped: no device")}


# accepting


def of_run(*cases, claim="c", **declared):
    """A ledger of one claim, of a run without problems."""
    claims = sample.settle([sample.claim(claim, "1", "step", deepcopy(list(cases)), **declared)])
    run = sample.ledger()["run"] | {"problems": []}
    return sample.ledger() | {"claims": claims, "summary": summarize(claims), "run": run}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "claims" / "baseline.json"


def cases_of(path, claim="c"):
    return {id: kept["verdict"] for id, kept in Baseline.read(path).claims[claim]["cases"].items()}


def accept(path, ledger, *what):
    return Baseline.read(path).accept(ledger, what)


def test_everything_accepted_is_known_by_claim_and_case():
    known = of(a={"x": entry(), "y": entry("refuted")}, b={"": entry()})
    assert accepted_cases(known) == {("a", "x"): entry(), ("a", "y"): entry("refuted"), ("b", ""): entry()}


def test_a_claim_that_only_the_baseline_knows_may_be_named(path):
    accept(path, of_run(case(), claim="other"), "all")
    assert not accept(path, of_run(case()), "other")


def test_the_baseline_of_another_paper_is_not_touched(path):
    accept(path, of_run(case()), "all")
    before, foreign = path.read_text(), of_run(case("k"))
    foreign["paper"] = foreign["paper"] | {"id": "another"}
    with pytest.raises(ValueError, match=r"baseline.json: key 'paper': expected 'another', found "):
        accept(path, foreign, "all")
    assert path.read_text() == before


def test_a_file_that_would_not_change_is_not_written(path, monkeypatch):
    accept(path, of_run(case()), "all")
    monkeypatch.setattr(module, "write_safely", None)
    assert not accept(path, of_run(case()), "all")


def test_a_baseline_that_another_run_is_writing_is_not_waited_for_for_ever(path, monkeypatch):
    monkeypatch.setattr(module, "lock_of", partial(module.lock_of, timeout=0))
    with module.lock_of(path), pytest.raises(ValueError, match=r"baseline.json: another run is writing it$"):
        Baseline(path, {}, present=False).accept(of_run(case()), ["all"])


def test_where_a_claim_stands_is_remembered_of_what_was_accepted_last(path):
    accept(path, of_run(case("a"), file="old.py", says="old"), "all")
    accept(path, of_run(case("a"), case("b"), file="new.py", says="new"), "new")
    assert [Baseline.read(path).claims["c"][key] for key in ("file", "says")] == ["new.py", "old"]


def test_what_is_not_accepted_leaves_the_file_of_its_claim_as_it_was(path):
    accept(path, of_run(case("a"), file="old.py"), "all")
    assert not accept(path, of_run(case("a"), file="new.py"), "new")
    assert Baseline.read(path).claims["c"]["file"] == "old.py"


def test_what_is_accepted_is_equal_the_next_time(path):
    made = sample.ledger()
    made["run"]["problems"] = []
    known = Baseline.read(path)
    assert known.accept(made, ["all"])
    for read in (known, Baseline.read(path, required=True)):
        gates = {read.gate(claim["id"], case) for claim in made["claims"] for case in claim["cases"]}
        assert gates == {"equal", None}
        assert read.vanished([(claim["id"], case["id"]) for claim in made["claims"] for case in claim["cases"]]) == []
    assert not accept(path, made, "all")


def test_accepting_nothing_still_makes_the_file(path):
    assert accept(path, of_run(not_run()), "new")
    assert Baseline.read(path, required=True).claims == {}


@given(
    st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
    st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
    st.sampled_from(["all", "new", "c", "other"]),
    st.sampled_from(["refuted", "not run"]),
    st.sampled_from(["gone", "excused"]),
)
def test_only_what_is_named_changes(before, after, what, verdict, gate):
    known = of(c={id: entry() for id in before}, other={"": entry()}).claims
    now = [case(id, verdict="refuted") if verdict == "refuted" else not_run(id) for id in after]
    now += [blank_case(id=id, gate=gate, reason=GONE) for id in before if id not in after]
    kept = taken_over(known, of_run(*now), [what])
    erased = {id for id in before if id not in after and what == "c"}
    covered = {id for id in after if what in ("all", "c") or (what == "new" and id not in before)}
    taken = covered if verdict == "refuted" else set()
    cases = kept.get("c", {"cases": {}})["cases"]
    assert {id: entry["verdict"] for id, entry in cases.items()} == {
        id: "refuted" if id in taken else "holds" for id in {*before, *taken} - erased
    }
    assert kept["other"] == known["other"]


def test_what_a_silent_file_declares_is_never_erased(path):
    accept(path, of_run(case()), "all")
    for gate in GATES:
        accept(path, of_run(blank_case(gate=gate, reason="x.py was not collected: broken")), "c")
        assert cases_of(path) == {"": "holds"}
    assert not is_gone(not_run(gate="excused"))


def test_a_claim_whose_cases_are_all_gone_is_forgotten(path):
    accept(path, of_run(case()), "all")
    assert accept(path, of_run(blank_case(gate="gone", reason=GONE)), "c")
    assert Baseline.read(path).claims == {}


def test_an_unknown_name_is_refused(path):
    with pytest.raises(ValueError, match=r"^d: expected all, new, or the id of a claim; a.c: .* claim, such as a.b.c$"):
        accept(path, of_run(case(), claim="a.b.c"), "a.b.c", "d", "a.c")
    assert not path.exists()


@pytest.mark.parametrize("problem", ["host b: not the same as here: x.py", "two processes disagree on it"])
def test_nothing_is_accepted_of_a_run_that_has_problems(path, problem):
    made = of_run(case())
    made["run"]["problems"] = ["--verdicts-strict: 1 refuted, the first is c", problem]
    with pytest.raises(ValueError, match=f"^nothing is accepted of a run that has problems of its own: {problem}$"):
        accept(path, made, "all")
    assert not path.exists()
    del made["run"]["problems"][1:]
    assert accept(path, made, "all"), "what an option asks of a run is no problem of its evidence"


def test_of_two_runs_that_read_before_either_accepts_neither_loses(path):
    here, there = Baseline.read(path), Baseline.read(path)
    here.accept(of_run(case(), claim="a"), ["all"])
    there.accept(of_run(case(), claim="b"), ["all"])
    assert set(Baseline.read(path).claims) == set(there.claims) == {"a", "b"}


def test_of_two_runs_that_accept_at_once_neither_loses(path, monkeypatch):
    write, begun = module.write_safely, threading.Event()
    second = threading.Thread(target=lambda: Baseline.read(path).accept(of_run(case(), claim="b"), ["all"]))

    def slowly(*given):
        if not begun.is_set():
            begun.set()
            second.start()
            second.join(0.3)  # without a lock the other one has written by now
        write(*given)

    monkeypatch.setattr(module, "write_safely", slowly)
    Baseline.read(path).accept(of_run(case(), claim="a"), ["all"])
    second.join()
    assert set(Baseline.read(path).claims) == {"a", "b"}


def test_a_change_of_a_verdict_is_one_line_of_the_file(path):
    accept(path, of_run(case("a"), case("b")), "all")
    before = path.read_text().splitlines()
    accept(path, of_run(case("a", verdict="refuted"), case("b")), "all")
    after = path.read_text().splitlines()
    assert [("refuted" in line) for line, other in zip(after, before, strict=True) if line != other] == [True]


def test_nor_on_the_order_in_which_claims_were_accepted(path):
    for claim in "bac":
        accept(path, of_run(case(), claim=claim), "all")
    assert list(json.loads(path.read_text())["claims"]) == ["a", "b", "c"]


def test_the_file_does_not_depend_on_the_order_of_the_run(path):
    accept(path, of_run(case("a"), case("b")), "all")
    text = path.read_text()
    path.unlink()
    accept(path, of_run(case("b"), case("a")), "all")
    assert path.read_text() == text


# what changed


CHANGES = {
    "at": "Table 2", "says": "other words", "tex": "y", "kind": "number", "primary": "up", "rests_on": ["z"],
    "stated": "5.00", "printed": ["5.00"], "accepted": ["4.9", "5.05"], "open": [True, False], "reading": "up",
}  # fmt: skip


@pytest.mark.parametrize("key", CHANGES)
def test_what_of_a_statement_changed_is_told(path, key):
    accept(path, of_run(case(stated="five", printed=["5.0"])), "all")
    made = of_run(case(stated="five", printed=["5.0"]))
    (claim,) = made["claims"]
    changed = claim if key in claim else claim["cases"][0]
    changed[key] = CHANGES[key]
    sample.settle([claim])
    known = Baseline.read(path)
    assert known.gate("c", claim["cases"][0]) == "stale"
    (line,) = known.changes(claim, claim["cases"][0])
    assert line.startswith("accepts: " if key in ("accepted", "open") else f"{key}: ")
    assert " → " in line


def test_what_was_accepted_later_does_not_hide_what_changed(path):
    """A case that is new under new words is accepted; those accepted under the old words stay stale, and say why."""
    accept(path, of_run(case("a"), says="old"), "all")
    now = of_run(case("a"), case("b"), says="new")
    accept(path, now, "new")
    known, (claim,) = Baseline.read(path), now["claims"]
    assert [known.gate("c", one) for one in claim["cases"]] == ["stale", "equal"]
    assert known.changes(claim, claim["cases"][0]) == ['says: "old" → "new"']


@pytest.mark.parametrize("told", [True, False], ids=["gone", "not asked for"])
def test_what_is_no_longer_declared_keeps_no_old_words(path, told):
    accept(path, of_run(case("a"), says="old"), "all")
    gone = [blank_case(id="a", gate="gone", reason=GONE)] if told else []
    accept(path, of_run(case("b"), *gone, says="new"), "new")
    kept = Baseline.read(path).claims["c"]
    assert kept["cases"].keys() == {"a", "b"}, "nothing is erased but by name"
    assert kept["says"] == "new"


def older(path):
    """The baseline as the format before kept it."""
    data = json.loads(path.read_text())
    data["schema"] = OLDER_SCHEMA
    for claim in data["claims"].values():
        claim |= {"cases": {id: {key: kept[key] for key in MEASURED} for id, kept in claim["cases"].items()}}
        for key in ("tex", "primary", "rests_on"):
            del claim[key]
    path.write_text(json.dumps(data))


def test_a_baseline_of_the_format_before_gates_as_well_and_is_renewed_when_it_is_written(path):
    made = of_run(case())
    accept(path, made, "all")
    text = path.read_text()
    older(path)
    known, (claim,) = Baseline.read(path), made["claims"]
    assert known.older
    assert known.gate("c", claim["cases"][0]) == "equal"
    assert known.gate("c", claim["cases"][0] | {"statement": "t"}) == "stale"
    (line,) = known.changes(claim, claim["cases"][0])
    assert "accepted in an older format" in line
    assert accept(path, made, "all")
    assert path.read_text() == text
    assert not Baseline.read(path).older


# reading


def test_a_link_to_nowhere_is_no_absent_file(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "absent.json")
    with pytest.raises(ValueError, match=r"link: cannot be read"):
        Baseline.read(tmp_path / "link")


def test_only_the_format_makes_a_baseline_an_older_one(path):
    accept(path, of_run(case()), "all")
    path.write_text(path.read_text().replace(BASELINE_SCHEMA, OLDER_SCHEMA))
    known = Baseline.read(path)
    assert known.older
    assert known.accept(of_run(case()), ["new"])
    assert not known.older
    assert BASELINE_SCHEMA in path.read_text()


def test_an_absent_file_that_is_required_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"absent\.json: cannot be read: No such file"):
        Baseline.read(tmp_path / "absent.json", required=True)


HEAD = '{"schema": "verdicts-baseline/3", "paper": "p", "claims": '
CLAIM = '{"at": "x", "says": "x", "kind": "step", "file": "x", "cases": {"k": ENTRY}}'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected a baseline in JSON"),
        ("[]", "key '(the whole file)': expected an object"),
        ("{}", "key 'schema': expected 'verdicts-baseline/3', found null"),
        ('{"schema": "verdicts-baseline/1"}', "key 'schema': expected 'verdicts-baseline/3', found \"verdicts-bas"),
        ('{"schema": "verdicts-baseline/3"}', "key 'claims': expected an object of claims by id"),
        ('{"schema": "verdicts-baseline/3", "claims": {}}', "key 'paper': expected the id of the paper"),
        (HEAD + '{}, "more": 1}', "key '(the whole file)': expected schema, paper and claims"),
        (HEAD + '{"c": 3}}', "key 'claims.c': expected an object, found 3"),
        (HEAD + '{"c": {"cases": {}}}}', "key 'claims.c.at': expected a string, found nothing"),
        (HEAD + f'{{"c": {CLAIM.replace("ENTRY", "1")}}}}}', "key 'claims.c.cases.k': expected an object, found 1"),
        (HEAD + f'{{"c": {CLAIM.replace("ENTRY", "{}")}}}}}', "key 'claims.c.cases.k.verdict': expected 'holds' or"),
        (HEAD + '{"c": {}, "c": {}}}', "expected a baseline in JSON: key 'c' occurs twice"),
        ("[" * 100_000, "expected a baseline in JSON: nested too deeply"),
    ],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_a_foreign_file_is_refused_in_one_line(tmp_path, text, complaint):
    file = tmp_path / "baseline.json"
    file.write_text(text)
    with pytest.raises(ValueError, match="expected") as raised:
        Baseline.read(file)
    assert str(raised.value).startswith(f"{file}: {complaint}")
    assert "\n" not in str(raised.value)
