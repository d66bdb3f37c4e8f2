"""LaTeX as MathML that is safe to put into a page; a formula that cannot be drawn is a fault, not an exception."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.etree import ElementTree as ET

from markupsafe import Markup

from verdicts.views.plain import printable, shorten

if TYPE_CHECKING:
    from verdicts.records import Ledger

MATHML: Final = "http://www.w3.org/1998/Math/MathML"
ELEMENTS: Final = (
    "math", "menclose", "merror", "mfenced", "mfrac", "mi", "mlabeledtr", "mmultiscripts", "mn", "mo", "mover",
    "mpadded", "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup",
    "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "none",
)  # fmt: skip
UNSAFE_ATTRIBUTES: Final = {"href", "src", "style", "id", "class"}
LONGEST: Final = 4_000  # characters; the converter takes time that grows faster than a formula
DEEPEST: Final = 60  # braces within braces; the converter recurses


class Drawing(NamedTuple):
    """A formula as MathML, or why it could not be drawn."""

    markup: Markup
    fault: str


class _FormulaError(ValueError):
    """LaTeX that cannot be shown as MathML."""


def faults(ledger: Ledger) -> list[str]:
    """A line for each claim whose formula cannot be drawn, in the ledger's order."""
    drawings = ((claim["id"], drawn(printable(claim["tex"]))) for claim in ledger["claims"] if claim["tex"])
    return [f"claim {printable(id)!r}: tex: {drawing.fault}" for id, drawing in drawings if drawing.fault]


@cache
def drawn(tex: str) -> Drawing:
    """The formula drawn, once for all views of it."""
    try:
        return Drawing(_mathml(tex), "")
    except _FormulaError as error:
        return Drawing(Markup(), str(error))


def _mathml(tex: str) -> Markup:
    from latex2mathml.converter import convert

    if len(tex) > LONGEST or _depth(tex) > DEEPEST:
        raise _FormulaError(f"expected a formula of at most {LONGEST:,} characters and {DEEPEST} braces deep")
    try:
        text = convert(tex, display="block")
        root = ET.fromstring(text)  # noqa: S314  # the converter's own output, of bounded size
    except Exception as error:  # whatever a converter raises for malformed LaTeX
        reason = shorten(str(error), 200) or type(error).__name__
        raise _FormulaError(f"expected LaTeX that converts to MathML: {reason}") from error
    leaked = next((words for words in root.itertext() if "\\" in words), None)
    if leaked is not None or "\\" in text:
        raise _FormulaError(f"expected LaTeX macros that MathML has, found {shorten(leaked or tex, 200)}")
    for element in root.iter():
        unsafe = UNSAFE_ATTRIBUTES.intersection(element.attrib)
        if element.tag.removeprefix(f"{{{MATHML}}}") not in ELEMENTS or unsafe:
            raise _FormulaError(f"expected a formula and nothing else, found {element.tag} {' '.join(sorted(unsafe))}")
    return Markup(text.replace(f' xmlns="{MATHML}"', ""))  # noqa: S704  # well-formed MathML, checked above


def _depth(tex: str) -> int:
    """How deep braces stand within braces, escaped ones included: a bound is all that is asked for."""
    deepest = depth = 0
    for sign in tex:
        depth += (sign == "{") - (sign == "}")
        deepest = max(deepest, depth)
    return deepest
