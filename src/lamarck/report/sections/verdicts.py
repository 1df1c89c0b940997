"""What the gate said, round by round, in words."""

from __future__ import annotations

from lamarck.core import Comparison
from lamarck.report.history import named
from lamarck.report.markup import Html, join, tag
from lamarck.report.sections.accuracy import decision
from lamarck.report.sound import Seen, Sound
from lamarck.report.words import count, points, span

MEANINGS = {
    "promoted": "the candidate became the champion",
    "provisional": "the candidate became the champion for now: the items could not show that it is safe",
    "rolled back": "the candidate was worse and the champion stayed",
    "no update": "there was nothing to learn from, so the champion stayed",
    "recorded": "the candidate was taken without a test",
}
"""What each decision did."""


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
    said = tag("p", head, decision(verdict.decision), meaning, _because(verdict.reason))
    return tag("li", said, tag("ul", compared) if compared else None)


def _because(reason: str) -> Html | None:
    return tag("span", f"Why: {reason.rstrip('.')}.", class_="quiet") if reason else None


def sentence(one: Comparison) -> Html:
    """A comparison in words."""
    whom = "the champion" if one.against == "champion" else "the best learner so far"
    better = "better" if one.difference > 0 else "worse" if one.difference < 0 else "equal"
    outcome = {"worse": "so it is worse", "safe": "so it is safe", "undecided": "which decides nothing"}[one.outcome]
    said = f"{points(one.difference)} points ({better}); the gate's interval is {span(one.low, one.high)}, {outcome}."
    return join(tag("b", one.ability), f", {one.metric} on {count(one.items, 'item')}, against {whom}: {said}")
