"""A norm that moves on."""

from __future__ import annotations

from typing import Any

import pytest

from lamarck.core import Choice, Experience, Feedback, Harvest, Message, Objective, Phase, Prompt, Solution, UsageError
from lamarck.operators.objectives import ShiftNorm
from lamarck.testing import MemoryStore, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
GOAL = Objective(ability="conduct", norm="Be kind.\nBe brief.")


def shifted(reply: str, *, goal: Objective = GOAL, round: int = 1, **fields: Any) -> tuple[Choice, list[Prompt]]:
    """What a reply makes of the norm after a round in which two did something."""
    store, models = MemoryStore(), ScriptedModels(answer=lambda _p, _s: reply, wrong=lambda _p, _s: reply)
    made = [
        Experience(task=task, solution=Solution(messages=(Message(role="assistant", text=f"did {at}"),)),
                   feedback=Feedback(score=at))
        for at, task in enumerate(TOY.tasks("practice", 2, 0, GOAL))
    ]  # fmt: skip
    store.phases[Phase(stage=0, round=round, name="feedback")] = Harvest(batch=made)
    ctx = context(learner="scripted/0", roles={"judge": "scripted/0"}, models=models, store=store)
    choice = ShiftNorm(**fields)(goal, [], ctx.at(round, goal, ctx.learner))
    return choice, [call.request.prompt for call in models.calls]


def test_the_next_objective_carries_the_new_norm_and_what_was_done_is_shown():
    choice, (asked,) = shifted("Be kind.\n\n Be on time. ")
    assert choice.objective.norm == "Be kind.\nBe on time."
    assert choice.objective.ability == "conduct"
    assert choice.reason == "1 rules of 2 are new"
    assert asked.fields["norm"] == GOAL.norm
    for at in (0, 1):
        assert f"Did: did {at}\nRated: {at}" in asked.fields["conduct"]


def test_a_norm_has_so_many_rules_and_no_more():
    choice, _ = shifted("A\nB\nC", rules=2)
    assert choice.objective.norm == "A\nB"


@pytest.mark.parametrize("reply", ["", "  \n", "Be kind.\nBe brief.\n"])
def test_without_a_new_norm_the_old_one_holds(reply: str):
    assert shifted(reply)[0] == Choice(objective=GOAL, reason="no new norm was written")


def test_a_norm_holds_so_many_rounds():
    assert shifted("New.", round=2, every=3) == (Choice(objective=GOAL, reason="a norm holds 3 rounds"), [])
    assert shifted("New.", round=3, every=3)[0].objective.norm == "New."


def test_what_cannot_shift_is_refused():
    with pytest.raises(UsageError, match=r"give Objective\(norm=...\)"):
        shifted("New.", goal=Objective(ability="conduct"))
    with pytest.raises(UsageError, match="every=0; give at least 1"):
        ShiftNorm(every=0)
