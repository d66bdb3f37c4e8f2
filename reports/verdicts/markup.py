"""Papers in markup, as lines: the HTML that arXiv makes, and LaTeX of one file."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from string import ascii_uppercase
from typing import Final

APART: Final = re.compile("h[1-6]|p|figure|table|ul|ol|article|section")
"elements that an empty line sets apart from their neighbours"
BLOCKS: Final = re.compile(f"{APART.pattern}|div|tr|caption|figcaption|li|dt|dd")
UNREAD: Final = frozenset({"script", "style", "head", "nav"})
HEADINGS: Final = ("section", "subsection", "subsubsection")
FLOATS: Final = {"table": "Table", "figure": "Figure", "algorithm": "Algorithm"}
COMMANDS: Final = re.compile(
    r"\\(?P<heading>section|subsection|subsubsection)(?P<star>\*?)(?:\[[^\]]*\])?\{(?P<title>(?:[^{}]|\{[^{}]*\})*)\}"
    r"|\\(?P<step>begin|end)\{(?P<name>[A-Za-z]+)\*?\}(?:\[[^\]]*\])?"
    r"|\\(?P<appendix>appendix)\b"
    r"|\\(?P<caption>caption)(?:\[[^\]]*\])?\{"
)
UNSEEN: Final = re.compile(
    r"\\(?:label|ref|eqref|autoref|[cC]ref|cite[a-z]*|bibliography[a-z]*)\*?(?:\[[^\]]*\])*\{[^{}]*\}"
)


def lines_of_html(text: str) -> list[str]:
    """The lines of a page: a row of a table is one, and each formula is its LaTeX."""
    reader = _Page()
    reader.feed(text)
    reader.close()
    blocks = re.split(r"\s*\f\s*", "".join(reader.parts))
    return "\n\n".join(re.sub(r"\s*\n\s*", "\n", block) for block in blocks).split("\n")


class _Page(HTMLParser):
    """Gathers the text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unread: list[str] = []
        "the elements around this place whose text is not the paper's"
        self.rows = 0
        "how many rows of tables are around this place: what is inside a row stays on its line"
        self.figures = 0
        "how many figures: what is inside a figure stays together"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.unread:
            self.unread += [tag] * (tag == self.unread[0])
            return
        if tag == "math":
            self.parts.append(f" {' '.join((dict(attrs).get('alttext') or '').split())} ")
        if tag in UNREAD or (tag == "math" and dict(attrs).get("alttext")):
            self.unread.append(tag)
            return
        self._break(tag)
        self.rows += tag == "tr"
        self.figures += tag == "figure"
        if tag in ("td", "th", "br"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self.unread:
            self.unread = self.unread[:-1] if tag == self.unread[0] else self.unread
            return
        self.rows -= tag == "tr" and self.rows > 0
        self._break(tag)
        self.figures -= tag == "figure" and self.figures > 0

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if self.rows or not BLOCKS.fullmatch(tag):
            return
        apart = APART.fullmatch(tag) and not (self.figures and tag != "figure")
        self.parts.append("\f" if apart else "\n")


def lines_of_latex(text: str) -> list[str]:
    """The lines of a document, with the numbers that LaTeX gives to sections, tables and figures."""
    text = re.sub(r"(?<!\\)%.*", "", text)
    body = re.search(r"\\begin\{document\}(.*?)(\\end\{document\}|\Z)", text, re.DOTALL)
    text = UNSEEN.sub("", body[1] if body else text)
    parts, done, state = [], 0, _Numbering()
    for found in COMMANDS.finditer(text):
        parts += [text[done : found.start()], state.told(found)]
        done = found.end()
    return re.sub(r"\\\\(?:\[[^\]]*\])?\s*", "\n", "".join([*parts, text[done:]]).replace("&", " ")).splitlines()


class _Numbering:
    """Counts sections and floats as LaTeX's own classes do."""

    def __init__(self) -> None:
        self.levels = [0, 0, 0]
        self.appendix = False
        self.floats = dict.fromkeys(FLOATS, 0)
        self.around = ""

    def told(self, found: re.Match[str]) -> str:
        """What stands in the text in the place of a command."""
        if found["heading"]:
            return f"\n\n{self._heading(found)}\n\n"
        if found["appendix"]:
            self.appendix, self.levels = True, [0, 0, 0]
            return ""
        if found["caption"]:
            self.floats[self.around] = self.floats.get(self.around, 0) + 1
            return f"\n{FLOATS.get(self.around, 'Figure')} {self.floats[self.around]}: "
        if found["name"] in FLOATS:
            self.around = found["name"]
            return "\n\n"
        return "\n\nAbstract\n\n" if (found["step"], found["name"]) == ("begin", "abstract") else "\n"

    def _heading(self, found: re.Match[str]) -> str:
        if found["star"]:
            return found["title"]
        level = HEADINGS.index(found["heading"])
        self.levels[level:] = [self.levels[level] + 1, *[0] * (2 - level)]
        first = ascii_uppercase[self.levels[0] - 1] if self.appendix and self.levels[0] else str(self.levels[0])
        return f"{'.'.join([first, *map(str, self.levels[1 : level + 1])])} {found['title']}"
