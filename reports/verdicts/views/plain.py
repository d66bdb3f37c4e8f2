"""Text as data: whatever a claim or a file contains, made safe to print, to encode and to cut."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from verdicts.records import Ledger

LONGEST_TEXT: Final = 10_000  # characters of one field that a view shows; the ledger keeps them all
# Controls but tab and newline, surrogates, non-characters, and what turns the direction or the line of a text.
_UNPRINTABLE: Final = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_NUMBERS: Final = ("accepted", "computed")  # ends of intervals are kept whole: they decide


def readable(ledger: Ledger) -> Ledger:
    """A copy of a ledger whose texts hold nothing that a terminal, XML or a page would obey or refuse."""
    return cast("Ledger", _readable(ledger))


def _readable(value: object) -> object:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if isinstance(value, dict):
        return {printable(key): item if key in _NUMBERS else _readable(item) for key, item in value.items()}
    return value


def printable(text: str) -> str:
    """The text with a visible sign in the place of each character that cannot be printed, and of bounded length."""
    if len(text) > LONGEST_TEXT:
        note = f"… ({len(text):,} characters)"
        text = text[: LONGEST_TEXT - len(note)] + note
    return _UNPRINTABLE.sub(_sign, text)


def _sign(match: re.Match[str]) -> str:
    """The picture that Unicode has for a control of ASCII; the replacement character for all others."""
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else "\ufffd"


def web_address(url: str) -> str:
    """The address where it is one of the web, to be linked; empty for any other scheme, such as that of a script."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_plain = not re.search(r"[\s\\]", url) and bool(parts.netloc)
    return url if is_plain and parts.scheme in ("http", "https") else ""


def shorten(text: str, length: int) -> str:
    """The text on one line, cut at a word where possible, with an ellipsis where something was cut."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[: max(length - 1, 0)]
    at_word = cut.rfind(" ")
    return (cut[:at_word] if at_word > length * 0.6 else cut).rstrip(" ,;:.") + "…"


LONGEST_PATH: Final = 4096
"what no path is longer than, with what stands at its ends"


def wrapped(text: str, width: int, most: int | None = None) -> list[str]:
    """The text on as many lines as it takes, or at most so many; a path stays whole, to be opened."""
    words = (word if "/" in word else shorten(word, width - 4) for word in text.split())
    return wrap(
        " ".join(word[:LONGEST_PATH] for word in words),
        width,
        subsequent_indent="    ",
        max_lines=most,
        placeholder=" …",
        break_long_words=False,
        break_on_hyphens=False,
    )


def clip(text: str, length: int) -> str:
    """A name on one line, with an ellipsis in its middle where it is too long; both its ends stay readable."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    tail = (length - 1) // 2
    return f"{line[: length - 1 - tail]}…{line[len(line) - tail :]}"


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it is due."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: list[str], most: int) -> str:
    """Names in a row, the first ones only where there are many."""
    more = [f"and {len(names) - most:,} more"] if len(names) > most else []
    return ", ".join([*names[:most], *more])
