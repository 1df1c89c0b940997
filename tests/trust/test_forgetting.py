"""The five means by hand, and a monitor that turns them into replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from lamarck.core import Context, Cycle, Finding, Learner, Objective, Parties, Score, Scorecard, Seen, Verdict
from lamarck.operators import evaluation, feedback, solutions, tasks, updating
from lamarck.testing import RecordingTrainer, context
from lamarck.trust.forgetting import Matrix
from lamarck.trust.monitors import Forgetting
from lamarck.trust.monitors.forgetting import aim, small

# three tasks, one a stage; before any training and after each stage
BY_HAND = Matrix(
    before=(0.10, 0.20, 0.30),
    after=(
        (0.80, 0.25, 0.30),
        (0.60, 0.90, 0.40),
        (0.50, 0.70, 0.95),
    ),
)


def test_average_by_hand():
    assert BY_HAND.average == pytest.approx((0.50 + 0.70 + 0.95) / 3)


def test_plasticity_by_hand():
    assert BY_HAND.plasticity == pytest.approx((0.80 + 0.90 + 0.95) / 3)


def test_forgetting_by_hand():
    assert BY_HAND.forgotten(0) == pytest.approx(0.80 - 0.50)
    assert BY_HAND.forgotten(1) == pytest.approx(0.90 - 0.70)
    assert BY_HAND.forgetting == pytest.approx((0.30 + 0.20) / 2)


def test_backward_transfer_by_hand():
    assert BY_HAND.backward == pytest.approx(((0.50 - 0.80) + (0.70 - 0.90)) / 2)


def test_forward_transfer_by_hand():
    assert BY_HAND.forward == pytest.approx(((0.25 - 0.20) + (0.40 - 0.30)) / 2)


def test_a_peak_after_the_tasks_own_stage_counts():
    later = replace(BY_HAND, after=((0.5, 0.1, 0.1), (0.8, 0.5, 0.1), (0.6, 0.5, 0.5)))
    assert later.forgotten(0) == pytest.approx(0.2)
    assert later.backward == pytest.approx(((0.6 - 0.5) + 0.0) / 2)


def test_no_update_forgets_nothing_exactly():
    row = (0.31, 0.47, 0.83)
    still = Matrix(before=row, after=(row,) * 3)
    assert (still.forgetting, still.backward, still.forward) == (0.0, 0.0, 0.0)


def test_what_was_not_measured_is_left_out():
    part = Matrix(before=(0.1, None), after=((0.8, None), (0.5, 0.9)))
    assert part.forgetting == pytest.approx(0.3)
    assert part.forward is None
    assert Matrix(before=(), after=()).average is None
    with pytest.raises(ValueError, match="one score a task"):
        Matrix(before=(0.1,), after=((0.1, 0.2),))


ITEMS = 200
CYCLE = Cycle(
    objective=Objective(ability="sums"),
    tasks=tasks.Dataset(n=6),
    solutions=solutions.Sample(n=4),
    feedback=feedback.Verifier(),
    updating=updating.SFT(),
    evaluation=evaluation.Accuracy(),
)


def card(learner: str, doubles: float) -> Scorecard:
    items = tuple(f"i{i}" for i in range(ITEMS))
    kept = Score(ability="doubles", metrics={"greedy": _share(doubles)}, items=items, split="fresh", protected=True)
    target = Score(ability="sums", metrics={"greedy": _share(0.5)}, items=items, split="selection")
    return Scorecard(learner=learner, scores=(target, kept), metric="greedy")


def _share(value: float) -> tuple[float, ...]:
    # which items are right differs by a shuffle, as with real learners
    return tuple(float((i * 7919) % ITEMS < value * ITEMS) for i in range(ITEMS))


def found(candidate: float, *, cycle: Cycle = CYCLE, **fields: Any) -> Finding:
    parties = Parties(candidate="c", champion="h", best="b", base="h")
    sitting = [card("c", candidate), card("h", 0.9), card("b", 0.95)]
    verdict = Verdict(decision="promoted", champion="c", best="b")
    seen = Seen(cycle=cycle, samples=[], kept=[], sittings=[sitting], parties=parties, verdict=verdict, earlier=())
    return Forgetting(**fields)(seen, context())


def test_a_loss_beyond_the_limit_raises_the_replay():
    alarm = found(0.7).alarm
    assert alarm
    assert not alarm.roll_back
    assert "doubles: 25.0 points below the best" in alarm.reason
    (edit,) = alarm.edits
    assert edit(CYCLE).updating == updating.SFT(rehearse=0.25)
    assert cast("updating.SFT", edit(edit(CYCLE)).updating).rehearse == pytest.approx(0.375)


def test_a_small_loss_and_a_high_limit_say_nothing():
    assert found(0.93).alarm is None
    assert found(0.7, limit=0.3).alarm is None
    assert found(0.99).figures["F doubles"] < 0


def test_where_nothing_can_be_replayed_it_rolls_back():
    mute = replace(CYCLE, updating=updating.DPO())
    alarm = found(0.7, cycle=mute).alarm
    assert alarm
    assert alarm.roll_back
    assert not alarm.edits
    mild = found(0.85, cycle=mute).alarm
    assert mild
    assert not mild.roll_back


def test_at_the_ceiling_it_rolls_back_too():
    full = replace(CYCLE, updating=updating.SFT(rehearse=0.6))
    alarm = found(0.6, cycle=full).alarm
    assert alarm
    assert alarm.roll_back


def test_an_objective_is_told_by_its_parameters():
    assert aim(Objective(ability="list machine", parameters={"kind": "exec", "depth": 2})) == "depth=2, kind=exec"
    assert aim(Objective(ability="list machine", node="exec 2")) == "list machine"


def test_earlier_objectives_are_measured_by_a_cheap_look():
    cheap = evaluation.Accuracy(samples=0, metric="greedy", protected=0, limit=50)
    assert small(evaluation.Accuracy(), 50) == cheap
    assert small(evaluation.WinRate(samples=4), 50) == evaluation.WinRate(samples=1, protected=0, limit=50)
    assert small(plain, 50) is plain


def plain(learner: Learner, ctx: Context) -> Scorecard:
    return card(learner.hash, 1.0)


def rows(ctx: Context, rehearse: float) -> Sequence[str]:
    """What is asked in the rows that a seed of 40 examples makes."""
    updating.SFT(data="seed", examples=40, rehearse=rehearse)(ctx.learner, [], ctx)
    assert isinstance(ctx.trainer, RecordingTrainer)
    return [row.messages[0].text for row in ctx.trainer.jobs[-1].rows]


def test_rehearsed_rows_are_of_everything_and_the_rest_of_the_objective():
    ctx = context(objective=Objective(ability="sums", node="multiply"))
    assert all("sign=*" in text for text in rows(ctx, 0.0))
    mixed = rows(ctx, 0.5)
    assert len(mixed) == 80  # no row of the objective is lost
    assert sum("sign=*" not in text for text in mixed) == pytest.approx(80 * 0.5 * 2 / 3, abs=2)
