"""What was kept apart from learning: how often it was looked at, and what leaked and was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lamarck.report.inert import inert
from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.sound import Sound
from lamarck.report.words import count

PLACES = {
    "tasks": "new tasks",
    "batch": "experiences to learn from",
    "examples": "labelled examples",
    "rows": "training rows",
    "memory": "memories",
    "prompt": "prompts",
}
"""Where held-out items are looked for, as the event "leaked" names it."""
SHOWN = 20
"""Reasons that are told one by one."""


def held_out(run: Sound) -> Html:
    """Looks at both splits; then a row a place where something leaked."""
    return join(_looks(run), _leaks([event for event in run.events() if event.get("kind") == "leaked"]))


def looks(events: Sequence[Mapping[str, Any]]) -> tuple[int, int, int]:
    """How often scorecards were made for the gate, on sealed items, and on these by hand after the run."""
    selection = sum(event.get("kind") == "look" for event in events)
    sealed = sum(event.get("kind") == "committed" and event.get("name") == "sealed" for event in events)
    return selection, sealed, sum(event.get("kind") == "looked" and event.get("split") == "sealed" for event in events)


def _looks(run: Sound) -> Html:
    selection, sealed, by_hand = looks(run.events())
    items = {item for view in run.rounds() for card in view.scorecards for item in card.target.items}
    said = f"Selection: {count(selection, 'look')}, {count(len(items), 'different item')} in the first of each round. "
    said += f"Sealed: {count(sealed, 'look')}." if sealed else "Sealed: not looked at yet."
    warning = (
        f"The sealed items were looked at {by_hand} more {'time' if by_hand == 1 else 'times'} by hand, so the sealed "
        "test is no longer one of unseen items."
    )
    return join(tag("p", said, class_="note"), tag("p", warning, class_="warning") if by_hand else None)


def _leaks(events: Sequence[Mapping[str, Any]]) -> Html:
    if not events:
        return tag("p", "Nothing that was written held one of them.", class_="note")
    rows: list[list[Node]] = []
    for place, name in PLACES.items():
        mine = [event for event in events if event.get("where") == place]
        into, out = (sum(int(event.get(key) or 0) for event in mine) for key in ("into", "out"))
        if mine:
            rows.append([name, f"{into:,}", f"{into - out:,}"])
    reasons = list(dict.fromkeys(str(reason) for event in events for reason in event.get("reasons") or ()))
    more = [tag("li", f"and {count(len(reasons) - SHOWN, 'other')}")] if len(reasons) > SHOWN else []
    return join(
        tag("p", "These held a held-out item and were refused; nothing was learned from them.", class_="warning"),
        table(["", "looked at", "refused"], rows),
        tag("ul", [tag("li", inert(reason, 200)) for reason in reasons[:SHOWN]], more),
    )
