"""What the page and the tree say of verdicts that later rounds or people went back on."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from tests.report.literal import BASE, FIRST, SECOND, LiteralRun, small
from tests.report.parsed import Parsed

from lamarck import report
from lamarck.core import Comparison, Verdict
from lamarck.core.scores import Outcome, Rival
from lamarck.report.sections.verdicts import verdicts
from lamarck.report.sound import Sound


def compared(outcome: Outcome, against: Rival, learner: Literal["candidate", "champion"] = "candidate") -> Comparison:
    return Comparison(
        ability="toys",
        metric="greedy",
        learner=learner,
        against=against,
        difference=0.1,
        low=0.05,
        high=0.2,
        items=1500,
        outcome=outcome,
    )


def ruled(run: LiteralRun, **changes: Any) -> LiteralRun:
    """The run with another verdict in round 2."""
    verdict = run.views[2].verdict
    assert verdict
    run.views[2] = replace(run.views[2], verdict=replace(verdict, **changes))
    return run


def said(run: LiteralRun) -> str:
    return Parsed(str(verdicts(Sound(run.reader)))).text


def tree(run: LiteralRun) -> str:
    console = Console(width=160, color_system=None)
    with console.capture() as captured:
        console.print(report.lineage(run.reader))
    return captured.get()


def test_every_outcome_and_rival_is_said(tmp_path: Path):
    made = (
        compared("worse", "best", "champion"),
        compared("better", "champion"),
        compared("safe", "base"),
        compared("undecided", "best"),
    )
    text = said(ruled(small(tmp_path), comparisons=made))
    assert "greedy on 1,500 items, the champion against the best learner so far:" in text
    assert "so it is worse" in text
    assert "against the champion: +10.0 points (better); the gate's interval is +5.0 to +20.0, so it is better." in text
    assert "against what the stage began with: +10.0 points (better)" in text


def test_a_withdrawal_is_told(tmp_path: Path):
    run = ruled(small(tmp_path), champion=BASE.hash, best=BASE.hash, withdrawn=FIRST.hash)
    assert f"The champion {FIRST.hash} was withdrawn , and the best learner before it took its place." in said(run)
    line = next(line for line in tree(run).splitlines() if FIRST.hash in line)
    assert "promoted  withdrawn in round 2" in line


def test_a_champion_that_is_not_the_best_has_the_best_beside_it(tmp_path: Path):
    run = ruled(small(tmp_path), decision="provisional", best=BASE.hash)
    lines = tree(run).splitlines()
    assert "  best" in next(line for line in lines if BASE.hash in line)
    assert "provisional" in next(line for line in lines if SECOND.hash in line)


def test_a_round_without_a_verdict_is_told(tmp_path: Path):
    run = small(tmp_path)
    deferred = Verdict(decision="deferred", champion=FIRST.hash, best=FIRST.hash)
    run.views[2] = replace(run.views[2], verdict=deferred, scorecards=())
    assert "Round 2 deferred : no verdict was due" in said(run)
    assert "deferred" in tree(run)
