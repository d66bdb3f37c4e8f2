"""The numbers that stand in a text, and those that a claim states, by their digits."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

SUPERSCRIPTS: Final = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
THOUSANDS: Final = "\u066c"
"stands for LaTeX's {,}, which never separates two numbers"
NUMBER: Final = re.compile(
    rf"(?<![A-Za-z0-9_.])(?P<digits>[0-9]+(?:[,{THOUSANDS}][0-9]{{3}}(?![0-9]))*(?:\.[0-9]+)*|\.[0-9]+)"
    r"(?:[eE](?P<e>[+-]?[0-9]+)(?![0-9]))?"
)
EXPONENT: Final = r"\s*\^\s*\{?\s*([+-]?[0-9]{1,4})"
TIMES_TEN: Final = re.compile(r"\s*(?:×|·|\\times|\\cdot)\s*10" + EXPONENT)
TO_THE: Final = re.compile(EXPONENT)
OPERATORS: Final = frozenset("{}^\\/=<>+*|_")


class Number(NamedTuple):
    """A number at its place in a line."""

    shown: str
    "as it stands there"
    at: int
    "where it begins"
    readings: tuple[tuple[str, ...], ...]
    "the digits of it, in each way of reading them: 256,512 is one number or two, 1010 is itself or 10 given twice"
    in_formula: bool
    "whether it is among signs of mathematics"


def numbers(line: str) -> tuple[str, list[Number]]:
    r"""The line with LaTeX's spaces and subscripts taken out, and the numbers in it, in order.

    The digits of a number are told without its sign, its unit and its separators: `1{,}265`, `1,265×` and `1265` have
    the digits 1265; `5\times 10^{-4}` and `5e-4` have 5e-4, and 5 as well.
    """
    plain = _plain(line)
    found: list[Number] = []
    done = 0
    for match in NUMBER.finditer(plain):
        if match.start() < done:
            continue  # it is the exponent of the number before it
        digits, end = match["digits"], match.end("digits")
        times = TIMES_TEN.match(plain, end)
        exponent = match["e"] or (times[1] if times else None)
        alone = TO_THE.match(plain, end) if digits == "10" else None
        readings = _readings(digits)
        if exponent is not None:
            readings.insert(0, (f"{digits.replace(',', '')}e{int(exponent)}",))
        if alone:
            readings.insert(0, (f"1e{int(alone[1])}",))
        shown = digits.replace(THOUSANDS, ",") + (f"e{int(exponent)}" if exponent is not None else "")
        found.append(Number(shown, match.start(), tuple(readings), _in_formula(plain, match.start(), end)))
        done = max(each.end() for each in (match, times, alone) if each)
    return plain, found


def digits_of(text: str) -> set[str]:
    """All that the numbers of a text can be read as."""
    return {key for number in numbers(text)[1] for reading in number.readings for key in reading}


def _readings(digits: str) -> list[tuple[str, ...]]:
    whole = re.sub(f"[,{THOUSANDS}]", "", digits)
    readings: list[tuple[str, ...]] = [(whole,)] if whole.count(".") < 2 else []
    if "," in digits:
        readings.append(tuple(digits.replace(THOUSANDS, "").split(",")))
    half = len(whole) // 2
    if whole and whole == whole[:half] * 2:
        readings.append((whole[:half],))
    return readings or [tuple(re.findall(r"[0-9]+(?:\.[0-9]+)?", digits))]


def _plain(line: str) -> str:
    """A line of text or LaTeX with plain signs, and without what only sets it."""
    line = re.sub(r"(?<=10)[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda power: f"^{power[0].translate(SUPERSCRIPTS)}", line)
    line = line.replace("−", "-").replace("{,}", THOUSANDS)
    line = line.replace("{=}", "=").replace("\\%", "%")
    line = re.sub(r"\\[,;:! ]|\\q?quad(?![A-Za-z])", " ", line)
    line = re.sub(r"_(?:\{(?:[^{}]|\{[^{}]*\})*\}|\\[A-Za-z]+|\w)", "", line)
    return re.sub(r"(\\[A-Za-z]+)(?=[0-9.])", r"\1 ", line)


def _in_formula(line: str, first: int, last: int) -> bool:
    """Whether a number touches a sign of LaTeX or an operator; one between words and blanks does not."""
    before, after = line[:first].rstrip()[-1:], line[last:].lstrip()[:1]
    word = re.search(r"\\[A-Za-z]+\s*$", line[:first])
    return bool(word) or not OPERATORS.isdisjoint((before, after)) or line[last : last + 1].isalpha()
