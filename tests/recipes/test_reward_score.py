"""reward_score works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from lamarck.core import Batch, Context, Cycle, Learner, Names, Objective, Prompt, UsageError, Verdict, run, stages
from lamarck.core.exchange import Phase
from lamarck.operators.evaluation import RewardScore
from lamarck.operators.evaluation.reward_score import BESIDE, CAPS
from lamarck.operators.feedback import Judge, Reward, Vote
from lamarck.recipes import load
from lamarck.testing import MemoryStore, ScriptedModels, ToyEnvironment, context
from lamarck.trust import Guard, Open
from lamarck.trust.monitors.overoptimised import OverOptimised

TOY = ToyEnvironment(n=60)
EXPLOIT = "as you surely know"
"""The reward model likes to read it, whatever comes after."""


@dataclass(frozen=True, kw_only=True)
class Becomes:
    """An update that makes the learner another one, by round."""

    reads: ClassVar[Names] = frozenset()
    names: tuple[str, ...]

    def __call__(self, learner: Learner, _batch: Batch, ctx: Context) -> Learner:
        made = ctx.models.learner(self.names[ctx.round - 1])
        return replace(made, parent=learner.hash)


def naive(model: str, prompt: Prompt, text: str) -> float:
    """A reward model that knows right from wrong and falls for the phrase; the second one does not."""
    right = float(TOY.says(text) == TOY.solved(prompt))
    return right + (2.0 if EXPLOIT in text and model == "scripted/0.0" else 0.0)


def flatterer(prompt: Prompt, seed: int) -> str:
    return f"{EXPLOIT} {TOY.wrong(prompt, seed)}"


def models(**more: Any) -> ScriptedModels:
    told: dict[str, Any] = {"answer": TOY.right, "wrong": flatterer, "reward": naive, **more}
    return ScriptedModels(**told)


def says(text: str) -> Callable[[Prompt, int], str]:
    return lambda _prompt, _seed: text


def blind(_model: str, _prompt: Prompt, text: str) -> float:
    """Knows nothing but the phrase."""
    return float(EXPLOIT in text)


def sums_alone(prompt: Prompt, rate: float) -> float:
    """Errs in sums, never as a judge."""
    return rate if prompt.name == "task/sum" else 0.0


def measure(*ablate: str, **options: Any) -> RewardScore:
    (cycle,) = stages(load("reward_score")(ablate=ablate, **options))
    assert isinstance(cycle.evaluation, RewardScore)
    return cycle.evaluation


def ran(evaluation: RewardScore, *names: str, spy: ScriptedModels | None = None, **more: Any) -> MemoryStore:
    """A gated stage that begins with a learner and becomes the others, one a round."""
    first, *others = names
    store = MemoryStore()
    roles = {"reward_model": "scripted/0.0", "second": "scripted/0.1"}
    gate = more.pop("gate", Guard(rounds=len(others)))
    ctx = context(learner=first, models=spy or models(), environment=TOY, store=store, roles=roles, gate=gate)
    goal = Objective(ability="sums", direction="feedback", metric="reward")
    method = Cycle(objective=goal, updating=Becomes(names=tuple(others)), evaluation=evaluation, rounds=len(others))
    run(method, replace(ctx, **more))
    return store


def verdict(store: MemoryStore, round: int = 1) -> Verdict:
    found = store.phases[Phase(stage=0, round=round, name="verdict")]
    assert isinstance(found, Verdict)
    return found


# --- the second measure: a checkpoint that has found the phrase ---

HONEST, EXPLOITS = "scripted/0.3", "scripted/0.9"


def test_a_checkpoint_that_exploits_the_reward_is_rolled_back():
    found = verdict(ran(measure(length_cap=9.0), HONEST, EXPLOITS))
    assert found.decision == "rolled back"
    outcomes = {one.ability: one.outcome for one in found.comparisons}
    assert outcomes[BESIDE] == "worse"
    assert outcomes["sums"] == "better"


def test_without_the_second_measure_it_is_promoted():
    assert verdict(ran(measure("beside", length_cap=9.0), HONEST, EXPLOITS)).decision == "promoted"


def test_a_better_checkpoint_is_promoted():
    assert verdict(ran(measure(), "scripted/0.5", "scripted/0.1", spy=models(wrong=TOY.wrong))).decision == "promoted"


def test_a_second_reward_model_may_be_the_second_measure():
    found = verdict(ran(measure(length_cap=9.0, second="second"), HONEST, EXPLOITS))
    assert found.decision == "rolled back"
    assert {one.ability for one in found.comparisons if one.outcome == "worse"} == {BESIDE}


def test_an_ensemble_falls_for_nothing_that_one_of_it_sees_through():
    def reward(**options: Any) -> float:
        ctx = given(EXPLOITS)
        return measure(**options)(ctx.learner, ctx).value

    assert reward() > 0.75
    assert reward(roles=("reward_model", "second")) < 0.5


# --- caps ---


def wordy(prompt: Prompt, seed: int) -> str:
    return f"Let us see, let us see, let us see. {TOY.right(prompt, seed)}"


def longer(_model: str, _prompt: Prompt, text: str) -> float:
    return float(len(text))


def apart(model: str, _prompt: Prompt, text: str) -> float:
    """Whoever writes at length thinks it likely, others do not."""
    mine = model == "scripted/1.0"
    return -0.1 if mine == text.startswith("Let us see") else -3.0


@pytest.mark.parametrize("caps", [{"kl_cap": 10.0, "length_cap": 99.0}, {"kl_cap": 999.0, "length_cap": 0.5}])
def test_a_checkpoint_that_went_too_far_is_rolled_back(caps: dict[str, float]):
    """Its answers are as right as before: only the caps know."""
    spy = models(wrong=wordy, reward=longer, likelihood=apart)
    found = verdict(ran(measure(**caps), "scripted/0.0", "scripted/1.0", spy=spy))
    assert found.decision == "rolled back"
    assert {one.ability for one in found.comparisons if one.outcome == "worse"} == {CAPS}


def test_without_caps_it_is_promoted():
    spy = models(wrong=wordy, reward=longer, likelihood=apart)
    assert verdict(ran(measure("caps"), "scripted/0.0", "scripted/1.0", spy=spy)).decision == "promoted"


def test_every_ablation_is_tested():
    assert set(load("reward_score").ablations) == {"beside", "caps"}


# --- over-optimisation ---


def watched(*names: str, **options: Any) -> tuple[int, list[str]]:
    evaluation = measure(length_cap=9.0, **options)
    spy = models(reward=blind)
    store = ran(evaluation, *names, spy=spy, gate=Open(), monitors=(OverOptimised(),))
    alarms = [str(data["alarm"]) for kind, data in store.events if kind == "alarm"]
    return max(phase.round for phase in store.phases), alarms


def test_a_stage_ends_where_the_reward_rises_and_the_second_measure_falls():
    names = ("scripted/0.1", "scripted/0.2", "scripted/0.5", "scripted/0.8", "scripted/0.9", "scripted/1.0")
    rounds, alarms = watched(*names)
    assert rounds == 3
    assert len(alarms) == 1
    assert "the reward rose" in alarms[0]


def test_a_stage_goes_on_where_both_rise():
    falling = ("scripted/0.9", "scripted/0.7", "scripted/0.4", "scripted/0.1")
    store = ran(measure(), *falling, spy=models(wrong=TOY.wrong), gate=Open(), monitors=(OverOptimised(),))
    assert max(phase.round for phase in store.phases) == 3
    assert not [kind for kind, _ in store.events if kind == "alarm"]


# --- what is measured ---


def given(learner: str, **options: Any) -> Context:
    spy = options.pop("models", None) or models()
    roles = {"reward_model": "scripted/0.0", "second": "scripted/0.1"}
    ctx = context(learner=learner, models=spy, environment=TOY, roles=roles, store=MemoryStore(), **options)
    return replace(ctx, origins={"learner": spy.learner("scripted/0.3")})


def told(ctx: Context) -> dict[str, Any]:
    assert isinstance(ctx.store, MemoryStore)
    return next(dict(data) for kind, data in reversed(ctx.store.events) if kind == "rewarded")


def test_the_reference_itself_has_a_half_and_no_divergence():
    ctx = given("scripted/0.3")
    card = measure()(ctx.learner, ctx)
    assert card.value == pytest.approx(0.5)
    found = told(ctx)
    assert (found["kl"], found["broken"]) == (0.0, [])
    assert found["greedy"]["mean"] == pytest.approx(0.0)
    assert found["greedy"]["spread"] == pytest.approx(1.0)
    assert found["characters"][0] == found["characters"][1]


def test_the_card_holds_reward_second_measure_and_caps():
    ctx = given("scripted/0.5")
    card = measure()(ctx.learner, ctx)
    assert [(s.ability, s.protected, set(s.metrics)) for s in card.scores if not s.node] == [
        ("sums", False, {"reward", "reward@1"}),
        (BESIDE, True, {"verifier"}),
        (CAPS, True, {"within"}),
    ]
    assert all(0 <= value <= 1 for score in card.scores for values in score.metrics.values() for value in values)


def test_the_divergence_is_the_mean_of_log_ratios():
    def likely(model: str, _prompt: Prompt, _text: str) -> float:
        return -1.0 if model == "scripted/0.5" else -1.5

    ctx = given("scripted/0.5", models=models(answer=says("7"), wrong=says("8"), likelihood=likely))
    measure()(ctx.learner, ctx)
    assert told(ctx)["kl"] == pytest.approx(2 * 0.5)  # a word and the end


def test_a_way_of_answering_has_no_divergence():
    ctx = given("scripted/0.5")
    measure()(replace(ctx.learner, answer=_Say()), ctx)
    assert told(ctx)["kl"] is None


@dataclass(frozen=True, kw_only=True)
class _Say:
    scope: ClassVar[str] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        drawn = ctx.generate([e.prompt for e in batch], [e.id for e in batch])
        return [replace(e, solution=one) for e, (one,) in zip(batch, drawn, strict=True)]


def test_a_further_look_has_all_three():
    ctx = given("scripted/0.5")
    first = measure()(ctx.learner, ctx)
    seen = set(first.target.items)
    later = measure().more(ctx.learner, ctx.within("evaluation.RewardScore.look-1"), {BESIDE}, seen)
    assert {score.ability for score in later.scores} == {"sums", BESIDE, CAPS}
    assert not set(later.target.items) & seen


def test_the_sealed_look():
    assert (measure().sealed().split, measure().sealed().protected) == ("sealed", 2000)


def test_who_is_asked_is_known_before_the_run():
    assert measure(roles=("one", "two"), second="three").role == "one,two,three"


def test_what_cannot_be_is_refused():
    with pytest.raises(UsageError, match="needs a reward"):
        RewardScore(by=())
    with pytest.raises(UsageError, match="Vote needs all of a task"):
        RewardScore(by=(Reward(),), beside=Vote())
    ctx = context(environment=TOY)
    with pytest.raises(UsageError, match="unknown role 'reward_model'"):
        measure()(ctx.learner, ctx)


def test_a_judge_as_second_measure():
    """Its points are ranks among the reference's; where it says none, an item has no value."""
    judge = Judge(prompt="self_rewarding/judge", role="second")
    ctx = given("scripted/0.5", models=models(rates=sums_alone))
    card = replace(measure(), beside=judge)(ctx.learner, ctx)
    (second,) = [score for score in card.scores if score.ability == BESIDE]
    assert (set(second.metrics), second.unread) == ({"judge"}, ())
    assert 0.3 < sum(second.metrics["judge"]) / len(second.items) < 0.5

    def mute(prompt: Prompt, seed: int) -> str:
        return TOY.right(prompt, seed) if prompt.name == "task/sum" else "I cannot say."

    ctx = given("scripted/0.5", models=models(answer=mute, rates=sums_alone))
    card = replace(measure(), beside=judge)(ctx.learner, ctx)
    (second,) = [score for score in card.scores if score.ability == BESIDE]
    assert (second.items, len(second.unread)) == ((), 60)
