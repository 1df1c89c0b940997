from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lamarck.core import Context, Message, Prompt, Solution, Task, UsageError
from lamarck.operators.evaluation import Grade
from lamarck.operators.judging import NOTHING
from lamarck.operators.turns import dialogues, parts, views
from lamarck.testing import MemoryStore, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
BY_JUDGE = Grade(protected=2, limit=12, verdicts=False)


def given(grade: Callable[[Prompt], str], learner: str = "0.0", **options: Any) -> Context:
    def write(prompt: Prompt, seed: int) -> str:
        return grade(prompt) if prompt.name == "grade/single" else TOY.right(prompt, seed)

    models = ScriptedModels(answer=write, wrong=TOY.wrong, rates=lambda p, rate: rate if p.name == "task/sum" else 0.0)
    return context(learner=f"scripted/{learner}", models=models, roles={"judge": "scripted/0.0"}, **options)


def told(ctx: Context) -> dict[str, Any]:
    assert isinstance(ctx.store, MemoryStore)
    return dict(ctx.store.events[-1][1])


@pytest.mark.parametrize(("points", "value"), [("1", 0.0), ("10", 1.0), ("5.5", 0.5)])
def test_points_become_shares(points: str, value: float):
    ctx = given(lambda _prompt: f"Fine.\nscore: {points}")
    card = BY_JUDGE(ctx.learner, ctx)
    assert (card.value, card.metric) == (value, "grade")
    assert (told(ctx)["mean"], told(ctx)["scale"]) == ({"score": float(points)}, [1.0, 10.0])


def test_what_cannot_be_read_has_no_grade():
    ctx = given(lambda p: "score: 11" if p.fields["sign"] == "*" else "score: 7")
    card = BY_JUDGE(ctx.learner, ctx)
    assert len(card.target.unread) == told(ctx)["unread"] == 4
    assert set(card.target.metrics["grade"]) == {6 / 9}
    assert [score.node for score in card.scores] == ["", "add", "subtract", ""]
    mute = given(lambda _prompt: "Good.")
    with pytest.raises(UsageError, match="no reply of the judge could be read on any of 12 items"):
        BY_JUDGE(mute.learner, mute)


def test_dimensions_have_a_line_each():
    ctx = given(lambda p: p.fields["wanted"].replace("goal: <points>", "goal: 4").replace("<points>", "7"))
    card = replace(BY_JUDGE, dimensions=("goal", "tone"))(ctx.learner, ctx)
    assert told(ctx)["mean"] == {"goal": 4.0, "tone": 7.0}
    assert card.value == pytest.approx((5.5 - 1) / 9)


def test_a_reference_is_shown_where_it_may_be():
    seen = list[str]()
    ctx = given(lambda p: seen.append(p.fields["reference"]) or "score: 5")
    BY_JUDGE(ctx.learner, ctx)
    assert set(seen) == {NOTHING}
    seen.clear()
    replace(BY_JUDGE, reference=True)(ctx.learner, ctx)
    assert all(text.lstrip("-").isdigit() for text in seen)
    closed = given(lambda _p: "score: 5", labels="none")
    with pytest.raises(UsageError, match="the recipe declares labels='none'; set its reference to False"):
        replace(BY_JUDGE, reference=True)(closed.learner, closed)


def test_the_environments_verdict_is_the_grade():
    ctx = given(lambda _p: pytest.fail("asked"), learner="0.5")
    card = replace(BY_JUDGE, verdicts=True)(ctx.learner, ctx)
    assert set(card.target.metrics["grade"]) == {0.0, 1.0}
    assert told(ctx)["decided"] == 12


def test_several_judges_are_weighed():
    def write(prompt: Prompt, seed: int) -> str:
        return TOY.right(prompt, seed)

    models = ScriptedModels(answer=write, wrong=TOY.wrong)
    ctx = context(learner="scripted/0.5", models=models, roles={"judge": "scripted/0.0", "judge2": "scripted/1.0"})
    both = replace(BY_JUDGE, role="judge,judge2", anchors=30)
    alone = replace(BY_JUDGE, anchors=30)
    # the second one says the contrary of what is right: on the anchors it is below chance, and weighs nothing
    assert both(ctx.learner, ctx).value == alone(ctx.learner, ctx).value
    assert replace(both, anchors=0)(ctx.learner, ctx).value == pytest.approx((9 + 2 - 2) / 2 / 9)


def talked() -> Task:
    asked = (Message(role="user", text="1+1"), Message(role="user", text="Say it in words."))
    return replace(TOY.tasks("selection", 1, 0, context().objective)[0], messages=asked)


def test_turns_are_answered_one_after_the_other():
    task, ctx = talked(), given(lambda _p: "score: 5")
    assert [len(part) for part in parts(task)] == [1, 1]
    ((solution,),) = dialogues([task], ctx.learner, ctx, 1, {"add": 0.7}, 0.0)
    assert solution
    assert [m.role for m in solution.messages] == ["assistant", "user", "assistant"]
    spy: Any = ctx.models
    asked = [call.request for call in spy.calls]
    assert [[m.role for m in request.prompt.messages] for request in asked] == [["user"], ["user", "assistant", "user"]]
    assert len({request.sampling.temperature for request in asked}) == 1


def test_each_turn_is_judged_in_view_of_what_came_before():
    said = [Message(role="assistant", text="2"), Message(role="user", text="x"), Message(role="assistant", text="Two.")]
    first, second = views(talked(), Solution(messages=tuple(said)))
    assert (first.asked, first.answer) == ("1+1", "2")
    assert (second.asked, second.answer) == ("User: 1+1\n\nAssistant: 2\n\nUser: Say it in words.", "Two.")
    assert [view.answer for view in views(talked(), None)] == ["", ""]
