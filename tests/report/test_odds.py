"""The odds beside the verdict: of the pair that the gate compared, with what more items would show."""

from dataclasses import replace
from pathlib import Path

from tests.report.literal import small
from tests.report.parsed import Parsed

from lamarck.core import MUST_PASS, Score, Scorecard
from lamarck.report import odds
from lamarck.report.page import page
from lamarck.report.sections.odds import beside
from lamarck.report.sound import Sound


def cased(card: Scorecard, *held: float) -> Scorecard:
    cases = Score(ability=MUST_PASS, metrics={"held": held}, items=("c/1", "c/2"), split="selection", protected=True)
    return replace(card, scores=(*card.scores, cases))


def test_each_candidate_is_compared_with_the_champion_before_it(tmp_path: Path):
    first, second = beside(Sound(small(tmp_path).reader))
    # pass@1 differs by .5 on one item of four; the prior adds an item of its own
    assert (first.label, first.metric, first.odds.difference.items, first.trials) == ("1", "pass@1", 4, 2)
    assert first.odds.difference.value == 0.5 / 5
    assert first.odds.better > 0.5 > second.odds.better
    assert first.needed > 4


def test_the_page_and_the_terminal_say_it_beside_the_verdict(tmp_path: Path):
    run = small(tmp_path)
    text = Parsed(page(run.reader)).text
    assert "The gate decides; these are odds to read beside it." in text
    assert "round 1, promoted: better with a chance of" in odds(run.reader).plain
    assert "on 4 items of 2 trials; 5 points need" in odds(run.reader).plain


def test_a_lost_case_is_named(tmp_path: Path):
    run = small(tmp_path)
    view = run.views[2]
    run.views[2] = replace(view, scorecards=(cased(view.scorecards[0], 0, 1), cased(view.scorecards[1], 1, 1)))
    assert "Round 2: 1 case that must pass lost: c/1" in Parsed(page(run.reader)).text
    assert "1 case that must pass lost: c/1" in odds(run.reader).plain
