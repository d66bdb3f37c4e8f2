"""Running a hypothesis test as evidence: counting its tries, keeping its falsifying example, refuting its twin."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from numbers import Integral
from typing import TYPE_CHECKING, Any, Final, TypeVar

from verdicts.bodies import digest_of
from verdicts.draws import record_draws, without_constants_of_modules
from verdicts.errors import CheckError
from verdicts.evidence import Evidence
from verdicts.intervals import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")
TRIES: Final = 200  # of a search that does not say how many
DECORATED: Final = 100  # where it has @settings of its own, which then inherit hypothesis's number
MOST_AT_ONCE: Final = 10**6  # tries of one example: their sum over a search can be stored
SHOWN_TWINS: Final = 3  # where they depend on what was drawn


class _TwinRefutedError(BaseException):
    """Ends the search of a twin at once: no Exception, which hypothesis would shrink, try again and report."""


@dataclass
class _Run:
    """One run of a search, for the property test to report to."""

    planted: bool
    tries: int = 0
    at_once: int = field(init=False)
    "tries that the example under way comes to"
    counterexample: str = ""
    slack: dict[str, float] = field(default_factory=dict)
    twins: list[str] = field(default_factory=list)
    differs: bool = False
    "whether any twin was another value than the true one"


_running: ContextVar[_Run | None] = ContextVar("running", default=None)


def twin(true: T, false: T) -> T:
    """Inside a property test: the value that the statement names, and one that makes it a nearby false statement.

    The search is run twice, with `true` and with `false`; it counts only if what it draws refutes the second (examples
    written down with @example are tried in the first run alone). Use it where the test can be made false: a constant,
    an exponent, a condition (`if twin(True, False): assume(…)`).

    Raises:
        CheckError: outside the search of a claim, where no second run would use `false`.
    """
    run = _inside("twin")
    if len(run.twins) <= SHOWN_TWINS and (text := f"{_text(true)} → {_text(false)}") not in run.twins:
        run.twins.append(text if len(run.twins) < SHOWN_TWINS else "…")
    run.differs = run.differs or not _is_same(true, false)
    return false if run.planted else true


def worst(value: float, label: str = "slack") -> None:
    """Inside a property test: how close this example came to breaking the statement.

    `value` is the margin left (0 at equality, negative where the statement fails). Hypothesis is led towards small
    margins, and the report shows the smallest one met.

    Raises:
        CheckError: outside the search of a claim.
    """
    import hypothesis

    run = _inside("worst")
    run.slack[label] = min(run.slack.get(label, value), value)
    hypothesis.target(-float(value), label=label)


def tries(number: int) -> None:
    """Inside a property test: how many tries this example comes to, where it holds several at once; one unless said.

    Raises:
        CheckError: outside the search of a claim, or where the number is none from 1 to a million.
    """
    run = _inside("tries")
    if not isinstance(number, Integral) or isinstance(number, bool) or not 1 <= number <= MOST_AT_ONCE:
        raise CheckError(f"tries: expected a whole number from 1 to {MOST_AT_ONCE:,}, got {shortened(number)}")
    run.at_once = int(number)


def is_search(test: object) -> bool:
    """Whether a test function is a hypothesis test."""
    return bool(getattr(test, "is_hypothesis_test", False))


def run_search(test: Callable[..., Any], arguments: Mapping[str, Any], seed: int) -> Evidence:
    """Run a hypothesis test, then its twin.

    Args:
        test: the hypothesis test; a failing assertion is its counterexample.
        arguments: its other arguments, from fixtures and parametrization.
        seed: of the search.

    Raises:
        CheckError: the test declares no twin, or one that is the statement itself.
        Exception: whatever the test raises that is no failed assertion.
    """
    run = _search(test, arguments, seed, planted=False)
    refuted = None
    if not run.counterexample:
        if not run.twins:
            raise CheckError("a claim decided by search declares its twin: twin(true, false)")
        if not run.differs:
            raise CheckError(f"the twin is the statement itself ({run.twins[0]}): name a value that makes it false")
        refuted = bool(_search(test, arguments, seed, planted=True).counterexample)
    return Evidence(
        "search",
        None,
        "hypothesis search" + "".join(f"; twin: {text}" for text in run.twins),
        samples=run.tries,
        seed=seed,
        counterexample=run.counterexample,
        slack=", ".join(f"{value:.3g} ({label})" for label, value in run.slack.items()),
        twin=refuted,
        code=digest_of(test),
    )


def _search(test: Callable[..., Any], arguments: Mapping[str, Any], seed: int, *, planted: bool) -> _Run:
    run = _Run(planted)
    function: Any = getattr(test, "__func__", test)
    if is_search(getattr(function, "__wrapped__", None)):
        raise CheckError("a decorator stands above @given, and keeps our seed and settings from it: move it below")
    inner = function.hypothesis.inner_test

    def observed(*args: Any, **kwargs: Any) -> Any:
        # what was drawn is written down before the test can change it
        drawn = record_draws({name: value for name, value in kwargs.items() if name not in arguments})
        run.at_once = 1
        try:
            result = inner(*args, **kwargs)
        except AssertionError:
            run.tries += run.at_once
            run.counterexample = ", ".join(show() for show in drawn) or "()"
            if planted:
                raise _TwinRefutedError from None
            raise
        run.tries += run.at_once
        return result

    token = _running.set(run)
    try:
        with without_constants_of_modules(), _as_ours(function, observed, seed, planted=planted):
            test(**arguments)
    except _TwinRefutedError:
        pass
    except AssertionError as error:
        if not run.counterexample:
            raise CheckError(
                f"an assertion failed outside the property, which is no counterexample: {error}"
            ) from error
    finally:
        _running.reset(token)
    return run


@contextmanager
def _as_ours(function: Any, observed: Callable[..., Any], seed: int, *, planted: bool) -> Iterator[None]:
    """Make a hypothesis test run once under our settings and seed, whatever profile is loaded."""
    before = {
        name: getattr(function, name, None)
        for name in ("_hypothesis_internal_use_settings", "_hypothesis_internal_use_seed")
    }
    inner = function.hypothesis.inner_test
    function.hypothesis.inner_test = observed
    function._hypothesis_internal_use_settings = _settings(function, planted=planted)
    function._hypothesis_internal_use_seed = seed
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Generating overly large repr")  # the report shows its beginning
            yield
    finally:
        function.hypothesis.inner_test = inner
        for name, value in before.items():
            setattr(function, name, value)


def _settings(function: Any, *, planted: bool) -> Any:
    """Settings that name every field that matters: hypothesis takes others from the profile in force, and from CI."""
    from hypothesis import HealthCheck, Phase, Verbosity, settings

    timed = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
    own = function._hypothesis_internal_use_settings
    return settings(
        max_examples=_tries(function),
        stateful_step_count=50,
        derandomize=True,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        # what is drawn has to refute a twin: an example that is written down shows nothing of what else would be found
        phases=[Phase.generate, Phase.target, *([] if planted else [Phase.explicit, Phase.shrink])],
        verbosity=Verbosity.normal,
        suppress_health_check={*timed, *own.suppress_health_check},
        backend="hypothesis",
    )


def _tries(function: Any) -> int:
    """What @settings(max_examples=…) on the test says, else TRIES; DECORATED where @settings says something else.

    A number inherited from the profile of its day says nothing, and one that equals that is taken for such.
    """
    from hypothesis import settings

    if not getattr(function, "_hypothesis_internal_settings_applied", False):
        return TRIES
    own = layer = function._hypothesis_internal_use_settings
    profiles = [id(profile) for profile in settings._profiles.values()]
    while layer is not None and id(layer) not in profiles:
        inherited = layer._fallback
        if inherited is not None and layer.max_examples != inherited.max_examples:
            return int(own.max_examples)
        layer = inherited
    return DECORATED


def _inside(word: str) -> _Run:
    run = _running.get()
    if run is None:
        raise CheckError(f"{word}(…) speaks to the search of a claim: call it inside a hypothesis test marked @claim")
    return run


def _is_same(true: object, false: object) -> bool:
    try:
        return true is false or bool(true == false)
    except Exception:  # noqa: BLE001  arrays, and objects under test
        return False


def _text(value: object, limit: int = 80) -> str:
    try:
        text = " ".join(str(value).split())
    except Exception:  # noqa: BLE001  an object under test, or an int of more digits than Python prints
        text = shortened(value)
    return text if len(text) <= limit else f"{text[:limit]}…"
