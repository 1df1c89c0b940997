"""The cycle, drawn with this recipe's operators in its slots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from lamarck.report.markup import Html, Node, join, tag
from lamarck.report.sections.heading import cycles, operators
from lamarck.report.sound import Sound

SLOTS = (
    ("objective", "Objective", "what is to improve"),
    ("tasks", "Tasks", "what to practise on"),
    ("solutions", "Solutions", "attempts at them"),
    ("feedback", "Feedback", "what the world says"),
    ("refinement", "Refinement", "what is worth learning"),
    ("updating", "Updating", "a candidate is made"),
    ("evaluation", "Evaluation", "is it better?"),
    ("next", "Gate and next", "keep or roll back"),
)
"""Slot of a cycle, its heading, and what happens there, in the survey's order."""

OBVIOUS = {"is", "name", "objective"}


def drawing(run: Sound) -> Html:
    """One picture a stage; the operators' settings stand beneath their names."""
    found = cycles(run.info.resolved)
    several = len(found) > 1
    return join([_picture(run, cycle, number if several else 0) for number, cycle in enumerate(found, 1)])


def _picture(run: Sound, cycle: dict[str, Any], stage: int) -> Html:
    rounds = cycle.get("rounds", 1)
    said = f"one turn a round, {rounds} rounds" if rounds != 1 else "one turn"
    title = f"Stage {stage} {cycle.get('name') or ''}".strip() + f", {said}" if stage else said.capitalize()
    boxes = [
        tag(
            "li",
            tag("h3", heading, tag("small", purpose)),
            list(_inside(run, cycle, slot)) or tag("p", "nothing", class_="quiet"),
            class_=f"slot {slot}",
        )
        for slot, heading, purpose in SLOTS
    ]
    return tag("figure", tag("figcaption", title), tag("ol", *boxes, class_="cycle"))


def _inside(run: Sound, cycle: dict[str, Any], slot: str) -> Iterator[Node]:
    if slot == "objective":
        goal = cast("dict[str, Any]", cycle.get("objective") or {})
        yield _operator(
            str(goal.get("ability", "")), {k: v for k, v in goal.items() if k in ("metric", "direction", "node")}
        )
        return
    if slot == "next":
        gate = run.info.gate if cycle.get("gated", True) else "no gate: a helper's stage"
        yield _operator(
            f"gate {gate}", {"alpha": run.info.alpha} if gate not in ("off",) and cycle.get("gated", True) else {}
        )
    for operator in operators(cycle.get(slot)):
        yield _operator(str(operator["is"]), operator)


def _operator(name: str, settings: Mapping[str, Any]) -> Html:
    said = [
        f"{key} {_value(value)}"
        for key, value in settings.items()
        if key not in OBVIOUS and value not in (None, "", [], {}, False)
    ]
    return tag("p", tag("b", name), tag("small", " · ".join(said)) if said else None)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(cast("dict[str, Any]", value).get("is", "…"))
    if isinstance(value, list):
        return ", ".join(_value(v) for v in cast("list[Any]", value))
    return "on" if value is True else str(value)
