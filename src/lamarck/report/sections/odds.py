"""Beside the gate's verdicts: the odds that a candidate is better, what more items would show, and cases lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.text import Text

from lamarck.core import MUST_PASS, Score, Scorecard
from lamarck.report.history import named
from lamarck.report.inert import inert
from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.sound import Seen, Sound
from lamarck.report.words import count, percent, points, span
from lamarck.trust.posterior import Odds, odds
from lamarck.trust.sizing import cheapest, needed, spread

NOTE = """The gate decides; these are odds to read beside it. Candidate against the champion of that round, paired by
item, on the first look's items. The prior is worth one item, half of it won and half lost; the interval holds 95 % of
the posterior. A gain of 5 points would be shown, at 95 % and four times in five, by so many items in all."""
TRIALS = re.compile(r"pass@(\d+)")
GAIN = 0.05
LISTED = 5
"""Cases that are named."""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """One round's candidate beside the champion before it."""

    label: str
    decision: str
    metric: str
    odds: Odds
    trials: int
    """Of each item by either learner."""
    needed: int
    """Items of so many trials that show the gain."""
    cheapest: tuple[int, int] | None
    """Items and trials that show it with the fewest calls, where that is another number of trials."""
    lost: tuple[str, ...]
    """Cases that must pass, which the champion passes and the candidate fails."""


def beside(run: Sound) -> Iterator[Beside]:
    """Every round with a verdict on two learners."""
    several = len({view.stage for view in run.rounds()}) > 1
    for view in run.rounds():
        if view.verdict and view.round and len(view.scorecards) > 1 and view.verdict.decision != "no update":
            yield _beside(view, view.scorecards[0], view.scorecards[1], several)


def odds_of(run: Sound) -> Html:
    """A row a round, then the cases that were lost."""
    rows = list(beside(run))
    if not rows:
        return tag("p", "No candidate was compared yet.", class_="quiet")
    head: list[Node] = ["round", "metric", "chance to be better", "difference", "items", "5 points need", "verdict"]
    body = [[one.label, one.metric, _chance(one), _difference(one), *_items(one), one.decision] for one in rows]
    lost = [tag("p", f"Round {one.label}: {_lost(one)}", class_="warning") for one in rows if one.lost]
    return join(tag("p", NOTE, class_="note"), table(head, body), lost)


def told(run: Sound) -> Text:
    """The same for the terminal."""
    rows = list(beside(run))
    if not rows:
        return Text("No candidate was compared yet.")
    text = Text(" ".join(NOTE.split()))
    for one in rows:
        items, more = _items(one)
        text.append(f"\n\nround {one.label}, {one.decision}: ", style="bold")
        text.append(f"better with a chance of {_chance(one)}; {one.metric} {points(one.odds.difference.value)} points ")
        text.append(f"({span(one.odds.difference.low, one.odds.difference.high)}) on {items}; 5 points need {more}")
        text.append(f"\n  {_lost(one)}" if one.lost else "", style="red")
    return text


def _beside(view: Seen, candidate: Scorecard, champion: Scorecard, several: bool) -> Beside:
    metric = candidate.metric if candidate.metric in candidate.target.metrics else next(iter(candidate.target.metrics))
    mine, theirs = (_by_item(card.target, metric) for card in (candidate, champion))
    shared = [item for item in mine if item in theirs]
    trials = _trials(candidate.target) if metric == "pass@1" else 1
    found = spread([mine[item] for item in shared], [theirs[item] for item in shared], trials)
    design = cheapest(found, effect=GAIN)
    return Beside(
        label=named(view, several),
        decision=view.verdict.decision if view.verdict else "",
        metric=metric,
        odds=odds([mine[item] - theirs[item] for item in shared]),
        trials=trials,
        needed=needed(found, trials, effect=GAIN),
        cheapest=(design.tasks, design.trials) if design and design.trials != trials else None,
        lost=_cases(candidate, champion),
    )


def _by_item(score: Score, metric: str) -> Mapping[str, float]:
    return dict(zip(score.items, score.metrics.get(metric, ()), strict=False))


def _trials(score: Score) -> int:
    """Samples an item: the largest k of its pass@k."""
    return max((int(found[1]) for name in score.metrics if (found := TRIALS.fullmatch(name))), default=1)


def _cases(candidate: Scorecard, champion: Scorecard) -> tuple[str, ...]:
    sides = [next((s for s in card.scores if s.ability == MUST_PASS), None) for card in (candidate, champion)]
    if sides[0] is None or sides[1] is None:
        return ()
    mine, theirs = (_by_item(side, "held") for side in sides if side)
    return tuple(item for item, value in mine.items() if value == 0 and theirs.get(item) == 1)


def _chance(one: Beside) -> str:
    return percent(one.odds.better)


def _difference(one: Beside) -> Node:
    found = one.odds.difference
    return join(points(found.value), tag("small", span(found.low, found.high)))


def _items(one: Beside) -> tuple[str, str]:
    """The items there were, and those that would show the gain."""
    of = f" of {one.trials} trials" if one.trials > 1 else ""
    cheap = f", or with the fewest calls {one.cheapest[0]:,} of {one.cheapest[1]}" if one.cheapest else ""
    return f"{count(one.odds.difference.items, 'item')}{of}", f"{one.needed:,}{of}{cheap}"


def _lost(one: Beside) -> str:
    shown = ", ".join(inert(item, 80) for item in one.lost[:LISTED])
    rest = f" and {len(one.lost) - LISTED} more" if len(one.lost) > LISTED else ""
    return f"{count(len(one.lost), 'case')} that must pass lost: {shown}{rest}"
