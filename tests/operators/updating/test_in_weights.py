"""What the updates that the small models' trainer lacks ask of a trainer."""

from dataclasses import replace
from typing import Any

import pytest
from tests.operators.given import task, tried

from lamarck.core import Batch, Context, Job, Limits, Message, Solution, Update, UsageError
from lamarck.operators.feedback import Judge, Verifier, Vote
from lamarck.operators.updating import DPO, KTO, SFT, Distill, PolicyGradient, RewardModel
from lamarck.testing import RecordingTrainer, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
GOOD, BAD = tried("3+4", "7", passed=True)[0], tried("3+4", "8", passed=False)[0]
OTHER = replace(GOOD, task=task("2+2", "4"))
PAIR = replace(GOOD, rejected=BAD.solution)


def world(limits: Limits | None = None, **card: Any) -> tuple[Context, RecordingTrainer]:
    trainer = RecordingTrainer(right=TOY.taught)
    models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, settings={"epochs": 1, "batch": 2, "lr": 0.1, **card})
    return context(trainer=trainer, models=models, limits=limits, roles={"teacher": "scripted/0.1"}), trainer


def asked(update: Update, batch: Batch, **card: Any) -> Job:
    ctx, trainer = world(**card)
    made = update(ctx.learner, batch, ctx)
    assert made.parent == ctx.learner.hash != made.hash
    return trainer.jobs[0]


def test_verdicts_are_learned_unpaired_and_the_rarer_one_weighs_more():
    job = asked(KTO(beta=0.2), [GOOD, BAD, BAD])
    assert (job.loss, [row.good for row in job.rows]) == ("kto", [True, False, False])
    assert (job.settings["beta"], job.settings["desirable"], job.settings["undesirable"]) == (0.2, 2.0, 1.0)
    assert "desirable" not in asked(KTO(balance=False), [GOOD, BAD, BAD]).settings


def test_a_reward_model_learns_from_pairs():
    job = asked(RewardModel(), [PAIR])
    assert (job.loss, [m.text for m in job.rows[0].rejected]) == ("reward", ["8"])


def test_distillation_refers_to_the_teacher():
    job = asked(Distill(weight=0.3), [GOOD])
    assert job.reference
    assert (job.loss, job.reference.name, job.settings["weight"]) == ("distill", "scripted/0.1", 0.3)
    with pytest.raises(UsageError, match="one role, got 2"):
        Distill(roles=("a", "b"))


def test_samples_are_scored_as_the_runs_feedback_scores_them():
    job = asked(PolicyGradient(rewards=(Verifier(),), n=4, kl=0.04), [GOOD, BAD, OTHER])
    assert job.score
    assert (job.loss, job.settings["samples"], job.settings["kl"]) == ("grpo", 4, 0.04)
    assert [row.learn for row in job.rows] == [(False,), (False,)], "a task once, and nothing to imitate"
    at = next(at for at, row in enumerate(job.rows) if "left=3" in row.messages[0].text)
    assert list(job.score([(at, "7"), (at, "8"), (1 - at, "4")])) == [1.0, 0.0, 1.0]
    double = asked(PolicyGradient(rewards=(Verifier(), Verifier()), method="rloo"), [GOOD])
    assert double.score
    assert (double.loss, list(double.score([(0, "7")]))) == ("rloo", [2.0])


def test_in_a_product_one_reward_takes_all_away():
    two = (Judge(prompt="x/judge", role="teacher", highest=5.0), Verifier())
    for combine, wanted in (("sum", [6.0, 1.0]), ("product", [5.0, 0.0])):
        job = asked(PolicyGradient(rewards=two, combine=combine), [GOOD])  # type: ignore[arg-type]
        assert job.score
        assert list(job.score([(0, "7"), (0, "8")])) == wanted


def test_samples_are_capped_by_the_runs_limit_and_rewards_must_judge_one_by_one():
    ctx, trainer = world(Limits(samples=2))
    PolicyGradient(rewards=(Verifier(),), n=8)(ctx.learner, [GOOD], ctx)
    assert trainer.jobs[0].settings["samples"] == 2
    with pytest.raises(UsageError, match="Vote needs all of a task"):
        PolicyGradient(rewards=(Vote(),))


def test_only_named_authors_turns_are_learned():
    turns = (
        Message(role="user", text="it hurts", author="patient"),
        Message(role="assistant", text="where?", author="doctor"),
    )
    said = replace(GOOD, solution=Solution(messages=turns))
    assert asked(SFT(authors=("doctor",)), [said]).rows[0].learn == (False, False, True)
    assert asked(SFT(authors=("patient",)), [said]).rows[0].learn == (False, True, False)
    ctx, trainer = world()
    assert SFT(authors=("nurse",))(ctx.learner, [said], ctx) is ctx.learner
    assert not trainer.jobs


@pytest.mark.parametrize(
    "update", [SFT(adapter="plan", rank=4), DPO(adapter="plan", rank=4), KTO(adapter="plan", rank=4)]
)
def test_a_named_adapter_lies_beside_the_model(update: Update):
    ctx, trainer = world()
    made = update(ctx.learner, [PAIR], ctx)
    assert (made.model, list(made.adapters)) == (ctx.learner.model, ["plan"])
    assert (trainer.jobs[0].adapter, trainer.jobs[0].settings["rank"]) == ("plan", 4)
    update(made, [PAIR], ctx)
    assert trainer.jobs[1].begin == made.adapters["plan"]


@pytest.mark.parametrize("update", [KTO(), RewardModel(), Distill(), PolicyGradient(rewards=(Verifier(),))])
def test_with_nothing_to_learn_the_learner_stays(update: Update):
    ctx, trainer = world()
    assert update(ctx.learner, [], ctx) is ctx.learner
    assert not trainer.jobs


def test_the_event_says_where_each_value_is_from():
    ctx, _ = world(source={"lr": "a paper", "epochs": "a paper"}, steps=[1, 2])
    SFT(batch=3)(ctx.learner, [GOOD], ctx)
    store: Any = ctx.store
    told = next(data for kind, data in store.events if kind == "trained")
    assert told["sources"] == {"lr": "a paper", "epochs": "a paper", "steps": "model card", "batch": "recipe"}
    assert "source" not in told["settings"]
