"""The list of tests that coverage watches, and how it is chosen."""

from __future__ import annotations

from pathlib import Path

from tests.traced import Watched, chosen, listed

ROOT = Path(__file__).parents[1]
AGED = 0.1
"as much of the list may be gone before it is to be made anew"


def test_most_of_the_listed_tests_are_there(request):
    """Where their files were collected, or are gone."""
    there = {item.nodeid for item in request.session.items}
    collected = {name.partition("::")[0] for name in there}
    gone = [
        name
        for name in listed() - there
        if (file := name.partition("::")[0]) in collected or not (ROOT / file).is_file()
    ]
    assert len(gone) <= AGED * len(listed()), f"python -m tests.traced lists others for {gone}"


def test_each_step_chooses_what_adds_the_most_for_its_time():
    dear, cheap, same = Watched("dear", 1, 0b1111 << 100), Watched("cheap", 0.01, 0b0111), Watched("same", 0.02, 0b0011)
    assert chosen([dear, same, cheap]) == ["cheap"], "four branches are not worth a second"
    many = Watched("many", 1, (1 << 200) - 1)
    assert chosen([same, many, cheap]) == ["cheap", "many"]
