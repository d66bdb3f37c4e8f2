"""Formulas between dollar signs as MathML, when the page is built: to read them takes no script and no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from verdicts.views.formulas import drawn

if TYPE_CHECKING:
    import re

    from markdown import Markdown

AFTER_CODE = 185  # between the priorities of code spans and of backslashes


class Formulas(Extension):
    r"""`$x^2$` within a line, `$$\sum_i x_i$$` on a line of its own."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Markdown's name
        """Register both."""
        md.inlinePatterns.register(_Formula(r"\$\$(.+?)\$\$", md), "formula", AFTER_CODE + 1)
        md.inlinePatterns.register(_Formula(r"\$(?=\S)([^$\n]+?)(?<=\S)\$", md), "formula in a line", AFTER_CODE)


class _Formula(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # type: ignore[override]  # noqa: ARG002, N802
        markup, fault = drawn(" ".join(m[1].split()))
        if fault:
            raise ValueError(f"formula {m[0]!r}: {fault}")
        text = str(markup).replace('display="block"', 'display="inline"')
        if m[0].startswith("$$"):
            text = f'<span class="wide" tabindex="0">{markup}</span>'
        return self.md.htmlStash.store(text), m.start(0), m.end(0)
