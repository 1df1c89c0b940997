"""What each round tried to improve, and why that."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, cast

from lamarck.core import Objective
from lamarck.report.history import named
from lamarck.report.markup import Html, table, tag
from lamarck.report.sections.heading import cycles
from lamarck.report.sound import Sound


def objectives(run: Sound) -> Html:
    """A row for each stretch of rounds with one objective, and why it was chosen."""
    views = run.rounds()
    several = len({view.stage for view in views}) > 1
    before = {(view.stage, view.round + 1): view for view in views}  # at a round's end, for the next
    rows: list[tuple[str, list[str]]] = []
    for view in views:
        if view.round:
            last = before.get((view.stage, view.round))
            cells = _cells(last.objective if last else None) or _first(run, view.stage)
            why = last.reason if last and last.objective else "the recipe's own"
            rows.append((named(view, several), [*cells, why]))
    if not rows:
        return tag("p", "No objective was chosen yet.", class_="quiet")
    grouped = [(list(group), cells) for cells, group in groupby(rows, key=lambda row: row[1])]
    shown = [[_rounds([name for name, _ in group]), *cells] for group, cells in grouped]
    return table(["round", "ability", "node", "parameters", "metric", "why"], shown, numbers=False)


def _rounds(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _cells(objective: Objective | None) -> list[str]:
    if objective is None:
        return []
    parameters = ", ".join(f"{key} {value}" for key, value in objective.parameters.items())
    return [objective.ability, objective.node or "the whole", parameters or "–", objective.metric]


def _first(run: Sound, stage: int) -> list[str]:
    """The objective that a stage begins with, as the recipe describes it."""
    found = cycles(run.info.resolved)
    goal: Any = found[stage % len(found)].get("objective") if found else None
    if not isinstance(goal, Mapping):
        return ["–"] * 4
    told = cast("Mapping[str, Any]", goal)
    parameters = ", ".join(f"{key} {value}" for key, value in dict(told.get("parameters") or {}).items())
    return [str(told.get("ability")), str(told.get("node") or "the whole"), parameters or "–", str(told.get("metric"))]
