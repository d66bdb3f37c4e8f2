"""What was accepted is shown again, or the run is red: only the user's own word excuses a claim that is left out."""

from __future__ import annotations

import pytest

OK, FAILED, USAGE = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.USAGE_ERROR
CLAIM = '@claim("{id}", at="Section 1.1", says="π")\n{mark}def test_{id}(check):\n    {body}\n'
CHECK = 'check(printed("3.14"), arb.pi)'


def claim(id, body=CHECK, mark=""):
    return CLAIM.format(id=id, body=body, mark=mark)


@pytest.fixture
def two(audit):
    """Two claims in two files, accepted."""
    return audit.claims(claim("one")).claims(claim("two"), "test_two.py").accepted()


SKIPS = {
    "pytest.skip": claim("two", 'pytest.skip("later")'),
    "mark skip": claim("two", mark='@pytest.mark.skip(reason="later")\n'),
    "mark skipif": claim("two", mark='@pytest.mark.skipif(True, reason="later")\n'),
    "check.not_run": claim("two", 'check.not_run("later", grade="proof", command="wait")'),
    "pytest.xfail": claim("two", 'pytest.xfail("later")'),
    "xfail mark at run time": claim(
        "two", 'request.applymarker(pytest.mark.xfail(reason="later")); raise ValueError'
    ).replace("(check)", "(check, request)"),
    "importorskip": claim("two", 'pytest.importorskip("no_such_module")'),
    "unittest": claim("two", 'import unittest; raise unittest.SkipTest("later")'),
    "fixture": '@pytest.fixture\ndef check():\n    pytest.skip("later")\n' + claim("two"),
    "exception": claim("two", 'raise ValueError("later")'),
    "nothing": claim("two", "pass"),
}


BROKEN = ("xfail mark at run time", "exception", "nothing")


LONG = ("mark skipif", "importorskip", "unittest", "xfail mark at run time", "nothing")
"ways of which another stands for the kind"


@pytest.mark.parametrize("way", [pytest.param(way, marks=[pytest.mark.long] * (way in LONG)) for way in SKIPS])
def test_no_way_to_skip_hides_an_accepted_verdict(two, way):
    result = two.claims(SKIPS[way], "test_two.py").run()
    assert result.ret == FAILED
    assert two.gates() == {"one": "equal", "two": "lost"}
    assert two.verdicts()["two"] == "not run"
    result.stdout.fnmatch_lines(["*was accepted as 'holds' and is not shown again*"])
    hint = "--verdicts-allow-not-run two"
    assert (hint in result.stdout.str()) == (way not in BROKEN), "what is broken is not to be allowed"
    assert (two.run("--verdicts-allow-not-run", "two", "--verdicts-allow-not-run", "proof").ret == OK) == (
        way not in BROKEN
    )
    assert "two" in two.baseline["claims"]


def test_skips_are_red_under_xdist_too(two):
    assert two.claims(SKIPS["pytest.skip"], "test_two.py").spawn("-n", "2").ret == FAILED
    assert two.gates()["two"] == "lost"


@pytest.mark.parametrize("what", ["one*", "one"])
def test_what_was_not_named_must_run(two, what):
    assert two.claims(SKIPS["pytest.skip"], "test_two.py").run("--verdicts-allow-not-run", what).ret == FAILED


@pytest.mark.parametrize("what", ["two", "t*", pytest.param("*o", marks=pytest.mark.long), "proof"])
def test_what_need_not_run_is_named_by_claim_or_grade(two, what):
    two.claims(SKIPS["pytest.skip"], "test_two.py")
    assert two.run("--verdicts-allow-not-run", what).ret == OK
    assert two.gates() == {"one": "equal", "two": "excused"}
    two.pytester.makeini(f"[pytest]\nverdicts_allow_not_run = {what}\n")
    assert two.run().ret == OK


def test_a_grade_excuses_by_what_was_accepted_and_not_by_what_the_test_says(two):
    two.claims(claim("two", 'check.not_run("x", grade="model", command="y")'), "test_two.py")
    assert two.run("--verdicts-allow-not-run", "model").ret == FAILED


@pytest.mark.parametrize("after", ['pytest.skip("x")', 'pytest.xfail("x")'])
def test_what_was_decided_before_a_skip_stays_decided(audit, after):
    audit.claims(claim("one", f"{CHECK}; {after}")).accepted()
    assert audit.verdicts() == {"one": "holds"}
    wrong = f'check(printed("3.14"), lambda: arb(4)); {after}'
    assert audit.claims(claim("one", wrong)).run().ret == FAILED
    assert audit.verdicts() == {"one": "refuted"}


def test_a_claim_that_vanished_is_gone_and_only_its_name_erases_it(two):
    (two.path / "claims" / "test_two.py").unlink()
    assert two.run().ret == FAILED
    assert two.gates() == {"one": "equal", "two": "gone"}
    assert two.reasons()["two"] == "in the baseline, no longer declared"
    for what in ("all", "new", "one"):
        assert two.run("--verdicts-accept", what).ret == FAILED
        assert "two" in two.baseline["claims"]
    assert two.run("--verdicts-accept", "two").ret == OK
    assert two.run().ret == OK
    assert "two" not in two.baseline["claims"]


def test_all_claims_gone_beside_plain_tests(two):
    before = two.ledger_path.read_text(encoding="utf-8")
    two.claims("def test_plain(): pass\n").claims("def test_plain(): pass\n", "test_two.py")
    for workers in ("0", "2"):
        assert two.run_on(workers).ret == FAILED
        assert two.gates() == {"one": "gone", "two": "gone"}
    assert two.ledger_path.read_text(encoding="utf-8") != before


@pytest.mark.parametrize(
    "text", ['pytest.importorskip("no_such_module")\n', "import no_such_module\n", "raise SystemError\n"]
)
def test_a_file_that_is_silent_excuses_no_claim(two, text):
    two.claims(text, "test_two.py")
    assert two.run().ret == FAILED
    assert two.gates() == {"one": "equal", "two": "lost"}
    assert two.reasons()["two"].startswith("test_two.py was not collected: ")
    assert two.run("--verdicts-accept", "two").ret == FAILED
    assert "two" in two.baseline["claims"], "it is lost, not gone: its name does not erase it"


SKIPPING = 'pytest.importorskip("no_such_module")\n'


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.long)])
def test_a_file_that_skips_itself_hides_no_new_claim(two, workers):
    two.claims(SKIPPING + claim("two") + claim("three"), "test_two.py")
    result = two.run_on(workers, "--verdicts-allow-not-run", "two")
    assert result.ret == FAILED
    (problem,) = two.ledger["run"]["problems"]
    assert problem.startswith("claims/test_two.py skipped itself (Skipped: could not import 'no_such_module'")
    assert problem.endswith("and with it what was never accepted: three")
    assert not two.ledger["run"]["complete"]


def test_a_file_that_skips_itself_is_no_problem_where_its_claims_may_be_missing(two):
    two.claims(SKIPPING + claim("two") + claim("three"), "test_two.py")
    two.claims(SKIPPING + "def test_plain(): pass\n", "test_plain.py")
    allowed = [word for id in ("two", "three") for word in ("--verdicts-allow-not-run", id)]
    assert two.run(*allowed).ret == OK
    assert two.run(*allowed[:2]).ret == FAILED


def test_without_a_baseline_a_file_that_skips_itself_is_named(audit):
    result = audit.claims(claim("one")).claims(SKIPPING + claim("two"), "test_two.py").run()
    assert result.ret == OK
    assert any("test_two.py skipped itself" in line for line in result.outlines)


def test_another_file_that_skips_itself_excuses_nothing(two):
    two.claims('pytest.importorskip("no_such_module")\n', "test_three.py")
    (two.path / "claims" / "test_two.py").unlink()
    assert two.run().ret == FAILED
    assert two.gates()["two"] == "gone"


HOOKS = {
    "dropped without a word": "def pytest_collection_modifyitems(items): del items[1:]",
    "dropped first of all": "import pytest\n@pytest.hookimpl(tryfirst=True)\n"
    "def pytest_collection_modifyitems(items): del items[1:]",
    "deselected by a hook": "def pytest_collection_modifyitems(config, items):\n"
    "    config.hook.pytest_deselected(items=items[1:])\n    del items[1:]",
    "collect_ignore": 'collect_ignore = ["test_two.py"]',
    "collect_ignore_glob": 'collect_ignore_glob = ["*two*"]',
    "ignored by a hook": "def pytest_ignore_collect(collection_path): return 'two' in collection_path.name or None",
    "an option set by a hook": "def pytest_configure(config): config.option.keyword = 'one'",
    "skipped by a hook": "import pytest\ndef pytest_runtest_setup(item):\n    if 'two' in item.name: pytest.skip('x')",
    "reported as skipped": "import pytest\n@pytest.hookimpl(wrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
    "    report = yield\n    if 'two' in item.name and call.when == 'call':\n"
    "        report.outcome, report.longrepr = 'skipped', ('', 0, 'x')\n    return report",
    "never run": "def pytest_runtest_protocol(item): return True if 'two' in item.name else None",
}


SIMILAR = ("dropped first of all", "collect_ignore_glob")


@pytest.mark.parametrize("hook", [pytest.param(hook, marks=[pytest.mark.long] * (hook in SIMILAR)) for hook in HOOKS])
def test_no_hook_leaves_a_claim_out_in_silence(two, hook):
    (two.path / "claims" / "conftest.py").write_text(HOOKS[hook] + "\n", encoding="utf-8")
    if hook == "reported as skipped":
        assert two.run().ret in (OK, FAILED)
        assert two.verdicts()["two"] == "holds", "what was decided stays decided"
        return
    assert two.run().ret == FAILED
    assert two.gates()["two"] in ("gone", "lost")
    two.run("--verdicts-accept", "all")
    assert "two" in two.baseline["claims"]


@pytest.mark.parametrize(
    "addopts", ["--ignore=docs", "--ignore=claims/test_two.py", "-k one", "--deselect claims/test_two.py"]
)
def test_no_ini_file_leaves_a_claim_out_in_silence(two, addopts):
    two.pytester.makeini(f"[pytest]\naddopts = {addopts}\n")
    if "docs" in addopts:
        (two.path / "claims" / "test_two.py").unlink()
    assert two.run().ret == FAILED
    assert two.gates()["two"] in ("gone", "lost")


@pytest.mark.parametrize("ini", ["testpaths = claims/test_some.py", "addopts = claims/test_some.py"])
def test_no_ini_file_turns_a_run_into_a_part(two, ini):
    two.pytester.makeini(f"[pytest]\n{ini}\n")
    assert two.pytester.runpytest_inprocess("-p", "no:xdist", "-p", "no:cacheprovider").ret == FAILED
    assert two.gates()["two"] in ("gone", "lost")


PART_HOOKS = {
    "never run": "def pytest_runtest_protocol(item): return True",
    "deselected by a hook": "def pytest_collection_modifyitems(config, items):\n"
    "    config.hook.pytest_deselected(items=items[:])\n    del items[:]",
    "ended by a fixture": "import pytest\n@pytest.fixture(autouse=True)\ndef end(): pytest.exit('x', returncode=0)",
}


@pytest.mark.parametrize("hook", PART_HOOKS)
def test_a_part_that_was_asked_for_is_shown_again_or_red(two, hook):
    (two.path / "claims" / "conftest.py").write_text(PART_HOOKS[hook] + "\n", encoding="utf-8")
    assert two.run(start="claims/test_two.py").ret not in (OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert [claim["gate"] for claim in two.partial["claims"]] == ["lost"]


def nested(audit, start, *arguments):
    return audit.pytester.runpytest_inprocess(*start, "-p", "no:xdist", "-p", "no:cacheprovider", *arguments)


FROM = [(), *(pytest.param(start, marks=pytest.mark.long) for start in ((".",), ("papers",))), ("papers/mine",)]


@pytest.mark.parametrize("start", [*FROM, ("papers/mine/claims",)])
def test_the_baseline_is_that_of_the_claims_wherever_the_run_starts(two, start):
    (two.path / "papers" / "mine").mkdir(parents=True)
    (two.path / "claims").rename(two.path / "papers" / "mine" / "claims")
    two.path = two.path / "papers" / "mine"
    assert nested(two, start).ret == OK
    two.claims(claim("two", 'check(printed("3.14"), lambda: arb(4))'), "test_two.py")
    assert nested(two, start).ret == FAILED
    assert two.gates() == {"one": "equal", "two": "changed"}
    two.claims("def test_plain(): pass\n").claims("def test_plain(): pass\n", "test_two.py")
    assert nested(two, start).ret == FAILED


def test_claims_in_another_folder_than_the_run_is_about(two):
    other = two.path / "a" / "b" / "other"
    other.mkdir(parents=True)
    (two.path / "claims").rename(other / "claims")
    (two.path / "aaa").mkdir()
    (two.path / "aaa" / "paper.toml").write_text((other / "claims" / "paper.toml").read_text("utf-8"), "utf-8")
    result = nested(two, ())
    assert result.ret == USAGE
    assert "start pytest with their folder, pytest a/b/other/claims" in result.stdout.str() + result.stderr.str()


def test_a_baseline_of_another_paper_is_refused(two):
    path = two.path / "claims" / "baseline.json"
    path.write_text(path.read_text("utf-8").replace('"paper": "classics"', '"paper": "another"'), encoding="utf-8")
    for arguments in ([], ["--verdicts-accept", "all"]):
        result = two.run(*arguments)
        assert result.ret == USAGE
        assert "key 'paper': expected 'classics'" in result.stdout.str() + result.stderr.str()


def test_a_baseline_that_is_a_dangling_link_is_not_absent(two):
    path = two.path / "claims" / "baseline.json"
    path.unlink()
    path.symlink_to("nowhere.json")
    assert two.run().ret == USAGE


@pytest.mark.parametrize(
    "last", ["--lf", "--sw", *(pytest.param(word, marks=pytest.mark.long) for word in ("--sw-skip", "--sw-reset"))]
)
def test_what_failed_last_is_a_part(two, last):
    two.claims(claim("two", 'check(printed("3.14"), lambda: arb(4))'), "test_two.py")
    assert two.pytester.runpytest_inprocess("claims/", "-p", "no:xdist").ret == FAILED
    assert two.pytester.runpytest_inprocess("claims/", "-p", "no:xdist", last).ret != OK
    assert not two.partial["run"]["whole"]
    assert not two.partial["run"]["complete"], "what passed last is not known"


def test_a_claim_that_rests_on_less_is_stale(audit):
    rests = claim("one").replace('says="π"', 'says="π", rests_on=["two"]')
    audit.claims(rests).claims(claim("two"), "test_two.py").accepted()
    assert audit.claims(claim("one")).run().ret == FAILED
    assert audit.gates()["one"] == "stale"


def test_an_accepting_run_is_held_against_what_it_accepted(two):
    two.claims(claim("two", 'check(printed("3.14"), lambda: arb(4))'), "test_two.py")
    (two.path / "claims" / "test_some.py").unlink()
    result = two.run("--verdicts-accept", "one", "--verdicts-accept", "two")
    assert result.ret == OK
    assert any("baseline.json: 1 accepted, 1 erased" in line for line in result.outlines)
    assert two.gates() == {"two": "equal"}
    assert two.ledger["run"]["exit_status"] == OK


def test_a_linked_root_changes_nothing(two, monkeypatch):
    link = two.path.parent / f"{two.path.name}-link"
    link.symlink_to(two.path)
    monkeypatch.chdir(link)
    (two.path / "claims" / "test_two.py").unlink()
    assert two.run().ret == FAILED
    assert two.gates()["two"] == "gone"


@pytest.mark.parametrize("start", ["", ".", "claims", "./claims/../claims/"])
def test_every_way_to_ask_for_all_claims(two, start):
    (two.path / "claims" / "test_two.py").unlink()
    arguments = [start] if start else []
    result = two.pytester.runpytest_inprocess(*arguments, "-p", "no:xdist", "-p", "no:cacheprovider")
    assert result.ret == FAILED
    assert two.gates()["two"] == "gone"


@pytest.mark.parametrize(
    "asked",
    [
        ["claims/test_one.py"],
        ["claims/", "-k", "one"],
        ["claims/test_one.py::test_one"],
        ["claims/", "-m", "claim(id='one')"],
        ["claims/", "--deselect", "claims/test_two.py"],
        ["claims/", "--ignore", "claims/test_two.py"],
        ["claims/", "-k", "one", "-n2"],
    ],
)
def test_a_part_that_was_asked_for_neither_gates_nor_erases_nor_overwrites_the_rest(audit, asked):
    audit.claims(claim("one"), "test_one.py").claims(claim("two"), "test_two.py").accepted()
    before = audit.ledger_path.read_text(encoding="utf-8")
    result = audit.pytester.runpytest_inprocess(*asked, "-p", "no:cacheprovider", "--verdicts-accept", "all")
    assert result.ret == OK
    assert audit.ledger_path.read_text(encoding="utf-8") == before
    assert not audit.partial["run"]["whole"]
    assert audit.partial["run"]["complete"] == (asked[0] == "claims/" and "--ignore" not in asked)
    assert {claim["id"]: claim["verdict"] for claim in audit.partial["claims"]}["one"] == "holds"
    assert set(audit.baseline["claims"]) == {"one", "two"}


def test_a_run_started_in_a_part_of_the_claims_is_a_part(audit, monkeypatch):
    part = audit.path / "claims" / "part"
    part.mkdir()
    audit.claims(claim("one")).claims(claim("two"), "part/test_two.py").accepted()
    before = audit.ledger_path.read_text(encoding="utf-8")
    monkeypatch.chdir(part)
    result = audit.pytester.runpytest_inprocess("-p", "no:xdist", "-p", "no:cacheprovider")
    assert result.ret == OK
    assert audit.ledger_path.read_text(encoding="utf-8") == before
    assert [claim["id"] for claim in audit.partial["claims"]] == ["two"]


def test_without_an_ini_file_claims_are_of_the_paper_above_them(audit, monkeypatch):
    part = audit.path / "claims" / "part"
    part.mkdir()
    audit.claims(claim("two"), "part/test_two.py")
    (audit.path / "tox.ini").unlink()
    monkeypatch.chdir(part)
    result = audit.pytester.runpytest_inprocess("-p", "no:xdist", "-p", "no:cacheprovider")
    assert result.ret == OK
    assert [claim["id"] for claim in audit.partial["claims"]] == ["two"]


def test_a_part_does_not_show_as_supported_what_was_not_checked(audit):
    rests = claim("one").replace('says="π"', 'says="π", rests_on=["two"]')
    wrong = claim("two", 'check(printed("3.14"), lambda: arb(4))')
    audit.claims(rests, "test_one.py").claims(wrong, "test_two.py").accepted()
    assert audit.ledger["claims"][0]["supported"] is False
    audit.pytester.runpytest_inprocess("claims/test_one.py", "-p", "no:xdist", "-p", "no:cacheprovider")
    (one,) = audit.partial["claims"]
    assert one["supported"] is None
    assert one["unchecked"] == ["two"]


@pytest.mark.parametrize("part", ["controller", "collection", "runner"])
def test_no_part_of_the_plugin_is_left_out_in_silence(two, part):
    two.pytester.makeini(f"[pytest]\naddopts = -p no:verdicts-{part}\n")
    assert two.run().ret == USAGE


@pytest.mark.long
def test_python_without_asserts_is_refused(two, monkeypatch):
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    result = two.spawn()
    assert result.ret == USAGE
    assert "strips asserts" in result.stdout.str() + result.stderr.str()


def test_cases_that_weigh_more_than_the_budget_are_refused(audit):
    heavy = claim("one", mark='@pytest.mark.parametrize("n", range(5))\n').replace("(check)", "(check, n)")
    audit.claims(heavy.replace('says="π"', 'says="π", weight=2000'))
    result = audit.run()
    assert result.ret == USAGE
    assert "weigh 10000 units" in result.stderr.str()


@pytest.mark.parametrize("swallowed", ["try:\n        {}\n    except Exception: pass", "{}"])
def test_a_second_check_is_a_fault_and_not_a_choice(two, swallowed):
    again = swallowed.format('check(printed("3.15"), arb.pi)')
    two.claims(claim("two", f"{CHECK}\n    {again}"), "test_two.py")
    assert two.run().ret == FAILED
    assert two.verdicts()["two"] == "not run"


def test_workers_that_disagree_are_a_fault_and_not_a_choice(audit):
    body = 'import os; check(printed("3"), lambda: arb(3 if os.environ["PYTEST_XDIST_WORKER"] == "gw0" else 4))'
    result = audit.claims(claim("one", body) + claim("two")).spawn("--dist", "each", "--tx", "2*popen")
    assert result.ret == FAILED
    assert audit.verdicts() == {"one": "not run", "two": "holds"}
    assert "two processes disagree" in audit.reasons()["one"]
    assert any("disagree" in problem for problem in audit.ledger["run"]["problems"])
