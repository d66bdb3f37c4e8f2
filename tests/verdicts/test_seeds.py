"""Every case draws from a stream of its own, which the root seed and its name decide and nothing else."""

from __future__ import annotations

from verdicts.check import stream_seed

CLAIMS = """
from hypothesis import given, settings, strategies as st

@claim("mean", at="Table 1", says="x", weight=1)
@pytest.mark.parametrize("n", [1, 2])
def test_mean(check, n):
    assert check.root == ROOT
    check(printed("3"), confidence(lambda size, level: (3, 3), [10], "mean", check.seed))

@claim("even", at="Table 1", says="n(n+1) is even")
@settings(max_examples=20)
@given(n=st.integers(0, 2**64))
def test_even(n):
    DRAWN.append(n)
    assert n * (n + twin(1, 2)) % 2 == 0

@claim("drawn", at="Table 1", says="what the search drew")
def test_drawn(check):
    check(exactly(DRAWN[7]), proof(DRAWN[7], "as drawn"))
"""


def looked(audit, root):
    audit.claims(f"ROOT, DRAWN = {root}, []\n{CLAIMS}").run("--verdicts-seed", str(root))
    assert set(audit.verdicts().values()) == {"holds"}
    cases = {(claim["id"], case["id"]): case for claim in audit.ledger["claims"] for case in claim["cases"]}
    drawn = cases.pop(("drawn", ""))["stated"]
    assert {key: case["seed"] for key, case in cases.items()} == {key: stream_seed(root, *key) for key in cases}
    return [case["seed"] for case in cases.values()], drawn


def test_the_seed_of_a_case_is_that_of_the_root_and_its_name(audit):
    seeds, drawn = looked(audit, 7)
    assert len({*seeds}) == len(seeds) == 3
    assert looked(audit, 7) == (seeds, drawn)
    others, otherwise = looked(audit, 8)
    assert not {*seeds} & {*others}
    assert drawn != otherwise
