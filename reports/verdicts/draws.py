"""What hypothesis draws in a search: shown as it was drawn, and the same whatever ran before."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from verdicts.intervals import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SHOWN: Final = 400  # characters of a drawn value
UNCHANGING: Final = (int, float, complex, bool, str, bytes, type(None))


@contextmanager
def without_constants_of_modules() -> Iterator[None]:
    """Draw no constants from the code of the modules loaded so far, as hypothesis does: those differ from run to run.

    A search would try other examples after other tests, and the line that reproduces its counterexample might not.
    """
    providers, none = _where_constants_are_looked_for()
    if providers is None:
        yield
        return
    look = providers._get_local_constants
    providers._get_local_constants = none
    providers.CONSTANTS_CACHE.cache.clear()
    try:
        yield
    finally:
        providers._get_local_constants = look
        providers.CONSTANTS_CACHE.cache.clear()


def _where_constants_are_looked_for() -> tuple[Any, Any]:
    """The module of hypothesis that does, and the type of what it finds; None in a version that draws none."""
    try:
        from hypothesis.internal.conjecture import providers
        from hypothesis.internal.constants_ast import Constants
    except ImportError:
        return None, None
    if not all(hasattr(providers, name) for name in ("_get_local_constants", "CONSTANTS_CACHE")):
        return None, None
    return providers, Constants


def record_draws(drawn: Mapping[str, Any]) -> list[Callable[[], str]]:
    """What was drawn, each to be shown on demand; draws that the test makes itself are added as it makes them."""
    from hypothesis.strategies import DataObject

    shown: list[Callable[[], str]] = []
    for name, value in drawn.items():
        if isinstance(value, DataObject):
            _listen(value, name, shown)
        else:
            shown.append(_as_drawn(name, value))
    return shown


def _listen(data: Any, name: str, shown: list[Callable[[], str]]) -> None:
    draw = data.draw

    def recorded(strategy: Any, label: Any = None) -> Any:
        result = draw(strategy, label)
        shown.append(_as_drawn(f"{name}.draw {data.count if label is None else f'({label})'}", result))
        return result

    data.draw = recorded


def _as_drawn(name: str, value: Any) -> Callable[[], str]:
    """Shows a value as it is now, however the test changes it: arrays, slow to write down, are copied instead."""
    parts = value if type(value) is tuple else (value,)
    if not all(type(part) in UNCHANGING or _is_numbers(part) for part in parts):
        text = f"{name} = {shortened(value, SHOWN)}"
        return lambda: text
    kept = tuple(part if type(part) in UNCHANGING else part.copy() for part in parts)
    return lambda: f"{name} = {shortened(kept if type(value) is tuple else kept[0], SHOWN)}"


def _is_numbers(value: Any) -> bool:
    """Whether a value is an array or a number of numpy, which a copy keeps as it is."""
    return type(value).__module__ == "numpy" and getattr(getattr(value, "dtype", None), "kind", "O") in "biufc"
