from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.operators.given import task, tried

from lamarck.core import Context, Entry, Experience, Prompt, Solution, UsageError
from lamarck.memory import Versions
from lamarck.operators.evaluation import Accuracy
from lamarck.operators.solutions.recall import Recall
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
SUMS = [f"{a}{sign}{b}" for a in range(2, 12) for sign, b in (("+", 3), ("*", 7), ("-", 20))]
Reply = Callable[[Prompt], str]


def entry(text: str, answer: str | None = "", kind: str = "experience") -> Entry:
    """A remembered sum; its solution says so."""
    found = replace(tried(text, f"worked out {text}")[0], task=task(text))
    assert found.solution
    solution = replace(found.solution, answer=f"={text}" if answer == "" else answer)
    key, experience = TOY.key(found.task), replace(found, solution=solution)
    return Entry(text=text, kind=kind, key=key, source=found.task.id, experience=experience)


def world(entries: list[Entry], reply: Reply = lambda prompt: "1") -> tuple[Context, ScriptedModels]:
    """A learner that remembers these; it replies so to every prompt."""
    models = ScriptedModels(answer=lambda prompt, _: reply(prompt), wrong=lambda prompt, _: reply(prompt))
    versions = Versions()
    ctx = replace(context(models=models), memories=versions)
    return replace(ctx, learner=replace(ctx.learner, memory=versions.commit("", entries))), models


def prompts(models: ScriptedModels, name: str) -> list[Prompt]:
    return [call.request.prompt for call in models.calls if call.request.prompt.name == name]


def answered(recall: Recall, ctx: Context, text: str = "4+9") -> Experience:
    (found,) = recall([Experience(task=task(text))], ctx)
    return found


def recalled(found: Experience) -> list[str]:
    assert found.asked
    return found.asked.fields["recalled"].split()


def groups(ctx: Context, n: int = 4) -> list[set[str]]:
    return [{e.source for e in group} for group in ctx.memory.spread("?", 10_000, n)]


def test_one_example_of_each_cluster_is_in_the_prompt():
    ctx, models = world([entry(text) for text in SUMS])
    sources = recalled(answered(Recall(), ctx))
    assert [[source in group for group in groups(ctx)].count(True) for source in sources] == [1] * 4
    assert all(len(group & set(sources)) == 1 for group in groups(ctx))
    (asked,) = prompts(models, "mot/answer")
    shown = [source.removeprefix("toy/") for source in sources]
    assert asked.fields["task"] == "4+9"
    assert asked.fields["left"] == "4"
    assert asked.fields["examples"] == "\n\n".join(f"Question: {text}\nAnswer: worked out {text}" for text in shown)
    assert asked.fields["answers"] == ",".join(f"={text}" for text in shown)


def test_without_clusters_the_nearest_are_shown():
    ctx, _ = world([entry(text) for text in SUMS])
    whole, together = Recall(choose="nearest", clustered=False), 0
    for text in ("4+9", "40-9", "12*12"):
        nearest = [e.source for e in ctx.memory.search(text, 4)]
        assert recalled(answered(whole, ctx, text)) == nearest
        together += any(len(group & set(nearest)) > 1 for group in groups(ctx))
    assert together, "questions so chosen that clusters would have shown others"


def test_the_learner_chooses_by_number_from_a_random_order():
    """Here always a product, where there is one among the candidates."""

    def choose(prompt: Prompt) -> str:
        listed = re.findall(r"^(\d+)\. (.*)$", prompt.fields.get("candidates", ""), re.M)
        return next((f"Number {number}." for number, text in listed if "*" in text), "1")

    ctx, models = world([entry(text) for text in SUMS], choose)
    found = answered(Recall(nearest=8), ctx)
    lists = [
        [line.partition(". ")[2] for line in p.fields["candidates"].splitlines()] for p in prompts(models, "mot/choose")
    ]
    assert len(lists) == 4
    nearest = [[e.text for e in group] for group in ctx.memory.spread("4+9", 8, 4)]
    assert [sorted(texts) for texts in lists] == [sorted(texts) for texts in nearest]
    assert lists != nearest
    wanted = [next((text for text in texts if "*" in text), texts[0]) for texts in lists]
    assert recalled(found) == [f"toy/{text}" for text in wanted]
    assert found.asked
    assert found.asked.fields["unread"] == "0"


@pytest.mark.parametrize("reply", ["none of them helps", "0", "99", "", "9" * 5000])
def test_a_choice_that_cannot_be_read_is_the_nearest_and_is_counted(reply: str):
    ctx, _ = world([entry(text) for text in SUMS], lambda _: reply)
    found = answered(Recall(), ctx)
    nearest = recalled(answered(Recall(choose="nearest"), ctx))
    assert recalled(found) == nearest
    assert found.asked
    assert found.asked.fields["unread"] == "4"


def test_a_choice_of_one_is_not_asked_for():
    ctx, models = world([entry("3+8"), entry("50*7")])
    assert len(recalled(answered(Recall(), ctx))) == 2
    assert not prompts(models, "mot/choose")


def test_chance_depends_on_the_task_alone_and_is_no_likeness():
    ctx, _ = world([entry(text) for text in SUMS])
    random = Recall(choose="random")
    assert recalled(answered(random, ctx)) == recalled(answered(random, ctx))
    assert recalled(answered(random, ctx)) != recalled(answered(Recall(choose="nearest"), ctx))
    assert len({tuple(recalled(answered(random, ctx, f"{n}+9"))) for n in range(20)}) > 10


def test_a_task_is_never_shown_itself_nor_the_same_problem():
    ctx, _ = world([entry(text) for text in SUMS])
    for text in SUMS:  # every one is remembered
        assert f"toy/{text}" not in recalled(answered(Recall(choose="nearest"), ctx, text))
    turned = answered(Recall(choose="nearest"), ctx, "3+5")  # 5+3 is remembered: the same sum
    assert "toy/5+3" not in recalled(turned)
    ctx, models = world([entry("5+3"), entry("3+5")])
    answered(Recall(), ctx, "3+5")
    assert [call.request.prompt.name for call in models.calls] == ["task/sum"]


def test_an_empty_memory_answers_the_task_as_it_stands():
    ctx, models = world([])
    found = answered(Recall(), ctx)
    (call,) = models.calls
    assert call.request.prompt == task("4+9").prompt
    assert call.request.sampling.temperature == 0
    assert found.asked is None
    assert found.solution


def test_answers_that_are_none_are_left_out_and_other_kinds_are_not_recalled():
    ctx, _ = world([entry("3+8", None), entry("50*7"), Entry(text="4+9 is hard", kind="rule")])
    found = answered(Recall(), ctx)
    assert found.asked
    assert found.asked.fields["answers"] == "=50*7"
    assert "hard" not in found.asked.fields["examples"]


def test_everything_is_asked_greedily_and_the_origin_says_who_answered():
    ctx, models = world([entry(text) for text in SUMS])
    found = answered(Recall(), ctx)
    assert {call.request.sampling.temperature for call in models.calls} == {0.0}
    assert (found.origin.learner, found.origin.temperature) == (ctx.learner.hash, 0.0)
    assert found.solution
    assert found.solution.author == ctx.learner.hash


def test_as_a_way_of_answering_the_learner_uses_its_own_memory():
    """Evaluated, a learner is not the champion: what it remembers decides, not what the champion does."""

    def reply(prompt: Prompt) -> str:
        return TOY.answer(prompt, 0) if prompt.name == "mot/answer" else "no idea"

    ctx, _ = world([entry(text) for text in SUMS], reply)
    knowing = replace(ctx.learner, answer=Recall(choose="nearest"))
    empty = replace(knowing, memory="")
    accuracy = Accuracy(samples=0, protected=5, metric="greedy")
    for champion in (knowing, empty):
        at = replace(ctx, learner=champion)
        assert accuracy(knowing, at).value == 1
        assert accuracy(empty, at).value == 0


def test_an_unknown_way_to_choose_is_refused():
    with pytest.raises(UsageError, match="unknown way to choose 'nearst': did you mean nearest"):
        Recall(choose="nearst")  # type: ignore[arg-type]


def test_a_solution_without_text_is_no_stumbling_block():
    blank = replace(entry("3+8"), experience=Experience(task=task("3+8"), solution=Solution(messages=())))
    ctx, _ = world([blank, Entry(text="1+1 is 2", kind="experience")])
    found = answered(Recall(), ctx)
    assert found.asked
    assert "Question: 3+8\nAnswer: " in found.asked.fields["examples"]
