"""`lamarck diff`: where two recipes differ, or two learners."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, get_origin

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lamarck import recipes, trainers
from lamarck.api.remembering import seen
from lamarck.api.results import of_run
from lamarck.core import Learner, Method, UsageError
from lamarck.report import differing, inert
from lamarck.report.differing import Difference
from lamarck.store import find

MOST = 12
"""Lines of tensors or memories that are shown of each side."""
LONG = 400
"""Characters of a text that are shown."""


def command(
    left: Annotated[str, typer.Argument(help="A recipe (name or FILE.py), or a learner RUN:champion, RUN:<hash>.")],
    right: Annotated[str, typer.Argument(help="What it is compared with, of the same sort.")],
) -> None:
    """Two recipes: the slots that differ. Two learners: their weights, memory, prompt and way of answering."""
    ofs = [":" in name and not name.endswith(".py") for name in (left, right)]
    if ofs[0] != ofs[1]:
        raise UsageError(f"{left} and {right} are not of one sort; give two recipes, or two learners RUN:champion")
    lines = _learners(left, right) if all(ofs) else _methods(left, right)
    console = Console(highlight=False)
    for line in lines:
        console.print(line)


def _methods(left: str, right: str) -> Iterator[Table | Text]:
    yield _table(differing.methods(_built(left), _built(right)), left, right)


def _built(name: str) -> Method:
    """The method with its defaults; an option that must be given stands as its own name."""
    recipe = recipes.load(name)
    needed = {
        n: _standing(n, kind) for n, (kind, default) in recipe.options.items() if default is inspect.Parameter.empty
    }
    return recipe(**needed)


def _standing(name: str, kind: Any) -> Any:
    return (f"<{name}>", f"<more {name}>") if get_origin(kind) in (tuple, list) else f"<{name}>"


def _learners(left: str, right: str) -> Iterator[Table | Text]:
    one, other = (_learner(name) for name in (left, right))
    found = differing.learners(one, other)
    yield _table(found, left, right)
    for difference in found:
        if difference.place == "model":
            yield from _weights(one, other)
        if difference.place == "prompt":
            yield Text("\n".join(inert(line, LONG) for line in differing.prompts(one.prompt, other.prompt)))
        if difference.place == "memory":
            yield from _memories((left, one), (right, other))


def _learner(name: str) -> Learner:
    learner = of_run(name)
    if learner is None:
        raise UsageError(f"{name} names no learner of a run; type RUN:champion, or RUN:<hash> as lamarck lineage says")
    return learner


def _weights(one: Learner, other: Learner) -> Iterator[Text]:
    if not (one.model.folder and other.model.folder):
        return
    found = trainers.distances(Path(one.model.folder), Path(other.model.folder))
    moved = sorted(((name, gap) for name, gap in found.items() if gap), key=lambda each: -each[1])
    yield Text(f"\nweights: {len(moved)} of {len(found)} tensors differ; the most, by relative distance:")
    for name, gap in moved[:MOST]:
        said = "only in one, or of another shape" if math.isinf(gap) else f"{gap:.3g}"
        yield Text(f"  {inert(name, 120)}  {said}")


def _memories(left: tuple[str, Learner], right: tuple[str, Learner]) -> Iterator[Text]:
    held = [seen(find(name.rpartition(":")[0]).absolute()).open(one.memory).entries for name, one in (left, right)]
    sides: Sequence[list[str]] = differing.entries(*held)
    for (name, _), texts in zip((left, right), sides, strict=True):
        yield Text(f"\nmemory: {len(texts)} entries only in {inert(name, 80)}")
        for text in texts[:MOST]:
            yield Text(f"  {inert(text, LONG)}")


def _table(found: Sequence[Difference], left: str, right: str) -> Table | Text:
    if not found:
        return Text(f"{inert(left, 80)} and {inert(right, 80)} are the same")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("where", left, right):
        table.add_column(inert(heading, 80), overflow="fold")
    for each in found:
        table.add_row(Text(each.place, "cyan"), *(Text(inert(side, LONG) or "-") for side in (each.left, each.right)))
    return table
