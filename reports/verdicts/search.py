"""Running a hypothesis test as evidence: counting its tries, keeping its falsifying example, refuting its twin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from verdicts.evidence import Evidence

T = TypeVar("T")


@dataclass
class _Run:
    """One run of a search, for the property test to report to."""

    planted: bool
    tries: int = 0
    counterexample: str = ""
    slack: dict[str, float] = field(default_factory=dict)
    twins: list[str] = field(default_factory=list)


_running: ContextVar[_Run | None] = ContextVar("running", default=None)


def twin(true: T, false: T) -> T:
    """Inside a property test: the value that the statement names, and one that makes it a nearby false statement.

    The search is run twice, with `true` and with `false`; it counts only if it refutes the second. Use it where the
    test can be made false: a constant, an exponent, a condition (`if twin(True, False): assume(…)`).
    """
    run = _running.get()
    if run is None:
        return true
    text = f"{true} → {false}"
    if text not in run.twins:
        run.twins.append(text)
    return false if run.planted else true


def worst(value: float, label: str = "slack") -> None:
    """Inside a property test: how close this example came to breaking the statement.

    `value` is the margin left (0 at equality, negative where the statement fails). Hypothesis is led towards small
    margins, and the report shows the smallest one met.
    """
    import hypothesis

    run = _running.get()
    if run is not None:
        run.slack[label] = min(run.slack.get(label, value), value)
    hypothesis.target(-float(value), label=label)


def is_search(test: Callable[..., Any]) -> bool:
    """Whether a test function is a hypothesis test."""
    return bool(getattr(test, "is_hypothesis_test", False))


def run_search(test: Callable[..., Any], arguments: Mapping[str, Any], seed: int) -> Evidence:
    """Run a hypothesis test, then its twin.

    Args:
        test: the hypothesis test; a failing assertion is its counterexample.
        arguments: its other arguments, from fixtures and parametrization.
        seed: of the search.

    Raises:
        RuntimeError: the test declares no twin.
        Exception: whatever the test raises that is no failed assertion.
    """
    run = _search(test, arguments, seed, planted=False)
    refuted = None
    if not run.counterexample:
        if not run.twins:
            raise RuntimeError("a claim decided by search declares its twin: twin(true, false)")
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
    )


def _search(test: Callable[..., Any], arguments: Mapping[str, Any], seed: int, *, planted: bool) -> _Run:
    import hypothesis

    run = _Run(planted)
    function: Any = getattr(test, "__func__", test)
    handle = function.hypothesis
    inner = handle.inner_test

    def observed(*args: Any, **kwargs: Any) -> Any:
        try:
            result = inner(*args, **kwargs)
        except AssertionError:
            run.tries += 1
            drawn = {name: value for name, value in kwargs.items() if name not in arguments}
            run.counterexample = ", ".join(f"{name} = {_shown(value)}" for name, value in drawn.items()) or "()"
            raise
        run.tries += 1
        return result

    token = _running.set(run)
    handle.inner_test = observed
    try:
        hypothesis.seed(seed)(function)
        test(**arguments)
        run.counterexample = ""
    except AssertionError:
        run.counterexample = run.counterexample or "an assertion outside the property"
    finally:
        handle.inner_test = inner
        _running.reset(token)
    return run


def _shown(value: Any, limit: int = 400) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= limit else f"{text[:limit]}…"
