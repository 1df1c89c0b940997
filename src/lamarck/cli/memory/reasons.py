"""`lamarck memory why`: where an entry came from, and whether it helped."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from lamarck.cli.memory.held import EntryId, RunName, entry, held, sources
from lamarck.core import Entry
from lamarck.report import inert
from lamarck.report.reader import Run
from lamarck.report.recalls import Try, effect, tries

MOST = 12
"""Tries that are listed."""
LONG = 300


def why(run: RunName, wanted: EntryId) -> None:
    """Say which experience and round an entry came from, when it was recalled, and what became of those tries."""
    found, console = held(run), Console(highlight=False)
    one = entry(found.memory.entries, wanted)
    for said in (*_origin(one, found.reader), *_use(one, tries(found.reader, one))):
        console.print(Text(said), soft_wrap=True)


def _origin(one: Entry, run: Run) -> Iterator[str]:
    yield inert(one.text, LONG)
    made = one.experience
    number = one.round or (made.origin.round if made else 0)
    when = f"in round {number}" if number else "in no round that it names"
    yield f"learned {when}, from {inert(one.source, LONG) or 'no source that it names'}"
    if made:
        yield f"the experience is {made.id}, by learner {made.origin.learner or '?'}, {made.origin.operator or '?'}"
    elif one.source:
        named = set(sources(one))
        for view in run.rounds():
            for each in run.batch(view.stage, view.round, "feedback"):
                if each.id in named or (each.task.id in named and number in (0, view.round)):
                    yield f"its source is the try {inert(each.id, LONG)} of round {view.round}, score {each.score:g}"
    if one.status:
        yield inert(one.status, LONG)


def _use(one: Entry, found: list[Try]) -> Iterator[str]:
    shown = [each for each in found if each.shown]
    if not shown:
        yield "it was never recalled"
        return
    yield f"recalled {len(shown)} times:"
    for each in shown[:MOST]:
        yield f"  round {each.round}  {inert(each.experience.id, 80)}  score {each.experience.score:g}"
    if len(shown) > MOST:
        yield f"  and {len(shown) - MOST} times more"
    made = effect(one, found)
    where = "its stream" if one.stream else "the same kind"
    if made is None or made.difference is None:
        yield f"no task of {where} was solved without it, so nothing can be said of its effect"
        return
    yield (
        f"mean outcome of {made.tasks} tasks with it less that of {made.others} of {where} without it: "
        f"{made.difference:+.3f} (95 % interval {made.low:+.3f} to {made.high:+.3f})"
    )
    yield "that is what went together and not what caused it: what is recalled is what is near"
