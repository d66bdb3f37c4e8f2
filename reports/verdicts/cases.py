"""Cases: the test items of a claim, by the names and addresses that do not depend on how pytest runs them."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import Any

import pytest

from verdicts.claims import Claim


def claim_of(item: pytest.Item) -> Claim | None:
    """The claim that a test item is a case of."""
    return getattr(getattr(item, "obj", None), "__claim__", None)


def reproduce(item: pytest.Item) -> str:
    """The command that runs this case alone."""
    seed = item.config.option.seed
    return f"pytest {shlex.quote(node_id(item))}" + (f" --seed {seed}" if seed is not None else "")


def node_id(item: pytest.Item) -> str:
    """The node id, without the group that xdist may append to it."""
    return f"{item.parent.nodeid}::{item.name}" if item.parent else item.nodeid


def address_of(item: pytest.Item) -> str:
    """The node id of the test function."""
    return node_id(item).removesuffix(f"[{case_id(item)}]")


def case_id(item: pytest.Item) -> str:
    """The name of the case within its claim, "" for the only one."""
    callspec = getattr(item, "callspec", None)
    return str(callspec.id) if callspec else ""


def reading_of(item: pytest.Item) -> str | None:
    """The reading of the claim that the case takes, if it names one."""
    callspec = getattr(item, "callspec", None)
    reading = callspec.params.get("reading") if callspec else None
    return None if reading is None else str(reading)


def case_entry(item: pytest.Item, made: Claim) -> dict[str, Any]:
    """What the catalogue says of a case before it runs."""
    callspec = getattr(item, "callspec", None)
    reading = reading_of(item)
    return {
        "id": case_id(item),
        "rank": list(callspec.indices.values()) if callspec else [],
        "reading": reading,
        "primary": reading is None or reading == made.primary,
        "node": item.nodeid,
        "reproduce": reproduce(item),
    }


def case_faults(made: Claim, group: list[pytest.Item]) -> list[str]:
    """What is wrong with the cases of one claim."""
    faults = []
    readings = {reading for item in group if (reading := reading_of(item)) is not None}
    if any(item.get_closest_marker("xfail") for item in group):
        faults.append(f"claim {made.id!r} is marked xfail: accept its verdict into the baseline instead")
    if any(_is_empty(item) for item in group):
        faults.append(f"claim {made.id!r} has an empty parametrization")
    if readings and made.primary not in readings:
        faults.append(f"claim {made.id!r}: primary {made.primary!r} is none of its readings {sorted(readings)}")
    if made.primary and not readings:
        faults.append(f"claim {made.id!r}: primary {made.primary!r}, but its cases have no `reading` parameter")
    seen = Counter(case_id(item) for item in group)
    return faults + [f"claim {made.id!r}: case {case!r} occurs twice" for case, times in seen.items() if times > 1]


def _is_empty(item: pytest.Item) -> bool:
    reasons = [str(mark.kwargs.get("reason", "")) for mark in item.iter_markers("skip")]
    return any(reason.startswith("got empty parameter set") for reason in reasons)
