from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest
from tests.operators.given import Plain

from lamarck.core import Context, Experience, LabelError, Limits, Objective, Phase, Prompt, State, Task
from lamarck.operators.tasks import SelfInstruct
from lamarck.testing import MemoryStore, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
Write = Callable[[Prompt, int], str]


def given(write: Write = TOY.right, world: Any = TOY, **options: Any) -> tuple[Context, ScriptedModels]:
    spy = ScriptedModels(answer=write, wrong=TOY.wrong)
    return context(learner="scripted/0.0", models=spy, environment=world, **options), spy


def reasons(ctx: Context) -> Counter[str]:
    return Counter(drop.reason for drop in ctx.notes)


def words(batch: Sequence[Experience]) -> list[str]:
    return [e.task.messages[-1].text for e in batch]


def test_n_new_tasks_of_the_objective():
    ctx, _ = given(objective=Objective(ability="sums", node="add"))
    made = SelfInstruct(n=30)([], ctx)
    assert len({TOY.key(e.task) for e in made}) == 30
    assert {(e.task.parameters["node"], TOY.split(e.task)) for e in made} == {("add", "practice")}
    assert made == SelfInstruct(n=30)([], given(objective=Objective(ability="sums", node="add"))[0])


def test_tasks_that_come_in_stay_and_are_not_made_again():
    ctx, _ = given()
    first = SelfInstruct(n=10, human=0)([], ctx)
    again = SelfInstruct(n=10, human=0)(first[:5], given()[0])
    assert again[:5] == first[:5]
    assert len({TOY.key(e.task) for e in again}) == len(again) == 15


def test_what_is_no_task_is_dropped_and_counted():
    ctx, _ = given()
    ctx = replace(ctx, learner=ctx.models.learner("scripted/0.5"))
    made = SelfInstruct(n=20, tries=1)([], ctx)
    assert 0 < len(made) < 20
    assert len(made) + reasons(ctx).total() == 20
    assert reasons(ctx)["no valid task, or a held-out one"] > 3


def test_never_a_held_out_task():
    everything = [f"{a}{sign}{b}" for a in range(31) for b in range(31) for sign in "+-*"]
    ctx, _ = given(lambda _prompt, seed: Random(seed).choice(everything))
    made = SelfInstruct(n=300, human=0)([], ctx)
    assert {TOY.split(e.task) for e in made} == {"practice"}
    assert reasons(ctx)["no valid task, or a held-out one"] > 100


def test_an_environment_that_forgets_to_refuse_is_not_believed():
    @dataclass(kw_only=True)
    class Careless(ToyEnvironment):
        def invented(self, text: str, objective: Objective, /) -> Task | None:
            made = super().invented(text, objective)
            return made and replace(made, split="selection")

    ctx, _ = given(world=Careless())
    assert SelfInstruct(n=5, tries=1)([], ctx) == []
    assert reasons(ctx)["a seed or a held-out item"] > 0


def test_the_same_problem_is_made_once_and_no_seed_again():
    left, right = TOY.labelled(1, 0, Objective(ability="sums", node="add"))[0].task.messages[0].text.split("+")
    both = (f"{left}+{right}", f"{right}+{left}")
    ctx, _ = given(lambda _prompt, seed: both[seed % 2])
    made = SelfInstruct(n=10, human=0)([], ctx)
    assert len(made) == 1
    assert reasons(ctx)["made before"] > 50
    seeds = [e.task.messages[-1].text for e in ctx.examples(175, "seeds")]
    again, _ = given(lambda _prompt, seed: seeds[seed % len(seeds)])
    assert SelfInstruct(n=10, tries=2)([], again) == []
    assert reasons(again) == {"a seed or a held-out item": 20}


def test_the_pool_grows_over_rounds_and_is_shown():
    ctx, spy = given()
    operator = SelfInstruct(n=12, human=2, machine=3)
    first = operator([], ctx)
    assert all(call.request.prompt.fields["examples"].count("Task ") == 2 for call in spy.calls[:12])
    spy.calls.clear()
    ctx = replace(ctx, round=2)
    second = operator([], ctx)
    assert not {TOY.key(e.task) for e in first} & {TOY.key(e.task) for e in second}
    shown = spy.calls[0].request.prompt.fields["examples"]
    assert shown.count("Task ") == 5
    assert sum(text in shown.split() for text in words(first)) == 3
    state = ctx.store.read(Phase(stage=0, round=2, name="state-self_instruct"), State)
    assert state
    assert set(state.data["pool"].values()) == set(words(first + second))


def test_a_killed_round_gives_the_same_tasks_again():
    ctx, _ = given()
    operator = SelfInstruct(n=8, human=2, machine=2)
    assert operator([], ctx) == operator([], ctx.within(ctx.operator))


def test_without_an_inventing_environment_the_reply_is_the_task():
    replies = ["Task 9: Peel a potato.", "peel a  potato", "name a river", "COUNT TO TEN!", "boil an egg", " ", "Knit."]
    ctx, _ = given(lambda _prompt, seed: replies.pop(0), world=Plain())
    made = SelfInstruct(n=7, tries=1)([], ctx)
    assert [(e.task.kind, text) for e, text in zip(made, words(made), strict=True)] == [
        ("instruction", "Peel a potato."),
        ("instruction", "Knit."),
    ]
    assert reasons(ctx) == {"made before": 1, "a seed or a held-out item": 3, "an empty reply": 1}


def test_the_model_is_asked_with_examples_and_the_brief():
    ctx, spy = given(objective=Objective(ability="sums", node="add"))
    SelfInstruct(n=1, human=4, role="teacher", temperature=0.6, top_p=0.9)([], ctx)
    asked = spy.calls[0].request
    assert set(asked.prompt.fields) == {"wanted", "highest", "examples", "brief", "objective"}
    assert asked.prompt.fields["objective"] == "sums, above all add"
    assert asked.prompt.fields["brief"] == "wanted: +\nhighest: 30"
    assert asked.prompt.fields["examples"].count("Task ") == 4
    assert (asked.sampling.temperature, asked.sampling.top_p) == (0.6, 0.9)


def test_lacking_tasks_are_asked_for_again_a_bounded_number_of_times():
    few = Objective(ability="sums", node="add", parameters={"highest": 3})
    ctx, spy = given(objective=few)
    made = SelfInstruct(n=40, human=0, tries=3)([], ctx)
    assert 0 < len(made) < 10
    assert 60 < len(spy.calls) < 120
    enough, spy = given(objective=few)
    assert len(SelfInstruct(n=2, human=0, tries=50)([], enough)) == 2
    assert len(spy.calls) < 50


def test_the_limit_caps_n():
    assert len(SelfInstruct(n=20)([], given(limits=Limits(tasks=3))[0])) == 3


@pytest.mark.parametrize("labels", ["none", "check"])
def test_references_are_sealed(labels: Any):
    (one,) = SelfInstruct(n=1)([], given(labels=labels)[0])
    assert one.task.reference
    with pytest.raises(LabelError):
        one.task.reference.read()


def test_a_model_that_says_the_same_for_ever_is_left_with_a_reason_and_what_it_said_is_kept():
    store = MemoryStore()
    ctx, spy = given(lambda _prompt, _seed: "Boil two eggs.", world=Plain(), store=store)
    made = SelfInstruct(n=30)([], ctx)
    assert [e.task.messages[0].text for e in made] == ["Boil two eggs."]
    assert len(spy.calls) == 30 + 29
    (event,) = [data for kind, data in store.events if kind == "lacking"]
    assert (event["wanted"], event["made"], event["asked"]) == (30, 1, 59)
    assert event["reasons"] == {"made before": 58}
