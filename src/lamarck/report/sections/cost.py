"""What each round cost: samples, tokens, and seconds by phase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.samples import Look
from lamarck.report.sound import Seen, Sound
from lamarck.report.words import lasting

PHASES = ("tasks", "feedback", "refinement", "updating", "evaluation")
"""In the order they run; ``feedback`` includes sampling the solutions."""

NAMES = {"feedback": "solutions, feedback"}

NOTE = """Wall clock, as committed; a phase that was broken off and begun again counts its last run. Round 0 is the
base's evaluation, the end the sealed test."""


At = tuple[Any, Any]
"""Stage and round."""


def cost(run: Sound, looks: Sequence[Look]) -> Html:
    """A row a round and a total."""
    events = list(run.events())
    spent = seconds(events)
    seen = {(look.view.stage, look.view.round): look for look in looks}
    trained = {at: _trained(look.view, events) for at, look in seen.items()}
    if not seen and not spent:
        return tag("p", "Nothing is spent yet.", class_="quiet")
    head: list[Node] = ["round", "samples", "tokens read", "written", "trained on"]
    head += [*(NAMES.get(p, p) for p in PHASES), "sum"]
    several = len({stage for stage, _ in seen}) > 1
    rows: list[list[Node]] = []
    for at in sorted({*seen, *spent}, key=lambda at: (at == END, at)):
        look = seen.get(at)
        mine = [look.samples, look.read, look.written, trained[at]] if look else [0, 0, 0, 0]
        rows.append([_called(at, several), *map(_count, mine), *_times(spent.get(at, {}))])
    total = {phase: sum(one.get(phase, 0.0) for one in spent.values()) for phase in PHASES}
    sums = [sum(getattr(look, name) for look in looks) for name in ("samples", "read", "written")]
    rows.append(["all", *map(_count, [*sums, sum(trained.values())]), *_times(total)])
    return join(tag("div", table(head, rows), class_="totals"), _shares(total), tag("p", NOTE, class_="note"))


END: At = (-1, -1)
"""Where the sealed test's seconds are counted."""


def seconds(events: Sequence[Mapping[str, Any]]) -> dict[At, dict[str, float]]:
    """Seconds by stage and round, then by phase, as the log's "committed" events have them."""
    found: dict[At, dict[str, float]] = {}
    for event in events:
        name, spent = str(event.get("name")), event.get("seconds")
        if event.get("kind") != "committed" or not isinstance(spent, int | float) or name not in (*PHASES, "sealed"):
            continue
        at = END if name == "sealed" else (event.get("stage"), event.get("round"))
        found.setdefault(at, {})["evaluation" if name == "sealed" else name] = float(spent)
    return found


def _called(at: At, several: bool) -> str:
    stage, number = at
    return "end" if at == END else f"{stage + 1}.{number}" if several else str(number)


def _trained(view: Seen, events: Sequence[Mapping[str, Any]]) -> int:
    """Tokens that the training of a round's candidate went through."""
    tokens = [e.get("tokens") for e in events if e.get("kind") == "trained" and e.get("learner") == view.candidate]
    return next((t for t in reversed(tokens) if isinstance(t, int)), 0)


def _times(spent: Mapping[str, float]) -> list[Node]:
    return [
        *(lasting(spent[p]) if spent.get(p) else "–" for p in PHASES),
        lasting(sum(spent.get(p, 0.0) for p in PHASES)),
    ]


def _count(number: int) -> Node:
    return number or "–"


def _shares(total: Mapping[str, float]) -> Html | None:
    """One bar: which phase the time went to."""
    whole, left, parts = sum(total.values()), 0.0, list[Html]()
    if not whole:
        return None
    for i, phase in enumerate(PHASES):
        width = 100 * total[phase] / whole
        parts.append(tag("rect", x=f"{left:.2f}%", width=f"{width:.2f}%", height="100%", class_=f"fill-phase{i}"))
        left += width
    keys = [
        tag("span", f"{NAMES.get(p, p)} {100 * total[p] / whole:.0f} %", class_=f"key phase{i}")
        for i, p in enumerate(PHASES)
        if total[p]
    ]
    return join(tag("svg", *parts, class_="bar shares", aria_hidden="true"), tag("p", keys, class_="keys"))
