from dataclasses import replace
from typing import Any

import pytest
from tests.operators.given import tried

from lamarck.core import Context, Cycle, Message, Objective, Prompt, RecipeError, check
from lamarck.operators.updating import DPO
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
BATCH = [replace(e, rejected=tried("3+4", "= 8")[0].solution) for e in tried("3+4", "7", "= 7", "3+4 = 7")]


def world(**card: Any) -> tuple[Context, RecordingTrainer]:
    trainer = RecordingTrainer(right=TOY.taught)
    models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, settings={"epochs": 1, "batch": 2, "lr": 0.1, **card})
    return context(trainer=trainer, models=models), trainer


def test_a_row_is_the_prompt_the_solution_that_counts_and_what_replaces_it():
    ctx, trainer = world()
    made = DPO()(ctx.learner, BATCH[:1], ctx)
    (job,) = trainer.jobs
    (row,) = job.rows
    assert [m.text for m in row.messages] == ["task/sum left=3 sign=+ right=4", "7"]
    assert [m.text for m in row.rejected] == ["= 8"]
    assert (job.loss, row.learn) == ("dpo", (False, True))
    assert made.parent == ctx.learner.hash != made.hash


def test_the_prompt_kept_for_training_and_the_weight_go_along():
    ctx, trainer = world()
    DPO()(ctx.learner, [replace(BATCH[0], keep=Prompt(name="star/rationale"), weight=0.5)], ctx)
    (row,) = trainer.jobs[0].rows
    assert (row.messages[0].text, row.weight) == ("star/rationale", 0.5)


def test_without_pairs_the_learner_stays():
    ctx, trainer = world()
    assert DPO()(ctx.learner, [], ctx) is ctx.learner
    assert DPO()(ctx.learner, tried("3+4", "7"), ctx) is ctx.learner
    assert not trainer.jobs


def test_beta_by_round_its_last_value_stays():
    ctx, trainer = world(beta=9.0)
    for number in (1, 2, 3):
        DPO(beta=(0.1, 5.0))(ctx.learner, BATCH, replace(ctx, round=number))
    DPO(beta=0.3)(ctx.learner, BATCH, ctx)
    assert [job.settings["beta"] for job in trainer.jobs] == [0.1, 5.0, 5.0, 0.3]


def test_scope_and_added_likelihood_are_the_cards_unless_given():
    ctx, trainer = world(scope="step", nll=0.5)
    DPO()(ctx.learner, BATCH, ctx)
    DPO(scope="text", nll=0.0)(ctx.learner, BATCH, ctx)
    assert [(job.settings["scope"], job.settings["nll"]) for job in trainer.jobs] == [("step", 0.5), ("text", 0.0)]


def test_the_reference_is_what_training_starts_from_or_a_roles_model():
    ctx, trainer = world()
    later = replace(ctx, learner=ctx.models.learner("scripted/0.3"))
    for name in ("start", "base", "learner"):
        DPO(reference=name)(later.learner, BATCH, later)
    assert [job.reference and job.reference.name for job in trainer.jobs] == [None, "scripted/0.5", "scripted/0.3"]
    assert {start.name for start in trainer.starts} == {"scripted/0.3"}


@pytest.mark.parametrize(("options", "rows"), [({}, 3), ({"epochs": 2}, 6), ({"epochs": 0.4}, 1), ({"steps": 4}, 8)])
def test_epochs_or_steps_say_how_many_rows(options: dict[str, Any], rows: int):
    ctx, trainer = world()
    DPO(**options)(ctx.learner, BATCH, ctx)
    assert len(trainer.jobs[0].rows) == rows


def test_a_turn_of_the_worlds_does_not_count():
    ctx, trainer = world()
    assert BATCH[0].solution
    turns = (Message(role="assistant", text="a"), Message(role="tool", text="b"), Message(role="assistant", text="7"))
    DPO()(ctx.learner, [replace(BATCH[0], solution=replace(BATCH[0].solution, messages=turns))], ctx)
    assert trainer.jobs[0].rows[0].learn == (False, True, False, True)


def test_the_event_log_keeps_what_the_loss_measured():
    ctx, _ = world()
    store = MemoryStore()
    DPO()(ctx.learner, BATCH, replace(ctx, store=store))
    (event,) = [data for kind, data in store.events if kind == "trained"]
    assert (event["loss"], event["figures"]) == ("dpo", {})


def test_the_checker_wants_pairs():
    with pytest.raises(RecipeError, match="DPO reads 'rejected', which no earlier operator writes"):
        check("mine", Cycle(objective=Objective(ability="sums"), updating=DPO()))
