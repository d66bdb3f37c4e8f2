"""How far an experiment is, said by whoever runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Progress", "silent"]

T = TypeVar("T")


class Progress(Protocol):
    """Goes through steps, and says how many are done."""

    def __call__(self, steps: Sequence[T], name: str, /) -> Iterable[T]:
        """The steps, one after the other."""


def silent(steps: Sequence[T], name: str) -> Iterable[T]:  # noqa: ARG001
    """The steps, and nothing said."""
    return steps
