"""Plain text, Markdown and HTML as paragraphs, each with the headings above it and its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*$")
UNDERLINE = re.compile(r"(=|-){3,}\s*$")
RULE = re.compile(r"\s*([-*_])(\s*\1){2,}\s*$")
FENCE = re.compile(r"\s*(```|~~~)")
SILENT = {"script", "style", "nav", "aside", "footer", "noscript", "template", "svg", "form", "button", "head"}
"""Elements whose text is none of the document's."""
FLOWING = {
    "a", "abbr", "b", "bdi", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark",
    "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "img",
}  # fmt: skip
"""Elements that do not end a paragraph."""
VOID = {"br", "hr", "img", "input", "link", "meta", "wbr", "area", "base", "col", "embed", "source", "track"}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A paragraph."""

    text: str
    place: str
    """Where in its document: "line 12", "page 3", "row 7"."""
    heading: str = ""
    """The headings above it, outermost first, parted by " > "."""


def plain(text: str, place: str = "") -> Iterator[Block]:
    """Paragraphs of plain text: what empty lines part, or single lines where no line is empty."""
    lines = text.splitlines()
    single = not any(not line.strip() for line in "\n".join(lines).strip().splitlines())
    start, part = 0, list[str]()
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            start = start or number
            part.append(line.strip())
        if part and (single or not line.strip()):
            yield Block(text="\n".join(part), place=place or f"line {start}")
            start, part = 0, []


def markdown(text: str) -> Iterator[Block]:
    """Paragraphs under their headings; code between fences is one paragraph, a page's own front matter is none."""
    lines = text.splitlines()
    first = _after_matter(lines)
    trail, part, start, fenced = list[tuple[int, str]](), list[str](), 0, ""

    def closed() -> Iterator[Block]:
        if said := "\n".join(part).strip():
            yield Block(text=said, place=f"line {start}", heading=_trail(trail))
        part.clear()

    for number, line in enumerate(lines[first:], first + 1):
        mark = FENCE.match(line)
        if mark and fenced in ("", mark[1]):
            fenced = "" if fenced else mark[1]
        found = None if fenced else HEADING.match(line)
        under = None if fenced or len(part) != 1 or number - 1 != start else UNDERLINE.match(line)
        if found or under:
            title = found[2] if found else part.pop()
            yield from closed()
            depth = len(found[1]) if found else 1 if line.startswith("=") else 2
            trail = [each for each in trail if each[0] < depth] + [(depth, title.strip())]
        elif (line.strip() and not RULE.match(line)) or fenced:
            start = number if not part else start
            part.append(line.rstrip())
        else:
            yield from closed()
    yield from closed()


def html(text: str) -> Iterator[Block]:
    """Paragraphs of a page under its headings, without scripts, navigation and footers."""
    page = _Page()
    page.feed(text)
    page.close()
    page.end()
    yield from page.blocks


class _Page(HTMLParser):
    """Collects a page's paragraphs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks = list[Block]()
        self._part, self._silent, self._start = list[str](), 0, 1
        self._trail, self._depth, self._whole = list[tuple[int, str]](), 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            self._part.append("\n" if tag == "br" else "")
            return
        self._silent += tag in SILENT
        self._whole += tag == "pre"
        if tag not in FLOWING:
            self.end()
        if re.fullmatch(r"h[1-6]", tag):
            self._depth = int(tag[1])

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(0, self._silent - 1)
        if tag not in FLOWING and tag not in VOID:
            self.end()
        if tag == "pre":
            self._whole = max(0, self._whole - 1)
        if re.fullmatch(r"h[1-6]", tag):
            self._depth = 0

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if not self._part:
            self._start = self.getpos()[0]
        self._part.append(data if self._whole else re.sub(r"\s+", " ", data))

    def end(self) -> None:
        """Close the paragraph, or the heading, that is open."""
        said = "".join(self._part).strip()
        self._part.clear()
        if not said:
            return
        if self._depth:
            above = [each for each in self._trail if each[0] < self._depth]
            self._trail = [*above, (self._depth, " ".join(said.split()))]
        else:
            self.blocks.append(Block(text=said, place=f"line {self._start}", heading=_trail(self._trail)))


def _trail(trail: Sequence[tuple[int, str]]) -> str:
    return " > ".join(title for _, title in trail)


def _after_matter(lines: Sequence[str]) -> int:
    """How many lines a front matter between two `---` takes at the beginning."""
    if not lines or lines[0].strip() != "---":
        return 0
    return next((at + 1 for at, line in enumerate(lines[1:200], 1) if line.strip() == "---"), 0)
