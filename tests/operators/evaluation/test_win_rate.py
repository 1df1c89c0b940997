from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lamarck.core import Context, Prompt, UsageError
from lamarck.operators.evaluation import WinRate
from lamarck.operators.solutions import Sample
from lamarck.testing import MemoryStore, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
BY_CHECK = WinRate(role="environment", protected=2)
BY_JUDGE = WinRate(protected=2, limit=24, verdicts=False)


def fair(prompt: Prompt) -> str:
    """Prefers the right answer, wherever it stands."""
    good = [TOY.says(prompt.fields[name]) == TOY.solved(prompt) for name in ("first", "second")]
    return f"Well. winner: {'tie' if good[0] == good[1] else 'first' if good[0] else 'second'}"


def models(compare: Callable[[Prompt], str] = fair) -> ScriptedModels:
    def write(prompt: Prompt, seed: int) -> str:
        return compare(prompt) if prompt.name == "win_rate/compare" else TOY.right(prompt, seed)

    return ScriptedModels(answer=write, wrong=TOY.wrong)


def given(learner: str = "scripted/0.2", opponent: str = "scripted/0.6", **options: Any) -> Context:
    """A run that began with the opponent."""
    spy = options.pop("models", None) or models()
    ctx = context(learner=learner, models=spy, roles={"judge": "scripted/0.0"}, **options)
    return replace(ctx, origins={"learner": spy.learner(opponent)})


def told(ctx: Context) -> dict[str, Any]:
    assert isinstance(ctx.store, MemoryStore)
    return dict(ctx.store.events[-1][1])


@pytest.mark.parametrize("evaluation", [BY_CHECK, BY_JUDGE])
@pytest.mark.parametrize(
    ("learner", "opponent", "value"),
    [("0.0", "1.0", 1.0), ("1.0", "0.0", 0.0), ("0.4", "0.4", 0.5), ("0.0", "0.0", 0.5)],
)
def test_who_wins(evaluation: WinRate, learner: str, opponent: str, value: float):
    ctx = given(f"scripted/{learner}", f"scripted/{opponent}")
    card = evaluation(ctx.learner, ctx)
    assert (card.value, card.metric, set(card.target.metrics)) == (value, "win rate", {"win rate"})


@pytest.mark.parametrize("evaluation", [BY_CHECK, BY_JUDGE])
def test_the_better_one_wins_the_more_often(evaluation: WinRate):
    ctx = given()
    assert 0.6 < evaluation(ctx.learner, ctx).value < 0.9
    assert set(evaluation(ctx.learner, ctx).target.metrics["win rate"]) == {0.5, 1.0}


def test_the_target_its_nodes_and_what_is_protected():
    ctx = given()
    card = BY_CHECK(ctx.learner, ctx)
    assert [(s.ability, s.node, s.protected, set(s.metrics)) for s in card.scores] == [
        ("sums", "", False, {"win rate"}),
        ("sums", "add", False, {"win rate"}),
        ("sums", "subtract", False, {"win rate"}),
        ("sums", "multiply", False, {"win rate"}),
        ("doubles", "", True, {"greedy"}),
    ]


@pytest.mark.parametrize("side", ["first", "second"])
def test_a_judge_that_loves_one_side_gives_ties(side: str):
    ctx = given(models=models(lambda _prompt: f"winner: {side}"))
    assert BY_JUDGE(ctx.learner, ctx).value == 0.5
    assert told(ctx)["wins"] == told(ctx)["losses"] == told(ctx)["unread"] == told(ctx)["decided"] == 0


def test_what_cannot_be_read_counts_nothing():
    ctx = given(
        "scripted/0.0", "scripted/1.0", models=models(lambda prompt: fair(prompt) * ("=" in prompt.fields["first"]))
    )
    card = BY_JUDGE(ctx.learner, ctx)
    score = card.target
    assert card.value == 1.0
    assert len(score.unread) == told(ctx)["unread"] > 0
    assert len(score.unread) + len(score.items) == 24
    assert not set(score.unread) & set(score.items)
    assert (told(ctx)["wins"], told(ctx)["ties"], told(ctx)["losses"]) == (len(score.items), 0, 0)


def test_a_judge_of_whom_nothing_can_be_read_is_refused():
    ctx = given("scripted/0.0", "scripted/1.0", models=models(lambda _prompt: "Both are fine."))
    with pytest.raises(UsageError, match="no reply of the judge could be read on any of"):
        BY_JUDGE(ctx.learner, ctx)
    assert BY_JUDGE.more(ctx.learner, ctx, {"sums"}, set()).scores == ()


def test_the_environments_verdict_goes_before_the_judges():
    for labels, value in (("check", 1.0), ("train", 1.0), ("none", 0.0)):
        ctx = given("scripted/0.0", "scripted/1.0", labels=labels)
        liar = replace(ctx, models=models(lambda prompt: f"winner: {'second' if 'first' in fair(prompt) else 'first'}"))
        assert replace(BY_JUDGE, verdicts=True)(liar.learner, liar).value == value
        assert told(liar)["decided"] == (0 if labels == "none" else 24)


def test_both_orders_are_asked_and_the_label_is_not_shown():
    spy = models()
    ctx = given("scripted/0.0", "scripted/1.0", models=spy)
    replace(BY_JUDGE, limit=1, protected=0)(ctx.learner, ctx)
    one, other = (call.request.prompt for call in spy.calls if call.request.prompt.name == "win_rate/compare")
    assert (one.fields["first"], one.fields["second"]) == (other.fields["second"], other.fields["first"])
    assert set(one.fields) == {"left", "sign", "right", "task", "reference", "first", "second", "fence"}
    assert {call.model for call in spy.calls if "first" in call.request.prompt.fields} == {"scripted/0.0"}


def test_equal_texts_tie_unasked():
    spy = models(lambda _prompt: pytest.fail("asked"))
    ctx = given("scripted/0.3", "scripted/0.3", models=spy)
    assert BY_JUDGE(ctx.learner, ctx).value == 0.5


def test_the_length_of_both_sides_is_kept():
    ctx = given("scripted/0.0", "scripted/1.0")
    BY_CHECK(ctx.learner, ctx)
    found = told(ctx)
    assert (found["wins"], found["learner"], found["against"]) == (24, ctx.learner.hash, ctx.role("origin").hash)
    mine, theirs = found["characters"]
    assert 1 < theirs < mine < 30


def test_several_samples_an_item_give_their_mean():
    ctx = given("scripted/0.3", "scripted/0.6")
    card = replace(BY_CHECK, samples=4, temperature=1.0)(ctx.learner, ctx)
    assert {value * 8 for value in card.target.metrics["win rate"]} > {4.0, 5.0, 6.0}
    assert len(card.target.items) == 24


def test_who_is_asked_to_judge_must_be_there():
    ctx = context()
    with pytest.raises(UsageError, match="this run has none; type --judge provider/model"):
        BY_JUDGE(ctx.learner, ctx)
    with pytest.raises(UsageError, match="unknown role 'riginal': did you mean origin"):
        WinRate(against="riginal", role="environment")(ctx.learner, ctx)


def test_further_looks_meet_new_items_only():
    ctx = given()
    met = BY_CHECK(ctx.learner, ctx)
    seen = {item for score in met.scores for item in score.items}
    later = BY_CHECK.more(ctx.learner, ctx.within("evaluation.WinRate.look-1"), {"sums"}, seen)
    assert [score.ability for score in later.scores] == ["sums"]
    assert later.target.items
    assert not set(later.target.items) & seen


def test_the_sealed_look():
    sealed = BY_CHECK.sealed()
    assert (sealed.split, sealed.protected) == ("sealed", 2000)


def test_a_way_of_answering_is_the_learners_own():
    spy = models()
    ctx = given(models=spy)
    candidate = replace(ctx.learner, answer=Sample(prompt="star/answer"))
    replace(BY_CHECK, protected=0)(candidate, ctx)
    names = {(call.model, call.request.prompt.name) for call in spy.calls}
    assert names == {("scripted/0.2", "star/answer"), ("scripted/0.6", "task/sum")}
