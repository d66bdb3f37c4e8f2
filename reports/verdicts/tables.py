"""The paper's printed tables, kept as the strings that the paper prints."""

from __future__ import annotations

import csv
from pathlib import Path


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a printed table from a CSV file with a header row.

    Returns:
        One dictionary per row, column name to the string printed.

    Raises:
        ValueError: the file is missing, has no rows, or a row has too few or too many cells.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, skipinitialspace=True))
    except OSError as error:
        raise ValueError(f"{path}: expected a printed table: {error.strerror}") from error
    if len(rows) < 2:
        raise ValueError(f"{path}: expected a header row and at least one row of numbers")
    header, *body = rows
    for number, row in enumerate(body, 2):
        if len(row) != len(header):
            raise ValueError(f"{path}: line {number}: expected {len(header)} cells, found {len(row)}")
    return [dict(zip(header, row, strict=True)) for row in body]
