"""The paper's printed tables, kept as the strings that the paper prints."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a printed table from a CSV file in UTF-8 with a header row.

    Returns:
        One dictionary per row, column name to the string printed.

    Raises:
        ValueError: the file is missing, is no CSV, has no rows, has a column without a name or two of one name, or a
            row has too few or too many cells.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, skipinitialspace=True))
    except OSError as error:
        raise ValueError(f"{path}: expected a printed table: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: expected comma-separated text in UTF-8: {error}") from error
    if len(rows) < 2:
        raise ValueError(f"{path}: expected a header row and at least one row of numbers")
    header, *body = rows
    for name, times in Counter(header).items():
        if times > 1 or not name:
            raise ValueError(f"{path}: line 1: expected a name of its own for each column, found {times} × {name!r}")
    for number, row in enumerate(body, 2):
        if len(row) != len(header):
            raise ValueError(f"{path}: line {number}: expected {len(header)} cells, found {len(row)}")
    return [dict(zip(header, row, strict=True)) for row in body]
