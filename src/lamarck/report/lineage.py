"""The tree of learners in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text
from rich.tree import Tree

from lamarck.report.history import named
from lamarck.report.inert import inert
from lamarck.report.learners import Descent, learners
from lamarck.report.reader import Run
from lamarck.report.sound import Sound
from lamarck.report.words import when

STYLES = {
    "promoted": "green",
    "provisional": "yellow",
    "rolled back": "red",
    "no update": "dim",
    "recorded": "",
    "deferred": "dim",
}
"""How the terminal colours a decision."""


def lineage(reader: Run) -> Tree:
    """Who was made from whom, with the gate's word on each; champion and best are marked, and the moves by hand."""
    run = Sound(reader)
    made, marks = learners(run), _marks(run)
    known = {one.hash for one in made}
    root = Tree(Text(inert(f"{run.info.recipe} on {run.info.environment}", 200), style="bold"))
    _grow(root, [one for one in made if one.parent not in known], made, marks)
    for event in run.events():
        if event["kind"] == "manual":
            root.add(_move(event))
    return root


def _marks(run: Sound) -> dict[str, list[Text]]:
    """What later rounds and people said of a learner, by its hash."""
    views, info = run.rounds(), run.info
    several = len({view.stage for view in views}) > 1
    found: dict[str, list[Text]] = {}
    ruled = [(view, view.verdict) for view in views if view.verdict]
    for view, verdict in ruled:
        if verdict.withdrawn:
            said = f"withdrawn in round {named(view, several)}"
            found.setdefault(verdict.withdrawn, []).append(Text(said, style="red"))
    if ruled and ruled[-1][1].best != info.champion:  # it would take the champion's place
        found.setdefault(ruled[-1][1].best, []).append(Text("best"))
    if info.champion:
        said = "champion, by hand" if info.by_hand else "champion"
        found.setdefault(info.champion, []).append(Text(said, style="bold"))
    return found


def _move(event: Mapping[str, Any]) -> Text:
    """One move of the champion by a person."""
    words = [str(event.get(key, "")) for key in ("who", "action", "learner", "before", "why")]
    who, action, learner, before, why = (inert(word, 200) for word in words)
    did = "promoted" if action == "promote" else "rolled back to"
    return Text(
        f"{when(event['time'])}: {who} {did} {learner}, was {before}" + (f": {why}" if why else ""), style="dim"
    )


def _grow(branch: Tree, children: list[Descent], made: list[Descent], marks: Mapping[str, list[Text]]) -> None:
    for child in children:
        below = [one for one in made if one.parent == child.hash and one.hash != child.hash]
        _grow(branch.add(_line(child, marks.get(child.hash, []))), below, made, marks)


def _line(one: Descent, marks: list[Text]) -> Text:
    line = Text(one.hash)
    line.append(f"  round {one.round}" if one.round else f"  base {inert(one.model, 80)}".rstrip())
    if one.decision:
        line.append(f"  {one.decision}", style=STYLES.get(one.decision, ""))
    for mark in marks:
        line.append("  ").append_text(mark)
    return line
