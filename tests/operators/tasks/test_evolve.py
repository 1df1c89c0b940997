from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.operators.given import Plain, task, tried

from lamarck.core import Batch, Context, Experience, Message, Objective, Prompt, Solution, Task
from lamarck.operators.descent import root, step
from lamarck.operators.inventing import asking, instruction, question
from lamarck.operators.tasks import Evolve
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY, PLAIN = ToyEnvironment(), Plain()
PROMPTS = ("evolve/one", "evolve/two")
EGG = instruction("egg", "Boil an egg.", "plain")


def given(write: Callable[[Prompt, int], str], world: Any = PLAIN, **options: Any) -> tuple[Context, ScriptedModels]:
    spy = ScriptedModels(answer=write, wrong=write)
    return context(learner="scripted/0.0", models=spy, environment=world, **options), spy


def reasons(ctx: Context) -> Counter[str]:
    return Counter(drop.reason for drop in ctx.notes)


def some(n: int, old: Task = EGG) -> Batch:
    return [Experience(task=replace(old, id=f"{old.id}{i}")) for i in range(n)]


def longer(prompt: Prompt, seed: int) -> str:
    return f"{prompt.fields['task']} Twice, by {prompt.name}."


def test_each_task_is_rewritten_by_one_of_the_prompts():
    ctx, spy = given(longer)
    made = [e for one in some(40) for e in Evolve(prompts=PROMPTS)([one], ctx)]
    assert all(question(e.task).startswith("Boil an egg. Twice") for e in made)
    names = Counter(call.request.prompt.name for call in spy.calls)
    assert set(names) == set(PROMPTS)
    assert min(names.values()) > 10
    assert made == [e for one in some(40) for e in Evolve(prompts=PROMPTS)([one], given(longer)[0])]


def test_a_new_task_says_what_it_was_made_of():
    ctx, _ = given(longer)
    (first,) = Evolve(prompts=PROMPTS[:1])([Experience(task=EGG)], ctx)
    (second,) = Evolve(prompts=PROMPTS[:1])([first], replace(ctx, round=2))
    assert second.task.fields["original"] == question(first.task)
    assert (root(second.task), step(second.task)) == ("egg", 2)
    assert second.task.parameters["of"] == first.task.id
    assert second.task.parameters["by"] == "evolve/one"
    assert second.solution is None
    assert (second.origin.round, second.origin.learner) == (2, ctx.learner.hash)


def test_a_rewrite_that_says_the_same_or_nothing_is_dropped():
    replies = ["boil  an egg", "Task 3: Boil an egg!", "  ", "Fry an egg."]
    ctx, _ = given(lambda _prompt, _seed: replies.pop(0))
    made = Evolve(prompts=PROMPTS, times=4)([Experience(task=EGG)], ctx)
    assert [question(e.task) for e in made] == ["Fry an egg."]
    assert reasons(ctx) == {"says what the old task says": 2, "an empty reply": 1}


def test_the_model_is_asked_with_task_objective_and_what_is_solved():
    ctx, spy = given(longer, objective=Objective(ability="chores", node="kitchen", parameters={"depth": 2}))
    Evolve(prompts=PROMPTS, role="teacher", temperature=0.6, top_p=0.9, max_tokens=50)(tried("3+4", "7"), ctx)
    asked = spy.calls[0].request
    assert asked.prompt.fields["task"] == "3+4"
    assert asked.prompt.fields["solution"] == "7"
    assert asked.prompt.fields["objective"] == "chores, above all kitchen (depth 2)"
    assert (asked.sampling.temperature, asked.sampling.top_p, asked.sampling.max_tokens) == (0.6, 0.9, 50)


def test_the_same_answer_keeps_reference_solution_and_how_it_is_checked():
    old = replace(
        task(),
        messages=(Message(role="user", text="What is 3+4?\n\nEnd with the number."),),
        fields={"question": "What is 3+4?"},
        parameters={"row": 5, "node": "add"},
    )
    ctx, _ = given(lambda _prompt, _seed: "How much are 3+4?")
    (solved,) = tried("3+4", "7", passed=True)
    (new,) = Evolve(prompts=PROMPTS, same_answer=True)([replace(solved, task=old)], ctx)
    assert new.task.messages[-1].text == "How much are 3+4?\n\nEnd with the number."
    assert new.task.reference == old.reference
    assert new.task.id.startswith("toy/3+4~")
    assert new.solution == solved.solution
    assert new.feedback is None
    assert (new.task.parameters["checked_as"], new.task.parameters["node"]) == ("toy/3+4", "add")


def test_a_harder_task_has_neither_the_old_reference_nor_its_check():
    ctx, _ = given(longer)
    (new,) = Evolve(prompts=PROMPTS)([Experience(task=replace(task(), parameters={"node": "add"}))], ctx)
    assert new.task.reference is None
    assert "checked_as" not in new.task.parameters
    assert new.task.parameters["node"] == "add"


def test_an_inventing_environment_reads_the_reply_and_tells_what_is_another_task():
    replies = ["5+9", "I would say 4+3", "no idea"]
    made = Evolve(prompts=PROMPTS, times=3)([Experience(task=task())], given(lambda _p, _s: replies.pop(0), TOY)[0])
    assert [(TOY.key(e.task), e.task.fields["original"], e.task.kind) for e in made] == [("5+9", "3+4", "sum")]
    replies = ["1+2", "9+5"]
    ctx, _ = given(lambda _p, _s: replies.pop(0), TOY)
    same = Evolve(prompts=PROMPTS, times=2, same_answer=True)([Experience(task=task("5+9", "14"))], ctx)
    assert [question(e.task) for e in same] == ["9+5"]
    assert reasons(ctx) == {"is another task": 1}


def test_a_reply_with_a_solution_is_parted():
    replies = ["Fry an egg.\n**Solution:** Heat oil.\nAdd the egg.", "Fry an egg."]
    ctx, _ = given(lambda _prompt, _seed: replies.pop(0))
    (new,) = Evolve(prompts=PROMPTS, answered=True, times=2)([Experience(task=EGG)], ctx)
    assert question(new.task) == "Fry an egg."
    assert new.solution
    assert new.solution.text == "Heat oil.\nAdd the egg."
    assert reasons(ctx) == {"no solution was given": 1}
    assert "solution" in Evolve(prompts=PROMPTS, answered=True).writes


def test_the_original_stands_before_what_was_made_of_it():
    ctx, _ = given(longer)
    old = Experience(task=EGG, sample=1)
    kept, *made = Evolve(prompts=PROMPTS, original=True, times=3)([old], ctx)
    assert kept == old
    assert [e.sample for e in made] == [3, 4, 5]


@pytest.mark.parametrize("text", ["A {brace} stays.", "Ends without a form"])
def test_asking_puts_another_question_in_place(text: str):
    assert question(asking(EGG, text)) == text


def test_a_reply_that_was_cut_off_states_no_task():
    ctx, _ = given(longer)
    cut = Solution(messages=(Message(role="assistant", text="Fry an"),), stop="length")
    asked = replace(ctx, models=Cut(cut))
    assert Evolve(prompts=PROMPTS)([Experience(task=EGG)], asked) == []
    assert reasons(asked) == {"the reply ended by length": 1}


class Cut:
    """Models that say one thing."""

    def __init__(self, solution: Solution):
        self.solution = solution

    def learner(self, name: str, /) -> Any: ...

    def open(self, learner: Any, /) -> Any:
        return self

    def card(self, model: Any, loss: str, /) -> Any: ...

    def generate(self, requests: Any, /) -> list[list[Solution]]:
        return [[self.solution] for _ in requests]
