"""The plugin changes nothing for tests that are not claims."""

from __future__ import annotations

import pytest
from verdicts import search

OK, FAILED = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED
CLAIM = '@claim("pi", at="Table 1", says="π")\ndef test_pi(check): check(printed("3.14"), arb.pi)\n'
GIVEN = "from hypothesis import given, settings, strategies as st\n"
COUNTED = (
    GIVEN
    + "seen = []\n@given(st.integers())\ndef test_many(n): seen.append(n)\ndef test_seen(): assert len(seen) == {}\n"
)


def plain(pytester, text):
    """A folder with tests of somebody else's, and no paper.toml."""
    pytester.makeini("[pytest]\n")
    pytester.makepyfile(test_plain=text)
    return pytester


@pytest.mark.parametrize("workers", ["0", pytest.param("1", marks=pytest.mark.long)])
def test_a_folder_without_claims_gets_no_ledger(pytester, workers):
    arguments = ["-n", workers] if workers != "0" else ["-p", "no:xdist"]
    assert plain(pytester, "def test_a(): pass\n").runpytest_subprocess(*arguments).ret == OK
    assert not (pytester.path / "reports").exists()


def test_hypothesis_of_other_tests_keeps_its_own_settings(audit):
    profile = (
        "from hypothesis import settings\nsettings.register_profile('mine', max_examples=7, database=None)\n"
        "settings.load_profile('mine')\n"
    )
    audit.pytester.makeconftest(profile)
    audit.claims(CLAIM).claims(COUNTED.format(7), "test_plain.py")
    assert audit.run().ret == OK


@pytest.mark.parametrize("profile", [pytest.param("mine", marks=pytest.mark.long), "ci"])
def test_their_hypothesis_profile_does_not_change_our_tries(audit, profile, monkeypatch):
    monkeypatch.setenv("CI", "true")
    audit.pytester.makeconftest("from hypothesis import settings\nsettings.register_profile('mine', max_examples=7)\n")
    audit.claims(
        GIVEN + '@claim("a", at="Table 1", says="x")\n@given(n=st.integers())\n'
        "def test_a(n): assert n * (n + twin(1, 2)) % 2 == 0\n"
        '@claim("b", at="Table 1", says="x")\n@settings(max_examples=300)\n@given(n=st.integers())\n'
        "def test_b(n): assert n * (n + twin(1, 2)) % 2 == 0\n"
    ).run("--hypothesis-profile", profile)
    tried = {claim["id"]: claim["cases"][0]["samples"] for claim in audit.ledger["claims"]}
    assert tried == {"a": search.TRIES, "b": 300}


def test_a_broken_file_of_other_tests_still_stops_their_run(audit):
    audit.claims(CLAIM)
    (audit.path / "test_broken.py").write_text("import no_such_module\n", encoding="utf-8")
    result = audit.pytester.runpytest_inprocess("-p", "no:xdist", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_a_broken_file_of_claims_costs_no_other_claim(audit):
    audit.claims(CLAIM).claims("import no_such_module\n", "test_broken.py")
    assert audit.run().ret == FAILED
    assert audit.verdicts() == {"pi": "holds"}


def test_options_are_named_after_the_plugin(pytester):
    plain(pytester, "def test_a(request): assert request.config.getoption('--seed') == 3\n")
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--seed', type=int)\n")
    assert pytester.runpytest_inprocess("--seed", "3", "-p", "no:xdist").ret == OK


@pytest.mark.long
def test_a_conftest_that_loads_the_plugin_as_well_registers_it_once(audit):
    audit.pytester.makeconftest('pytest_plugins = ["verdicts.plugin"]\n')
    for arguments in (["-n", "1"], ["-p", "verdicts.plugin"]):
        assert audit.claims(CLAIM).spawn(*arguments).ret == OK
        assert audit.verdicts() == {"pi": "holds"}


def test_a_paper_needs_a_paper_toml_and_a_test_file_and_nothing_else(audit):
    for file in audit.path.glob("*.ini"):
        file.unlink()
    for _ in range(2):
        assert audit.claims(CLAIM).spawn().ret == OK
        assert audit.verdicts() == {"pi": "holds"}
    assert audit.spawn("--verdicts-accept", "all").ret == OK
    assert set(audit.baseline["claims"]) == {"pi"}
