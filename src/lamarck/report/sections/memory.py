"""What the run remembers: how much after each round, what stood before tasks most often, and what no longer holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from lamarck.core import Entry
from lamarck.memory import Version
from lamarck.report.history import named
from lamarck.report.inert import inert
from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.remembered import Known, id_of, known, solved
from lamarck.report.sections.accuracy import decision
from lamarck.report.sound import Seen, Sound
from lamarck.report.words import count, percent, points, span
from lamarck.trust.credit import Effect

MOST = 10
"""Entries that a table shows."""
LONG = 300
"""Characters of an entry that are shown."""
SUPERSEDED = "superseded: "
"""How the status of an entry begins that no longer holds; the reason follows."""
COUNTED = """Entries that hold, by kind, in the memory of each round's candidate; beneath, how many more or fewer than
the learner it was made from had."""
USED = """Of the champion's entries those in view most often. Outcomes are means over tasks, beside those of all tasks
solved without the entry since it was first in view; the difference is in points, with the 95 % interval. It tells what
went together and not what caused it: what is recalled is what is near. Against tasks of the same kind alone, type:"""


def memory(run: Sound) -> Html | None:
    """Three tables; None where no learner of the run remembers anything."""
    made = [(view, run.memory(view.candidate)) for view in run.rounds() if view.round and view.candidate]
    champion = run.info.champion or run.info.base
    entries = list(run.memory(champion).entries) if champion else []
    if not entries and not any(len(version.entries) for _, version in made):
        return None
    return join(_rounds(run, made), _used(run, entries), _gone(entries))


def _rounds(run: Sound, made: Sequence[tuple[Seen, Version]]) -> Html:
    several = len({view.stage for view in run.rounds()}) > 1
    found = [(view, version, standing(version)) for view, version in made]
    kinds = list(dict.fromkeys(kind for _, _, counts in found for kind in counts))
    rows: list[list[Node]] = []
    for view, version, counts in found:
        before = standing(run.memory(run.parent(view.candidate or "")))
        cells = [_cell(counts, before, kind) for kind in kinds]
        gone = len(version.entries) - sum(counts.values())
        said = view.verdict.decision if view.verdict else "not finished"
        rows.append([named(view, several), *cells, gone, decision(said)])
    head: list[Node] = ["round", *(inert(kind, 40) or "(no kind)" for kind in kinds), "superseded", "verdict"]
    return join(tag("p", COUNTED, class_="note"), table(head, rows))


def standing(version: Version) -> Mapping[str, int]:
    """How many entries of each kind hold. Nothing is decoded for it."""
    entries = version.entries
    kinds = dict.fromkeys(kind for segment in entries.segments for kind, _ in segment.runs)
    # an entry without a kind is found among all, for "" asks for every kind
    counts = Counter({kind: len(entries.standing(entries.of(kind))) for kind in kinds if kind})
    if "" in kinds:
        counts[""] = len(entries.standing(entries.of(""))) - sum(counts.values())
    return {kind: n for kind, n in counts.items() if n}


def _cell(counts: Mapping[str, int], before: Mapping[str, int], kind: str) -> Node:
    now, more = counts.get(kind, 0), counts.get(kind, 0) - before.get(kind, 0)
    return join(now, tag("small", f"{more:+,}".replace("-", "−"))) if more else now


def _used(run: Sound, entries: Sequence[Entry]) -> Html | None:
    if not entries:
        return None
    found = [(one, one.effect) for one in known(entries, solved(run)) if one.effect]
    if not found:
        return tag("p", "No entry of the champion's memory stood before a task.", class_="quiet")
    most = sorted(found, key=lambda pair: -pair[1].uses)[:MOST]
    head: list[Node] = ["entry", "kind", "in view", "with it", "without it", "difference"]
    asked = tag("code", f"lamarck memory why {run.path.name} ENTRY")
    rows = [_effect(one, effect) for one, effect in most]
    return join(tag("p", USED, " ", asked, class_="note"), table(head, rows, numbers=False))


def _effect(one: Known, effect: Effect) -> list[Node]:
    used = join(count(effect.uses, "solution"), tag("small", count(effect.tasks, "task")))
    row: list[Node] = [_said(one.entry), inert(one.entry.kind, 40) or "–", used, percent(effect.having)]
    if effect.lacking is None or effect.difference is None:
        return [*row, "–", "no task was solved without it"]
    mark = "above" if effect.low > 0 else "below" if effect.high < 0 else "open"
    told = tag("span", points(effect.difference), class_=f"gain {mark}")
    without = join(percent(effect.lacking), tag("small", count(effect.others, "task")))
    return [*row, without, join(told, tag("small", span(effect.low, effect.high)))]


def _gone(entries: Sequence[Entry]) -> Html | None:
    gone = [entry for entry in entries if entry.status]
    if not gone:
        return None
    shown = gone[-MOST:][::-1]
    newest = "" if len(shown) == len(gone) else f"; the {len(shown)} newest"
    holds = "holds" if len(gone) == 1 else "hold"
    note = f"{count(len(gone), 'entry', 'entries')} of the champion's memory no longer {holds}{newest}. "
    head: list[Node] = ["entry", "kind", "learned in round", "why it no longer holds"]
    rows: list[list[Node]] = [
        [_said(one), inert(one.kind, 40) or "–", one.round or "–", inert(one.status.removeprefix(SUPERSEDED), LONG)]
        for one in shown
    ]
    return join(tag("p", note, "Nobody is shown them.", class_="note"), table(head, rows, numbers=False))


def _said(entry: Entry) -> Html:
    """What an entry says, under its id."""
    return join(tag("code", id_of(entry)), " ", inert(entry.text, LONG))
