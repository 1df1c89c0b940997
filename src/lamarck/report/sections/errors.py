"""What goes wrong: failures in groups, each with its size and examples."""

from __future__ import annotations

from rich.text import Text

from lamarck.report.grouping import Errors, Example, Group
from lamarck.report.grouping import errors as errors_of
from lamarck.report.inert import inert
from lamarck.report.markup import Html, join, tag
from lamarck.report.sound import Sound
from lamarck.report.words import count, percent

SHOWN = 6
"""Groups of each sort."""
NONE = "No round has tried anything that was checked yet."
EVEN = "No group of tasks or answers fails clearly more than the rest."


def errors(run: Sound) -> Html:
    """A list of the groups, the examples of each in a fold."""
    found = errors_of(run)
    if found is None:
        return tag("p", NONE, class_="quiet")
    parts = [(title, _listed(groups) if groups else tag("p", EVEN, class_="quiet")) for title, groups in _sorts(found)]
    return join(tag("p", _head(found), class_="note"), [join(tag("h3", title), body) for title, body in parts])


def told(run: Sound) -> Text:
    """The same for the terminal."""
    found = errors_of(run)
    if found is None:
        return Text(NONE)
    text = Text(_head(found))
    for title, groups in _sorts(found):
        text.append(f"\n\n{title}\n", style="bold")
        if not groups:
            text.append(f"  {EVEN}\n")
        for number, one in enumerate(groups, 1):
            text.append(f"\n  {number}. ")
            text.append(inert(one.name, 160), style="cyan")
            text.append(f": {_said(one)}\n")
            for example in one.examples:
                text.append(f"     {_line(example, 100)}\n", style="dim")
    return text


def _sorts(found: Errors) -> list[tuple[str, list[Group]]]:
    where = [one for one in found.groups if one.kind != "said"][:SHOWN]
    said = [one for one in found.groups if one.kind == "said"][:SHOWN]
    return [("Where it fails more than elsewhere", where)] + ([("What the check says", said)] if said else [])


def _head(found: Errors) -> str:
    share = percent(found.failed / found.samples)
    return (
        f"Practice of round {found.label}: {found.failed:,} of {count(found.samples, 'sample')} failed ({share}). "
        "A group stands here where its failures are more than the rest's share explains, at the cautious ends of both "
        "95 % intervals; groups overlap. Selection nodes are of the last evaluation."
    )


def _said(one: Group) -> str:
    if one.kind == "said":
        return f"{one.failed:,} of {count(one.of, 'failure')} ({percent(one.failed / one.of)})"
    return f"{one.failed:,} of {one.of:,} failed ({percent(one.failed / one.of)}), elsewhere {percent(one.rest)}"


def _listed(groups: list[Group]) -> Html:
    return tag("ol", [_item(one) for one in groups])


def _item(one: Group) -> Html:
    shown = [tag("li", tag("code", inert(e.id, 120)), " ", _line(e, 300)) for e in one.examples]
    fold = tag("details", tag("summary", "examples"), tag("ul", shown)) if shown else None
    return tag("li", tag("b", inert(one.name, 160)), f": {_said(one)}", fold)


def _line(example: Example, most: int) -> str:
    """A failure in one line: what was asked, what came, what was said of it."""
    parts = [inert(example.task, most)]
    parts += [f"→ {inert(example.answer, most)}"] if example.answer else []
    parts += [f"({inert(example.said, most)})"] if example.said else []
    return " ".join(parts)
