"""The paper's own text, from arXiv's HTML, LaTeX or plain text, as lines in which each formula stands once."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from verdicts.schema import read_text

if TYPE_CHECKING:
    from pathlib import Path

COMMAND: Final = re.compile(r"\\([A-Za-z]+)|\\.")
FUNCTIONS: Final = re.compile(
    "arccos|arcsin|arctan|cos|cosh|cot|det|dim|exp|gcd|inf|ker|lim|ln|log|max|min|Pr|sin|sinh|sup|tan|tanh"
)
"commands that are read as their own name"
WITHOUT_TRACE: Final = frozenset({"mathbb", "mathcal", "mathfrak", "mathscr"})
"commands whose argument, one letter, is lost where text is extracted"
ARGUMENT: Final = re.compile(r"\s*(\{[^{}]*\}|\w)")
PLAIN: Final = {
    code: plain
    for code in (*range(0x1D400, 0x1D49C), *range(0x1D5A0, 0x1D6A4), *range(0x1D7CE, 0x1D800))
    if (plain := unicodedata.normalize("NFKC", chr(code))) != chr(code)
}
"bold, slanted and typewriter letters and digits of Unicode, as the plain ones"
WORD_OF_DIGITS: Final = re.compile(
    r"(?<![^\s(\[+–-])[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?![.,]?[0-9])(?=[%×]?(?:[\s,;.:)\]]|$))"
)
INSIDE: Final = re.compile(r"[A-Za-z0-9]$|[0-9][.,]$")
"what stands before a letter or digit that does not begin a word"
BLANK: Final = re.compile(r"\s")
AFTER_COMMAND: Final = re.compile(r"\\[A-Za-z]+\s*")
MARKUP: Final = re.compile(r"[\\{}^_]")
LONGEST_FORMULA: Final = 600


def read_manuscript(path: Path) -> list[str]:
    """The lines of a paper's text.

    `.html` is read as arXiv writes it, its formulas by their LaTeX; `.tex` as LaTeX of one file, whose sections and
    tables are counted; all else as plain text, in which a formula that stands there twice, in the letters of Unicode
    and at once again in LaTeX, is read once. ValueError, naming the file, where nothing can be read.
    """
    text = read_text(path).translate(PLAIN)
    if path.suffix.lower() in (".html", ".htm", ".xhtml"):
        from verdicts.markup import lines_of_html as read
    elif path.suffix.lower() in (".tex", ".latex"):
        from verdicts.markup import lines_of_latex as read
    else:
        read = lines_of_text
    lines = [" ".join(line.split()) for line in read(text)]
    if not any(lines):
        raise ValueError(f"{path}: expected the text of the paper, found nothing to read")
    return lines


def lines_of_text(text: str) -> list[str]:
    """The lines of plain text, each formula once."""
    return [once(line) for line in text.splitlines()]


def once(line: str) -> str:
    r"""A line without the first of two spellings of a formula: `π2.75\pi\approx 2.75` becomes `π \pi\approx 2.75`.

    Two spellings are a word and, without a blank between them, text of the same letters and digits. A word that is a
    number as it stands is left: 1010 may be 10 twice, or itself.
    """
    letters, places = _letters(line)
    numbers = [word.span() for word in WORD_OF_DIGITS.finditer(line)]
    kept, done, start, after_formula = "", 0, 0, False
    while start < len(letters):
        first = places[start]
        begins = after_formula or not INSIDE.search(line[max(first - 2, 0) : first])
        size = _size_of_square(line, letters, places, start) if begins else 0
        last = places[start + 2 * size - 1]
        is_number = any(begin <= first and last < end for begin, end in numbers if not after_formula or begin == first)
        if size and not is_number:
            kept += f"{line[done:first]} "
            done = places[start + size - 1] + 1
        after_formula = bool(size) and not is_number
        start += 2 * size or 1
    return kept + line[done:]


def _letters(line: str) -> tuple[str, list[int]]:
    """The plain letters, digits and decimal points of a line without its commands, and where each of them stands."""
    letters: list[str] = []
    places: list[int] = []
    at = 0
    while at < len(line):
        if command := COMMAND.match(line, at):
            name, at = command[1] or "", command.end()
            if FUNCTIONS.fullmatch(name):
                letters += name
                places += range(at - len(name), at)
            elif name in WITHOUT_TRACE and (argument := ARGUMENT.match(line, at)):
                at = argument.end()
            continue
        if re.fullmatch("[A-Za-z0-9]", line[at]) or _is_point(line, at):
            letters.append(line[at])
            places.append(at)
        at += 1
    return "".join(letters), places


def _is_point(line: str, at: int) -> bool:
    return line[at] == "." and line[at - 1 : at].isdigit() and line[at + 1 : at + 2].isdigit()


def _size_of_square(line: str, letters: str, places: list[int], start: int) -> int:
    """The largest n for which the n letters from `start` are a word that is told again, 0 where there is none."""
    word = bisect_left(places, _end_of_word(line, places[start])) - start
    for size in range(min((len(letters) - start) // 2, word, LONGEST_FORMULA), 0, -1):
        middle, last = start + size, start + 2 * size
        if letters[start:middle] == letters[middle:last]:
            between = line[places[middle - 1] : places[middle]]
            again = line[places[middle - 1] : places[last - 1]]
            if not BLANK.search(AFTER_COMMAND.sub("", between)) and (MARKUP.search(again) or not BLANK.search(again)):
                return size
    return 0


def _end_of_word(line: str, first: int) -> int:
    """Where the blank after a word stands that begins at `first`; one in brackets, as in (0, 1), is part of it."""
    while first and line[first - 1] in "([{":
        first -= 1
    depth = 0
    for at in range(first, len(line)):
        depth += (line[at] in "([{") - (line[at] in ")]}")
        if line[at].isspace() and depth <= 0:
            return at
    return len(line)
