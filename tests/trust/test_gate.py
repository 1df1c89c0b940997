"""The gate says "worse" of a worse learner, and hardly ever of an equal one."""

import numpy as np
import pytest

from lamarck.core import Score, Scorecard
from lamarck.trust import Guard, Open
from lamarck.trust.gate import paired, sign_flip

ITEMS = tuple(map(str, range(150)))


def card(name: str, target: list[float], protected: list[float] | None = None) -> Scorecard:
    """A scorecard of one target and perhaps one protected ability."""
    items = tuple(map(str, range(len(target))))
    scores = [Score(ability="puzzles", metrics={"pass@1": tuple(target)}, items=items, split="selection")]
    if protected is not None:
        others = tuple(map(str, range(len(protected))))
        metrics = {"greedy": tuple(protected)}
        scores.append(Score(ability="sums", metrics=metrics, items=others, split="fresh", protected=True))
    return Scorecard(learner=name, scores=tuple(scores), metric="pass@1")


def decide(gate: Guard | Open, new: Scorecard, old: Scorecard, best: Scorecard | None = None):
    """The gate's verdict with the best learner being the champion unless given."""
    best = best or old
    cards = {c.learner: c for c in (new, old, best)}
    return gate.decide(cards, new.learner, old.learner, best.learner)


def test_a_better_learner_is_promoted_and_becomes_the_best():
    verdict = decide(Guard(rounds=5), card("new", [1.0] * 150), card("old", [0.5] * 150))
    assert (verdict.decision, verdict.champion, verdict.best) == ("promoted", "new", "new")


def test_a_worse_learner_is_rolled_back_with_the_ability_named():
    verdict = decide(Guard(rounds=5), card("new", [0.2] * 150), card("old", [0.5] * 150))
    assert (verdict.decision, verdict.champion, verdict.best) == ("rolled back", "old", "old")
    assert "puzzles -30.0 points against champion" in verdict.reason


def test_losing_a_protected_ability_is_enough():
    new = card("new", [1.0] * 150, [0.0] * 60 + [1.0] * 240)
    verdict = decide(Guard(rounds=5), new, card("old", [0.5] * 150, [1.0] * 300))
    assert verdict.decision == "rolled back"
    assert "sums" in verdict.reason


def test_small_losses_do_not_add_up_because_the_best_is_compared_too():
    new, old, best = card("new", [0.48] * 150), card("old", [0.5] * 150), card("best", [0.9] * 150)
    verdict = decide(Guard(rounds=5), new, old, best)
    assert verdict.decision == "rolled back"
    assert [c.outcome for c in verdict.comparisons if c.against == "best"] == ["worse"]


def test_too_few_items_promote_only_provisionally():
    verdict = decide(Guard(rounds=5), card("new", [1.0, 0.0, 1.0]), card("old", [0.0, 1.0, 1.0]))
    assert verdict.decision == "provisional"
    assert "puzzles" in verdict.reason


def test_no_update_is_said_so():
    same = card("old", [0.5] * 150)
    for gate in (Guard(), Open()):
        assert gate.decide({"old": same}, "old", "old", "old").decision == "no update"


def test_the_open_gate_records_whatever_comes():
    verdict = decide(Open(), card("new", [0.0] * 150), card("old", [1.0] * 150))
    assert (verdict.decision, verdict.champion, verdict.best) == ("recorded", "new", "old")


def test_an_equal_learner_is_hardly_ever_rolled_back():
    """200 runs of 5 rounds and two abilities; the bound is alpha over the whole run."""
    rng = np.random.default_rng(7)
    gate, rolled_back = Guard(alpha=0.05, rounds=5), 0
    for _ in range(200):
        chances = rng.beta(0.5, 2, size=150)
        decisions = list[str]()
        for _ in range(5):
            pair = [
                card(name, list(rng.binomial(16, chances) / 16), list(rng.binomial(1, 0.6, 300).astype(float)))
                for name in ("new", "old")
            ]
            decisions.append(decide(gate, *pair).decision)
        rolled_back += "rolled back" in decisions
    assert rolled_back <= 0.05 * 200 + 2 * (200 * 0.05 * 0.95) ** 0.5


def test_a_planted_loss_of_ten_points_is_nearly_always_seen():
    rng = np.random.default_rng(8)
    seen = 0
    for _ in range(50):
        old = rng.binomial(1, 0.7, 300).astype(float)
        lost = np.where(rng.random(300) < 0.12, 0.0, old)
        new = card("new", [0.5] * 150, list(lost))
        seen += decide(Guard(rounds=5), new, card("old", [0.5] * 150, list(old))).decision == "rolled back"
    assert seen >= 45


def test_sign_flip_agrees_with_the_exact_sign_test():
    # six losses and no win: the exact chance is 1 in 64
    assert sign_flip(np.array([-1.0] * 6 + [0.0] * 100)) == pytest.approx(1 / 64, abs=0.004)
    assert sign_flip(np.zeros(10)) == 1.0


def test_learners_scored_on_different_items_are_not_compared():
    one = Score(ability="a", metrics={"m": (1.0,)}, items=("x",), split="selection")
    other = Score(ability="a", metrics={"m": (1.0,)}, items=("y",), split="selection")
    with pytest.raises(ValueError, match="different items"):
        paired(one, other, "m")
