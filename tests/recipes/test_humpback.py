"""Humpback works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from tests.recipes.rows import proofs

from lamarck.core import Batch, Learner, Phase, Prompt, put, run
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context
from lamarck.trust import Open

TOY = ToyEnvironment()
BACKWARD, SEED, CURATE = range(3)
ROUNDS, SEEDS, PASSAGES = 2, 24, 120
NUMBERS = range(1, ROUNDS + 1)
JUDGE = "humpback/judge"
Write = Callable[[Prompt, int], str]


def rates(prompt: Prompt, rate: float) -> float:
    """A learner that judges better than it answers, and asks rightly as often as not."""
    return rate / 5 if prompt.name == JUDGE else rate


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    learners: dict[str, Learner]
    store: MemoryStore
    trainer: RecordingTrainer
    models: ScriptedModels

    def batch(self, phase: str, round: int, stage: int = CURATE) -> Batch:
        return self.store.batch(Phase(stage=stage, round=round, name=phase))

    def curated(self, round: int) -> Batch:
        """The kept passages, without the seeds."""
        return [e for e in self.batch("refinement", round) if e.solution and e.solution.author == "document"]

    def learner(self, stage: int, round: int) -> Learner:
        made = self.store.phases[Phase(stage=stage, round=round, name="updating")]
        assert isinstance(made, Learner)
        return made


def good(batch: Batch) -> float:
    """The share of passages that answer their request, by the world's rules."""
    opened = [replace(e.task, reference=e.task.reference and e.task.reference.open()) for e in batch]
    verdicts = [bool(e.solution and TOY.check(t, e.solution).passed) for t, e in zip(opened, batch, strict=True)]
    return sum(verdicts) / max(1, len(verdicts))


@cache
def ran(*ablate: str, said: Write | None = None) -> Ran:
    """In: what every model says, right or wrong."""
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=TOY.taught, half=24), load("humpback")
    models = ScriptedModels(answer=said or TOY.right, wrong=said or TOY.wrong, rates=rates)
    ctx = context(
        learner="scripted/0.4", models=models, store=store, trainer=trainer, gate=Open(), labels=recipe.labels
    )
    method = recipe(rounds=ROUNDS, seeds=SEEDS, passages=PASSAGES, ablate=ablate)
    made = run(put("curate.evaluation.protected", 10)(method), ctx)
    return Ran(base=ctx.learner, learners=dict(made.learners), store=store, trainer=trainer, models=models)


def the_curated_set_is_precise(it: Ran) -> bool:
    return all(len(it.curated(n)) >= 10 and good(it.curated(n)) >= 0.9 for n in NUMBERS)


def every_round_is_rated_by_its_own_learner(it: Ran) -> bool:
    began = [it.learner(SEED, 1), it.learner(CURATE, 1)]
    return all(
        {e.feedback.source for e in it.batch("feedback", n) if e.feedback} == {f"judge:{learner.hash}"}
        for n, learner in zip(NUMBERS, began, strict=True)
    )


def sources_are_told_apart_in_training(it: Ran) -> bool:
    kept = [e for n in NUMBERS for e in it.batch("refinement", n)]
    told = {(e.solution.author == "document", e.prompt.name) for e in kept if e.solution}
    shown = {row.messages[0].text.split()[0] for job in it.trainer.jobs[2:] for row in job.rows}
    return told == {(True, "humpback/web"), (False, "humpback/assistant")} and shown == {name for _, name in told}


def both_sentences_stand_at_inference(it: Ran) -> bool:
    hash = it.learner(CURATE, 1).hash
    asked = {c.request.prompt.name for c in it.models.calls if c.request.author == hash and len(c.request.seeds)}
    return "humpback/both" in asked and "task/sum" not in asked


def the_base_is_trained_every_time(it: Ran) -> bool:
    return it.trainer.starts == [it.base.model] * (2 + ROUNDS)


def the_backward_model_learned_requests_from_answers(it: Ran) -> bool:
    return all(
        row.messages[0].text.startswith("from_text/task text=") and "+" in f"+{row.messages[-1].text}"
        and row.learn == (False, True) and TOY.taught(row)
        for row in it.trainer.jobs[BACKWARD].rows
    )  # fmt: skip


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "backward": the_backward_model_learned_requests_from_answers,
    "curation": the_curated_set_is_precise,
    "judge": the_curated_set_is_precise,
    "own_judge": every_round_is_rated_by_its_own_learner,
    "tags": sources_are_told_apart_in_training,
    "joined": both_sentences_stand_at_inference,
    "restart": the_base_is_trained_every_time,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("humpback", ran, INVARIANTS)


def test_a_rater_that_likes_everything_keeps_the_junk():
    def write(prompt: Prompt, seed: int) -> str:
        return "score: 5" if prompt.name == JUDGE else TOY.right(prompt, seed)

    fake = ran(said=write)
    assert good(fake.curated(1)) < 0.6
    assert not the_curated_set_is_precise(fake)


def test_what_is_not_rated_in_the_last_line_is_not_kept():
    def write(prompt: Prompt, seed: int) -> str:
        return "score: 5 is what I thought of first" if prompt.name == JUDGE else TOY.right(prompt, seed)

    mute = ran(said=write)
    assert {e.feedback.score for e in mute.batch("feedback", 1) if e.feedback} == {None}
    assert not mute.curated(1)
    drops = mute.store.phases[Phase(stage=CURATE, round=1, name="refinement")]
    assert {drop.reason for drop in getattr(drops, "drops", ())} == {"no score"}


def test_half_of_the_passages_are_junk_and_the_requests_are_the_backward_models():
    asked = ran().batch("tasks", 1)
    assert 0.3 < good(asked) < 0.6
    assert {e.origin.learner for e in asked} == {ran().learners["backward"].hash}
    assert {e.task.id for e in asked} == {e.task.id for e in ran().batch("tasks", 2)}


def test_the_backward_model_asks_better_than_the_untrained_one():
    """Of right passages, how many get a request that they answer."""
    untrained = ran("backward")
    assert good(ran().batch("tasks", 1)) >= good(untrained.batch("tasks", 1))


def test_the_second_round_is_no_less_precise_than_the_first():
    assert good(ran().curated(2)) >= good(ran().curated(1))


def test_the_learner_rises():
    assert error(ran().learners["learner"]) < error(ran().base) - 0.1
    assert error(ran("curation").learners["learner"]) > error(ran().learners["learner"]) + 0.05


def error(learner: Learner) -> float:
    return float(learner.model.name.partition("/")[2])
