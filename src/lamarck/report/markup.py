"""HTML built from parts: what is not :class:`Html` is text, and becomes inert and escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable

from lamarck.report.inert import inert

VOID = {"meta", "br", "hr", "rect", "circle", "line"}
"""Elements without content or end tag here."""


class Html(str):
    """Markup that stands in a page as it is. Only this folder's own code makes it, never data."""

    __slots__ = ()


Node = str | int | Iterable["Node"] | None
"""What an element may hold: markup, text, numbers, nothing, or several of them."""


def tag(name: str, /, *children: Node, **attributes: str | int | float | bool | None) -> Html:
    """An element. ``class_`` gives ``class``, ``aria_label`` gives ``aria-label``; None and False are left out."""
    said = "".join(
        f" {_attribute(key)}" + ("" if value is True else f'="{_quoted(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{name}{said}/>") if name in VOID else Html(f"<{name}{said}>{join(*children)}</{name}>")


def join(*nodes: Node) -> Html:
    """Nodes one after the other."""
    return Html("".join(map(_rendered, nodes)))


def _rendered(node: Node) -> str:
    if isinstance(node, Html):
        return node
    if isinstance(node, str):
        return html.escape(inert(node, 20_000, lines=True))
    if node is None or isinstance(node, int):
        return "" if node is None else f"{node:,}"
    return "".join(map(_rendered, node))


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _quoted(value: str) -> str:
    return html.escape(inert(value, 1000))


def table(head: Iterable[Node], rows: Iterable[Iterable[Node]], *, numbers: bool = True) -> Html:
    """A table that scrolls inside its own box on a narrow page; the first column heads its row."""
    body = [
        tag("tr", *(tag("td" if i else "th", cell, scope=None if i else "row") for i, cell in enumerate(row)))
        for row in rows
    ]
    header = tag("tr", *(tag("th", cell, scope="col") for cell in head))
    inner = tag("table", tag("thead", header), tag("tbody", *body), class_="numbers" if numbers else None)
    return tag("div", inner, class_="scroll", tabindex="0")
