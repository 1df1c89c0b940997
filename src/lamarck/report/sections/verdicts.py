"""What the gate said, round by round, in words."""

from __future__ import annotations

from lamarck.core import Comparison, Verdict
from lamarck.report.history import named
from lamarck.report.markup import Html, join, tag
from lamarck.report.sections.accuracy import decision
from lamarck.report.sound import Seen, Sound
from lamarck.report.words import count, points, span

MEANINGS = {
    "promoted": "the candidate became the champion",
    "provisional": "the candidate became the champion for now: the items could not show that it is safe",
    "rolled back": "the candidate was refused",
    "no update": "there was nothing to learn from, so no candidate was tested",
    "recorded": "the candidate was taken without a test",
    "deferred": "no verdict was due, and the next round went on from the candidate",
}
"""What each decision did."""
WHOM = {"champion": "the champion", "best": "the best learner so far", "base": "what the stage began with"}
"""Rivals in words."""
OUTCOMES = {
    "worse": "so it is worse",
    "safe": "so it is safe",
    "better": "so it is better",
    "undecided": "which decides nothing",
}
"""What an interval means."""


def verdicts(run: Sound) -> Html:
    """A paragraph a round: decision, reason, and every comparison the gate made."""
    views = [view for view in run.rounds() if view.verdict and view.round]
    several = len({view.stage for view in run.rounds()}) > 1
    if not views:
        return tag("p", "The gate has decided nothing yet.", class_="quiet")
    return tag("ol", [_said(view, several) for view in views], class_="verdicts")


def _said(view: Seen, several: bool) -> Html:
    verdict = view.verdict
    assert verdict is not None
    head = tag("b", f"Round {named(view, several)} ")
    meaning = f": {MEANINGS[verdict.decision]}. "
    compared = [tag("li", sentence(one)) for one in verdict.comparisons]
    said = tag("p", head, decision(verdict.decision), meaning, _withdrawn(verdict), _because(verdict.reason))
    return tag("li", said, tag("ul", compared) if compared else None)


def _withdrawn(verdict: Verdict) -> Html | None:
    """What became of a champion that later items showed to be worse."""
    if not verdict.withdrawn:
        return None
    best = "and the best learner before it took its place. "
    return join("The champion ", tag("code", verdict.withdrawn), " was ", decision("withdrawn"), f", {best}")


def _because(reason: str) -> Html | None:
    return tag("span", f"Why: {reason.rstrip('.')}.", class_="quiet") if reason else None


def sentence(one: Comparison) -> Html:
    """A comparison in words."""
    better = "better" if one.difference > 0 else "worse" if one.difference < 0 else "equal"
    said = f"{points(one.difference)} points ({better}); the gate's interval is {span(one.low, one.high)}, "
    who = "the champion " if one.learner == "champion" else ""
    where = f", {who}against {WHOM[one.against]}: {said}{OUTCOMES[one.outcome]}."
    return join(tag("b", one.ability), f", {one.metric} on {count(one.items, 'item')}", where)
