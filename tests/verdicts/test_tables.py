"""Printed tables, in whatever state their files are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from verdicts.tables import read_table

relaxed = settings(deadline=None)

cells = st.text(st.characters(codec="utf-8", exclude_characters='",\n\r\0', exclude_categories=["Cc"]), min_size=1)


def clean(cell):
    return cell == cell.strip() and "\ufeff" not in cell


@relaxed
@given(st.lists(cells.filter(clean), min_size=1, unique=True), st.data())
def test_cells_are_kept_as_printed(tmp_path_factory, header, data):
    path = tmp_path_factory.mktemp("table") / "table.csv"
    row = [data.draw(cells.filter(clean)) for _ in header]
    path.write_text(f"{','.join(header)}\n{','.join(row)}\n", encoding="utf-8")
    assert read_table(path) == [dict(zip(header, row, strict=True))]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("p,theory\n0.01,2.610\n", encoding="utf-8-sig")
    assert read_table(path) == [{"p": "0.01", "theory": "2.610"}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"p,theory,p\n1,2,3\n", "2 × 'p'"),
        (b"p,\n1,2\n", "1 × ''"),
        (b"p,q\n1\n", "line 2: expected 2 cells, found 1"),
        (b"p,q\n1,2\n1,2,3\n", "line 3: expected 2 cells, found 3"),
        (b"p,q\n", "at least one row"),
        (b"", "at least one row"),
        (b"p,q\n1,\xff\n", "in UTF-8"),
        (b"p,q\n1," + b"9" * 10**6 + b"\n", "field larger than field limit"),
    ],
    ids=["header twice", "no header", "short row", "long row", "no rows", "empty", "not UTF-8", "a million digits"],
)
def test_a_broken_table_is_said_in_one_line(tmp_path, content, said):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"\A[^\n]{,400}\Z") as caught:
        read_table(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_a_missing_table_is_said_in_one_line(tmp_path):
    with pytest.raises(ValueError, match="expected a printed table"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(ValueError, match="expected a printed table"):
        read_table(tmp_path)
