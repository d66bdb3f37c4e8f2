"""Hypothesis tests as evidence: under our settings, with what was drawn as it was drawn."""

from __future__ import annotations

import functools
import subprocess
import sys
import time
from importlib import import_module

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, Verbosity, assume, example, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import FailedHealthCheck
from hypothesis.internal.conjecture import providers
from verdicts import search as module
from verdicts.bodies import digest_of
from verdicts.draws import without_constants_of_modules
from verdicts.search import DECORATED, SHOWN_TWINS, TRIES, is_search, run_search, tries, twin, worst

small = st.integers(0, 1000)
FEW = 20
LOOK = providers._get_local_constants


@pytest.fixture(autouse=True)
def _few_tries(monkeypatch):
    """What holds of 200 tries holds of these, in a fifth of the time."""
    monkeypatch.setattr(module, "TRIES", FEW)


@pytest.fixture(params=["thrifty", "lavish"])
def profile(request):
    """A profile of the user's own."""
    before = settings.get_current_profile_name()
    settings.register_profile("thrifty", max_examples=3, phases=[Phase.generate], derandomize=True, print_blob=True)
    settings.register_profile(
        "lavish", max_examples=900, deadline=1, report_multiple_bugs=True, derandomize=False, stateful_step_count=7,
        verbosity=Verbosity.quiet, backend="hypothesis-urandom",
    )  # fmt: skip
    settings.load_profile(request.param)
    yield request.param
    settings.load_profile(before)


def test_a_counterexample_is_shown_as_it_was_drawn():
    @given(values=st.lists(small, min_size=2, max_size=2))
    def mutating(values):
        twin(1, 2)
        values.clear()
        values.append("changed")
        assert not values

    assert run_search(mutating, {}, 1).counterexample == "values = [0, 0]"


@pytest.mark.parametrize("dtype", [float, object])
def test_so_is_an_array_alone_or_in_a_tuple(dtype):
    pair = st.just(2).map(lambda n: (np.zeros(n, dtype), n))

    @given(array=st.just(2).map(lambda n: np.ones(n, dtype)), pair=pair)
    def mutating(array, pair):
        twin(1, 2)
        array[:] = pair[0][:] = 7
        assert array[0] == 1

    shown = run_search(mutating, {}, 1).counterexample
    assert "7" not in shown
    assert shown.count("0") >= 2


class LooksLikeAnArray:
    """Of numbers, by its dtype; a copy shares them."""

    dtype = np.dtype(float)

    def __init__(self, numbers):
        self.numbers = numbers

    def __repr__(self):
        return f"{self.numbers}"

    def copy(self):
        return self


AROUND = {
    "array": lambda inner: np.array([inner, None], object),
    "tuple": lambda inner: (1, [inner]),
    "likeness": LooksLikeAnArray,
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_so_is_what_holds_a_list_that_the_test_changes(around):
    lists = []

    @given(value=st.builds(list).map(lambda inner: lists.append(inner) or around(inner)))
    def mutating(value):
        twin(1, value)
        lists[-1].append(7)
        assert not lists[-1]

    assert "7" not in run_search(mutating, {}, 1).counterexample


def test_so_are_the_draws_that_the_test_makes_itself():
    @given(n=st.integers(1, 3), data=st.data())
    def drawing(n, data):
        values = data.draw(st.lists(st.just(n), min_size=n, max_size=n))
        other = data.draw(st.just("π"), label="other")
        values.append(other)
        assert not values

    assert run_search(drawing, {}, 1).counterexample == "n = 1, data.draw 1 = [1], data.draw (other) = 'π'"


def test_arguments_that_were_not_drawn_are_no_part_of_it():
    @given(n=st.integers(1, 3))
    def limited(n, limit):
        assert n > limit

    assert run_search(limited, {"limit": 9}, 1).counterexample == "n = 1"


def test_a_counterexample_may_draw_nothing():
    @given(data=st.data())
    def property_(data):  # noqa: ARG001
        assert not twin(1, 0)

    assert run_search(property_, {}, 1).counterexample == "()"


def test_what_a_property_returns_is_still_an_error():
    @given(n=small)
    def property_(n):
        return n >= twin(0, 1)

    with pytest.raises(FailedHealthCheck, match="should return None"):
        run_search(property_, {}, 1)


@pytest.mark.parametrize("value", [10**5000, "x" * 10**6, "\ud800\n\x1b"], ids=["int", "long", "odd"])
def test_whatever_was_drawn_is_shown_on_one_line(value):
    @given(drawn=st.just(value))
    def failing(drawn):
        twin(drawn, drawn)
        assert drawn is None

    evidence = run_search(failing, {}, 1)
    assert evidence.counterexample.startswith("drawn = ")
    assert evidence.counterexample.isprintable()
    assert len(evidence.counterexample) < 500
    assert len(evidence.method) < 200


def drawn_by(root, **given_settings):
    seen = []

    @given(n=st.integers(0, 2**64))
    def property_(n):
        seen.append(n)
        assert n * twin(0, 1) == 0

    decorated = settings(**given_settings)(property_) if given_settings else property_
    evidence = run_search(decorated, {}, root)
    return evidence, seen[: evidence.samples]


def test_the_seed_decides_what_is_drawn():
    first, again, other = drawn_by(1), drawn_by(1), drawn_by(2)
    assert first == again
    assert first[1] != other[1]
    assert first[0].seed == 1


@pytest.mark.usefixtures("profile")
def test_no_profile_changes_the_tries():
    assert drawn_by(1)[0].samples == FEW
    assert drawn_by(1, deadline=None)[0].samples == DECORATED


@pytest.mark.usefixtures("profile")
@pytest.mark.parametrize("tries", [7, 100, pytest.param(210, marks=pytest.mark.long)])
def test_the_tries_that_a_test_asks_for_are_honoured(tries):
    assert drawn_by(1, max_examples=tries)[0].samples == tries
    assert drawn_by(1, max_examples=tries, deadline=3)[0].samples == tries


@pytest.mark.usefixtures("profile")
def test_no_profile_changes_what_counts_as_a_failure():
    @settings(max_examples=20)
    @given(n=small)
    def slow_with_two_faults(n):
        time.sleep(0.002)
        assert n < twin(1001, 300)
        assert n != twin(-1, 0)

    evidence = run_search(slow_with_two_faults, {}, 1)
    assert (evidence.counterexample, evidence.twin) == ("", True)

    @given(n=small)
    def two_faults(n):
        assert n < 500
        assert n % 2 == twin(0, 1)

    assert run_search(two_faults, {}, 1).counterexample in ("n = 500", "n = 1")


@pytest.mark.usefixtures("profile")
def test_they_are_where_settings_were_derived_from_them():
    """As the plugin of hypothesis does for parametrized tests."""
    derived = settings(parent=settings(max_examples=17), suppress_health_check=[HealthCheck.differing_executors])
    evidence, _ = drawn_by(1, parent=derived)
    assert evidence.samples == 17
    assert drawn_by(1, parent=settings(deadline=None))[0].samples == DECORATED


def test_profiles_may_be_forgotten_by_then(monkeypatch):
    parent = settings.get_profile("default")
    monkeypatch.setattr(settings, "_profiles", {})
    assert drawn_by(1, parent=parent, deadline=None)[0].samples == DECORATED
    assert drawn_by(1, parent=parent, max_examples=17)[0].samples == 17


@pytest.mark.long
def test_a_search_under_ci_draws_the_same():
    program = ("import sys; sys.path.insert(0, {!r}); from test_search import drawn_by; print(drawn_by(5))").format(
        __file__.rpartition("/")[0]
    )
    said = {
        subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True).stdout
        for env in ({}, {"CI": "true"}, {"HYPOTHESIS_MAX_EXAMPLES": "5"})
    }
    assert len(said) == 1


def test_the_same_is_tried_whatever_modules_were_loaded_before(tmp_path, monkeypatch):
    def tried():
        drawn = []

        @settings(max_examples=300)
        @given(n=st.integers(0, 10**9))
        def listing(n):
            drawn.append(n)
            assert n != twin(-1, -2)

        run_search(listing, {}, 1)
        return drawn

    @settings(derandomize=True, database=None, max_examples=200)
    @given(n=st.integers(0, 10**9))
    def ordinary(n):
        """Draws such constants, and keeps them for all that draws such numbers."""
        assert n >= 0

    before = tried()
    (tmp_path / "loaded_since.py").write_text(f"ODD = {[123_456_789 + 7 * k for k in range(200)]}\n")
    monkeypatch.syspath_prepend(tmp_path)
    import_module("loaded_since")
    ordinary()
    assert tried() == before
    assert providers._get_local_constants is LOOK
    assert not providers.CONSTANTS_CACHE.cache, "what was kept without such constants is for nobody else"


@pytest.mark.parametrize("name", ["_get_local_constants", "CONSTANTS_CACHE", None])
def test_a_search_needs_no_version_of_hypothesis_that_draws_constants_of_modules(monkeypatch, name):
    from hypothesis.internal import conjecture

    if name:
        monkeypatch.delattr(providers, name)
    else:  # up to 6.122
        monkeypatch.delattr(conjecture, "providers")
        monkeypatch.setitem(sys.modules, providers.__name__, None)
    with without_constants_of_modules():
        pass


@pytest.mark.usefixtures("profile")
@pytest.mark.parametrize("planted", [False, True])
def test_every_setting_that_matters_is_ours_and_no_profile_s(planted):
    @given(n=small)
    def plain(n):
        assert n

    made = module._settings(plain, planted=planted)
    assert {name: getattr(made, name) for name in ("max_examples", "stateful_step_count", "backend")} == {
        "max_examples": FEW, "stateful_step_count": 50, "backend": "hypothesis",
    }  # fmt: skip
    assert (made.derandomize, made.print_blob, made.report_multiple_bugs) == (True, False, False)
    assert made.database is made.deadline is None
    assert made.verbosity == Verbosity.normal
    assert set(made.phases) == {Phase.generate, Phase.target, *([] if planted else [Phase.explicit, Phase.shrink])}
    timed = {HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much}
    assert set(made.suppress_health_check) >= timed
    own = settings(suppress_health_check=[HealthCheck.nested_given])(plain)
    assert set(module._settings(own, planted=planted).suppress_health_check) == {*timed, HealthCheck.nested_given}
    assert (TRIES, DECORATED) == (200, 100)


@pytest.mark.usefixtures("profile")
def test_the_test_is_left_as_it_was():
    @seed(77)
    @settings(max_examples=11)
    @given(n=small)
    def property_(n):
        assert n >= twin(0, 1)

    def state():
        kept = vars(property_)
        own = kept["_hypothesis_internal_use_settings"], kept["_hypothesis_internal_use_seed"]
        return own, property_.hypothesis.inner_test, settings.default

    before = state()
    run_search(property_, {}, 1)
    assert state() == before


@pytest.mark.parametrize(
    ("true", "false", "found", "refuted"), [(0, 1, False, True), (1, 2, True, None), (0, -1, False, False)]
)
def test_the_same_search_must_refute_the_twin(true, false, found, refuted):
    @given(n=small)
    def property_(n):
        assert n >= twin(true, false)

    evidence = run_search(property_, {}, 3)
    assert (bool(evidence.counterexample), evidence.twin) == (found, refuted)
    assert f"twin: {true} → {false}" in evidence.method


def test_an_example_that_is_written_down_refutes_no_twin():
    @example(n=-1)
    @given(n=small)
    def property_(n):
        assert n >= twin(-1, 0)

    assert run_search(property_, {}, 3).twin is False


def test_the_search_of_a_twin_ends_where_it_is_refuted():
    calls = []

    @given(n=st.integers(5, 10**6))
    def property_(n):
        calls.append(twin(0, 1) and n)
        assert not calls[-1]

    assert run_search(property_, {}, 3).twin
    assert sum(map(bool, calls)) == 1


NAN = float("nan")


@pytest.mark.parametrize("pair", [(1000, 500 * 2), (NAN, NAN), ("a", "a"), ([1], [1]), (1, True)], ids=str)
def test_a_twin_that_is_the_statement_itself_is_refused(pair):
    @settings(max_examples=5)
    @given(n=small)
    def property_(n):
        twin(*pair)
        assert n >= 0

    with pytest.raises(ValueError, match=r"the twin is the statement itself \(.* → .*\): name a value"):
        run_search(property_, {}, 3)


class Incomparable:
    def __eq__(self, other):
        raise ArithmeticError

    __hash__ = None


@pytest.mark.parametrize(
    "pair", [(np.zeros(2), np.ones(2)), (Incomparable(), Incomparable()), (1, 2)], ids=["arrays", "raise", "numbers"]
)
def test_a_twin_that_differs_at_all_is_one(pair):
    drawn = []

    @settings(max_examples=5)
    @given(n=small)
    def property_(n):
        drawn.append(n)
        twin(pair[0], pair[len(drawn) == 1])  # only the first differs
        assert n >= 0

    assert run_search(property_, {}, 3).twin is False


def test_hypothesis_is_led_to_the_smallest_margin(monkeypatch):
    targets = []
    monkeypatch.setattr("hypothesis.target", lambda value, label: targets.append((value, label)))

    @settings(max_examples=3)
    @given(n=st.just(5))
    def property_(n):
        worst(n, "margin")
        assert n >= twin(0, 9)

    evidence = run_search(property_, {}, 77)
    assert set(targets) == {(-5.0, "margin")}
    assert (evidence.slack, evidence.seed, evidence.grade) == ("5 (margin)", 77, "search")
    assert evidence.code == digest_of(property_) != ""


@pytest.mark.parametrize("number", [1, 2, 3, 4, 9])
def test_three_twins_are_named_and_that_there_are_more(number):
    @settings(max_examples=40)
    @given(n=st.integers(0, number - 1))
    def property_(n):
        assert twin(n, n + 0.5) == n

    words = run_search(property_, {}, 3).method.split("; twin: ")[1:]
    assert len(words) == len({*words}) == min(number, SHOWN_TWINS + 1)
    assert [word for word in words if word == "…"] == ["…"] * (number > SHOWN_TWINS)
    assert (words[-1] == "…") == (number > SHOWN_TWINS)


def test_a_claim_by_search_declares_a_twin():
    @given(n=small)
    def property_(n):
        assert n >= 0

    with pytest.raises(ValueError, match="declares its twin"):
        run_search(property_, {}, 3)


def test_twins_that_depend_on_what_was_drawn_are_listed_in_short():
    @given(n=small)
    def property_(n):
        assert n < twin(n + 1, n)

    assert run_search(property_, {}, 3).method.count("→") == SHOWN_TWINS
    assert run_search(property_, {}, 3).method.endswith("; twin: …")


def test_only_tries_that_reach_the_end_count():
    @given(n=st.integers(0, 10**6))
    def property_(n):
        assume(n % 2 == 0)
        assert n >= twin(0, 1)

    assert run_search(property_, {}, 3).samples == FEW


def test_tries_that_fail_count_too():
    drawn = []

    @given(n=small)
    def property_(n):
        drawn.append(n)
        assert n < twin(300, 0)

    evidence = run_search(property_, {}, 3)
    assert evidence.samples == len(drawn)
    assert any(n < 300 for n in drawn)


def test_an_example_may_hold_several_tries():
    drawn = []

    @example(n=6)  # says nothing, before and after one that does
    @example(n=1)
    @example(n=6)
    @given(n=small)
    def property_(n):
        drawn.append(n)
        if n % 2:
            tries(4)
            tries(3)
        elif n % 3:
            tries(1)
        assert n < twin(10**10, 0)

    evidence = run_search(property_, {}, 3)
    assert evidence.samples == sum(3 if n % 2 else 1 for n in drawn[: FEW + 3])


def test_the_tries_of_a_counterexample_count():
    @example(n=1)
    @given(n=small)
    def property_(n):
        tries(7)
        assert n < twin(0, -1)

    assert run_search(property_, {}, 3).samples == 7


@pytest.mark.parametrize("number", [1, 10**6, np.int64(40)])
def test_tries_may_be_a_million_and_a_number_of_numpy(number):
    @example(n=1)
    @given(n=small)
    def property_(n):
        tries(number)
        assert n < twin(0, -1)

    assert run_search(property_, {}, 3).samples == number


@pytest.mark.parametrize("number", [0, -1, 2.0, "3", None, True, 10**6 + 1, pytest.param(10**5000, id="unwritable")])
def test_a_number_of_tries_is_a_whole_one(number):
    @given(n=small)
    def property_(n):
        tries(number)
        assert n < twin(10**10, 0)

    with pytest.raises(ValueError, match="tries: expected a whole number from 1 to 1,000,000"):
        run_search(property_, {}, 3)


def test_explicit_examples_count_and_may_refute():
    @example(n=10**9)
    @given(n=small)
    def property_(n):
        assert n <= twin(1000, 999)

    assert run_search(property_, {}, 3).counterexample == "n = 1000000000"


def test_the_worst_slack_is_kept():
    @given(n=small)
    def property_(n):
        worst(n + 1)
        worst(n + 2, "other")
        assert n >= twin(0, 1)

    assert run_search(property_, {}, 3).slack == "1 (slack), 2 (other)"


def test_an_error_is_no_counterexample():
    @given(n=small)
    def property_(n):
        twin(0, 1)
        assert 1 / n

    with pytest.raises(ZeroDivisionError):
        run_search(property_, {}, 3)


def test_a_method_may_be_a_search():
    class Claims:
        @given(n=small)
        def test_even(self, n):
            assert n * (n + twin(1, 2)) % 2 == 0

    method = Claims().test_even
    assert is_search(method)
    assert not is_search(Claims)
    assert run_search(method, {}, 3).twin


@pytest.mark.parametrize(
    "word", [lambda: twin(1, 2), lambda: worst(0.5), lambda: tries(2)], ids=["twin", "worst", "tries"]
)
def test_the_words_of_a_search_are_refused_outside_of_one(word):
    drawn_by(1, max_examples=1)
    with pytest.raises(ValueError, match="inside a hypothesis test"):
        word()


def test_an_assertion_outside_the_property_is_no_counterexample():
    def broken(n):
        assert n < 0, "in a strategy"

    @given(n=st.integers(0, 9).map(broken))
    def drawn(n):
        assert n == twin(0, 1)

    with pytest.raises(ValueError, match="outside the property"):
        run_search(drawn, {}, 1)


def test_a_counterexample_that_was_declared_expected_counts():
    @example(n=7).xfail()
    @given(n=st.integers(0, 3))
    def small_only(n):
        assert n < twin(5, 1)

    assert run_search(small_only, {}, 1).counterexample == "n = 7"


def test_a_decorator_above_given_is_refused():
    @given(n=st.integers())
    def plain(n):
        assert n == n + twin(0, 1)

    @functools.wraps(plain)
    def above(*args, **kwargs):
        return plain(*args, **kwargs)

    with pytest.raises(ValueError, match="above @given"):
        run_search(above, {}, 1)


CODE = """
from hypothesis import given, settings, strategies as st
from verdicts import claim, twin
from elsewhere import bound

LIMIT = 9
small = st.integers(0, LIMIT)


def square(n):
    return n * n


@claim("a", at="Table 1", says="words")
@settings(max_examples=50)
@given(n=small)
def test_a(n, f=f"{LIMIT:>{LIMIT}}"):
    assert square(n) <= twin(1.5, -1) * bound(n) < 10**5000
"""


@pytest.fixture
def digest(tmp_path, monkeypatch):
    """The digest of test_a in a file of some text."""
    (tmp_path / "elsewhere.py").write_text("def bound(n): return 99\ndef other(n): return 100\n")
    monkeypatch.syspath_prepend(tmp_path)

    def of(text, name="test_file.py"):
        path = tmp_path / name
        path.write_text(text)
        space = {"__name__": name}
        exec(compile(text, str(path), "exec"), space)
        return digest_of(space["test_a"])

    return of


def test_the_code_of_a_search_has_one_digest_in_every_version_of_python(digest):
    assert digest(CODE) == "4cfedad49f67cd5d"


COSMETIC = {
    "moved": lambda code: "\n\n# a comment\nUNUSED = 3\n" + code,
    "words": lambda code: code.replace('says="words"', 'says="other words", note="x"'),
    "tries": lambda code: code.replace("=50", "=5"),
    "comment": lambda code: code.replace("n * n", "n * n  # squared"),
    "docstring": lambda code: code.replace("(n):\n", '(n):\n    """Of n."""\n'),
    "lines": lambda code: code.replace("square(n) <=", "square(\n        n,\n    ) <="),
    "quotes": lambda code: code.replace('f"{LIMIT:>{LIMIT}}"', "f'{LIMIT:>{LIMIT}}'"),
}


@pytest.mark.parametrize("change", COSMETIC)
def test_what_changes_nothing_changes_no_digest(digest, change):
    assert digest(COSMETIC[change](CODE), "other.py") == digest(CODE)


WEAKER = {
    "bound": lambda code: code.replace("1.5", "2.5"),
    "condition": lambda code: code.replace("    assert", "    if n:\n        assert"),
    "strategy of the file": lambda code: code.replace("integers(0, ", "integers(3, "),
    "constant behind it": lambda code: code.replace("LIMIT = 9", "LIMIT = 2"),
    "helper": lambda code: code.replace("n * n", "n"),
    "import": lambda code: code.replace("import bound", "import other as bound"),
}


@pytest.mark.parametrize("change", WEAKER)
def test_whatever_could_weaken_a_search_changes_its_digest(digest, change):
    assert digest(WEAKER[change](CODE)) != digest(CODE)


def test_a_search_without_source_has_no_digest(tmp_path):
    code, space = CODE.replace("from elsewhere import bound", "bound = int").replace("@claim", "# @claim"), {}
    exec(compile(code, str(tmp_path / "absent.py"), "exec"), space)
    assert digest_of(space["test_a"]) == ""


OTHER = """
import math as m
import os.path
from hypothesis import given, settings, strategies as st
from verdicts import claim, twin

MOST: int = 9
TOTAL = 1
TOTAL += 2


class Others:
    def test_a(self):
        return TOTAL


def marked(test):
    return test


@marked
@claim("a", at="Table 1", says="words")
@settings(max_examples=50)
@given(n=st.integers(0, MOST))
def test_a(n):
    assert m.sqrt(n) <= twin(TOTAL, -1) or test_a or os.path
"""
CHANGES = {
    "module": ("import math as m", "import cmath as m", True),
    "package": ("import os.path", "import os", True),
    "package by another name": ("import os.path", "import os.path as os", True),
    "annotated": ("MOST: int = 9", "MOST: int = 2", True),
    "added to": ("TOTAL += 2", "TOTAL += 3", True),
    "decorator": ("    return test\n", "    return test or 0\n", True),
    "the name of another": ("        return TOTAL", "        return 77", False),
    "its own words": ('says="words"', 'says="others"', False),
    "its own tries": ("=50", "=5", False),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_digest_is_of_what_the_search_uses_and_of_nothing_else(digest, change):
    old, new, changes = CHANGES[change]
    assert OTHER.count(old) == 1
    assert (digest(OTHER.replace(old, new)) != digest(OTHER)) == changes
    assert digest(OTHER)


@pytest.mark.parametrize("text", [b"def broken(", b"\xff\xfe", b"", b"def test_a(): pass\n"], ids=ascii)
def test_a_source_that_is_another_one_by_now_gives_no_digest(tmp_path, text):
    path, space = tmp_path / "file.py", {}
    path.write_text("\n" + OTHER.replace("@claim", "# @claim"))
    exec(compile(path.read_text(), str(path), "exec"), space)
    assert digest_of(space["test_a"])
    path.write_bytes(text)
    assert digest_of(space["test_a"]) == ""


def test_neither_does_what_is_no_function():
    class Test:
        class hypothesis:  # noqa: N801
            inner_test = staticmethod(print)

    assert digest_of(Test) == ""
