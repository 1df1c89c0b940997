"""The tree of learners in the terminal."""

from __future__ import annotations

from rich.text import Text
from rich.tree import Tree

from lamarck.report.inert import inert
from lamarck.report.learners import Descent, learners
from lamarck.report.reader import Run
from lamarck.report.sound import Sound

STYLES = {"promoted": "green", "provisional": "yellow", "rolled back": "red", "no update": "dim", "recorded": ""}
"""How the terminal colours a decision."""


def lineage(reader: Run) -> Tree:
    """Who was made from whom, with the gate's word on each; the champion is marked."""
    run = Sound(reader)
    made = learners(run)
    known = {one.hash for one in made}
    root = Tree(Text(inert(f"{run.info.recipe} on {run.info.environment}", 200), style="bold"))
    _grow(root, [one for one in made if one.parent not in known], made)
    return root


def _grow(branch: Tree, children: list[Descent], made: list[Descent]) -> None:
    for child in children:
        below = [one for one in made if one.parent == child.hash and one.hash != child.hash]
        _grow(branch.add(_line(child)), below, made)


def _line(one: Descent) -> Text:
    line = Text(one.hash)
    line.append(f"  round {one.round}" if one.round else f"  base {inert(one.model, 80)}".rstrip())
    if one.decision:
        line.append(f"  {one.decision}", style=STYLES.get(one.decision, ""))
    if one.is_champion:
        line.append("  champion", style="bold")
    return line
