from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.operators.tasks.test_from_text import Bare

from lamarck.core import Context, Experience, Limits, Message, Objective, Prompt, Task, UsageError
from lamarck.operators.branching import Branch, Level, cut, listed
from lamarck.operators.tasks import Brainstorm
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TYPES = Level(name="type", given=("law", "future"))
TOPICS = Level(name="topic", prompt="x/topic", n=3)
QUESTIONS = Level(name="question", prompt="x/question")


def numbered(prompt: Prompt, seed: int) -> str:
    """Lists as many as are asked for, all new; single lines below a topic."""
    if prompt.name == "x/question":
        return f"What about {prompt.fields['topic']}?"
    known = 0 if prompt.fields["known"].startswith("(") else len(prompt.fields["known"].splitlines())
    said = [f"{i}. {prompt.fields['type']} {known + i}" for i in range(1, int(prompt.fields["n"]) + 1)]
    return "\n".join(["Here they are:", *said])


def given(
    write: Callable[[Prompt, int], str] = numbered, world: Any = None, **more: Any
) -> tuple[Context, ScriptedModels]:
    spy = ScriptedModels(answer=write, wrong=write)
    return context(models=spy, environment=world or Bare(), **more), spy


def grown(*levels: Level, write: Callable[[Prompt, int], str] = numbered, **more: Any) -> list[Task]:
    return [e.task for e in Brainstorm(levels=levels, **more)([], given(write)[0])]


def test_the_last_level_is_the_tasks_and_what_was_above_stands_in_their_fields():
    tasks = grown(TYPES, TOPICS, QUESTIONS)
    assert [task.messages[-1].text for task in tasks][:2] == ["What about law 1?", "What about law 2?"]
    assert Counter(task.fields["type"] for task in tasks) == {"law": 3, "future": 3}
    assert tasks[0].fields["path"] == "type: law\ntopic: law 1\nquestion: What about law 1?"
    assert tasks[0].fields["start"] == "sums"
    assert len({task.id for task in tasks}) == 6


def test_a_level_is_asked_as_one_batch_and_only_those_that_lack_some_are_asked_again():
    batches: list[int] = []

    def half(prompt: Prompt, seed: int) -> str:
        lines = numbered(prompt, seed).splitlines()
        return "\n".join(lines[:2]) if prompt.fields.get("type") == "law" else "\n".join(lines)

    ctx, spy = given(half)
    asked = type(ctx).generate

    def counted(self: Context, prompts: Any, keys: Any, **more: Any) -> Any:
        batches.append(len(prompts))
        return asked(self, prompts, keys, **more)

    seen = type("Counted", (Context,), {"generate": counted})
    Brainstorm(levels=(TYPES, TOPICS, QUESTIONS))([], seen(**{f: getattr(ctx, f) for f in vars(ctx)}))
    assert batches == [2, 1, 1, 6]
    assert [call.request.prompt.fields["n"] for call in spy.calls[:4]] == ["3", "3", "2", "1"]
    assert spy.calls[2].request.prompt.fields["known"] == "law 1"


def test_a_branch_that_stays_short_is_named_with_the_reason_and_goes_on():
    def stuck(prompt: Prompt, seed: int) -> str:
        return "- courts\n- Courts.\n- the rule of the law" if prompt.fields["type"] == "law" else ""

    ctx, spy = given(stuck)
    found = Brainstorm(levels=(TYPES, replace(TOPICS, longest=3)), tries=2)([], ctx)
    assert [e.task.fields["topic"] for e in found] == ["courts"]
    assert len(spy.calls) == 4
    assert [drop.reason for drop in ctx.notes] == [
        "1 of 3 found for 'topic' in 2 tries: 3 said before, 2 of more than 3 words",
        "0 of 3 found for 'topic' in 2 tries: no more was said",
    ]


def test_a_find_stands_once_below_a_branch_or_once_on_the_level():
    def same(prompt: Prompt, seed: int) -> str:
        return "Rivers\nrivers\nHILLS"

    assert len(grown(TYPES, replace(TOPICS, n=2), write=same)) == 4
    assert len(grown(TYPES, replace(TOPICS, n=2, unique="level"), write=same)) == 2


def test_balance_cuts_every_branch_to_the_smallest_that_has_any():
    def uneven(prompt: Prompt, seed: int) -> str:
        return {"law": "a\nb\nc", "future": "d\ne", "moral": ""}[prompt.fields["type"]]

    types = Level(name="type", given=("law", "future", "moral"))
    assert [t.fields["topic"] for t in grown(types, TOPICS, write=uneven)] == ["a", "b", "c", "d", "e"]
    assert [t.fields["topic"] for t in grown(types, TOPICS, write=uneven, balance=True)] == ["a", "b", "d", "e"]


@pytest.mark.parametrize(("quota", "shares"), [(2, [1, 1]), (3, [1, 2]), (9, [3, 3])])
def test_a_quota_is_drawn_evenly_from_all_branches(quota: int, shares: list[int]):
    tasks = grown(TYPES, replace(TOPICS, quota=quota))
    assert sorted(Counter(task.fields["type"] for task in tasks).values()) == shares


def test_given_finds_are_all_taken_or_so_many_by_chance_below_each_branch():
    letters = Level(name="letter", given=tuple("abcdefgh"), n=2)
    tasks = grown(TYPES, letters, replace(TOPICS, n=1))
    drawn = [[t.fields["letter"] for t in tasks if t.fields["type"] == one] for one in TYPES.given]
    assert [len(set(each)) for each in drawn] == [2, 2]
    assert drawn[0] != drawn[1]


def test_whole_replies_can_be_private_and_are_shown_below():
    def write(prompt: Prompt, seed: int) -> str:
        return f"Of {prompt.fields['type']}.\n\nMuch." if prompt.name == "x/text" else prompt.fields["text"].upper()

    text = Level(name="text", prompt="x/text", whole=True, private="expert")
    task = grown(TYPES, text, QUESTIONS, write=write)[0]
    assert task.messages[-1].text == "OF LAW."
    assert task.private == {"expert": "Of law.\n\nMuch."}
    assert "text" not in task.fields
    assert "Much" not in task.fields["path"]


def test_levels_in_between_can_be_tasks_too():
    tasks = grown(TYPES, replace(TOPICS, n=1, tasks=True), QUESTIONS)
    assert [task.parameters["level"] for task in tasks] == ["topic", "topic", "question", "question"]


def test_levels_of_one_name_are_a_chain_below_each_task_that_comes_in():
    def follows(prompt: Prompt, seed: int) -> str:
        return f"{prompt.fields['relation']} of {prompt.fields['start']}, {prompt.fields['event'] or 'first'}"

    relation = Level(name="relation", given=("cause", "result"), n=1)
    event = Level(name="event", prompt="x/event", tasks=True)
    seed = Task(
        id="seed/1", kind="event", messages=(Message(role="user", text="it rains"),), fields={"scene": "a road"}
    )
    storm = Brainstorm(levels=(relation, event, relation, event), roots="tasks", answer=True, options=2)
    near, far = (e.task for e in storm([Experience(task=seed)], given(follows, labels="train")[0]))
    assert near.fields["scene"] == far.fields["scene"] == "a road"
    assert near.fields["event"] == ""
    assert near.reference
    assert far.reference
    assert far.fields["relation"].count(" > ") == 1
    assert far.fields["event"] == near.reference.read()
    shown = {line.partition(". ")[2] for line in far.fields["options"].splitlines()}
    assert shown == {near.reference.read(), far.reference.read()}
    assert far.parameters["root"] == "seed/1"
    assert far.messages[-1].text.startswith("it rains\nrelation: ")


def test_options_hold_the_answer_and_none_that_would_be_right_too():
    def event(prompt: Prompt, seed: int) -> str:
        return f"{prompt.fields['relation']} one\n{prompt.fields['relation']} two"

    relations = Level(name="relation", given=("cause", "result"))
    tasks = grown(relations, Level(name="event", prompt="x/event", n=2), write=event, answer=True, options=3)
    for task in tasks:
        shown = [line.partition(". ")[2] for line in task.fields["options"].splitlines()]
        assert task.reference
        right = task.reference.open().read()
        assert len(shown) == 3
        assert [one for one in shown if one.startswith(task.fields["relation"])] == [right]


def test_an_environment_that_invents_reads_what_shall_be_a_task():
    def sums(prompt: Prompt, seed: int) -> str:
        return "\n".join(["nothing", *(f"{a}+{a + 1}" for a in range(1, 20))])

    found = grown_in_toy(sums)
    assert {task.kind for task in found} == {"sum"}
    assert all(ToyEnvironment().split(task) == "practice" for task in found)
    assert {task.fields["type"] for task in found} == {"law", "future"}


def grown_in_toy(write: Callable[[Prompt, int], str]) -> list[Task]:
    ctx, _ = given(write, ToyEnvironment())
    return [e.task for e in Brainstorm(levels=(TYPES, replace(TOPICS, n=4)))([], ctx)]


def test_the_objective_is_in_the_prompts_and_begins_the_tree():
    ctx, spy = given(objective=Objective(ability="sums", node="add"))
    Brainstorm(levels=(TYPES, TOPICS))([], ctx)
    assert {call.request.prompt.fields["objective"] for call in spy.calls} == {"sums, above all add"}


def test_a_limit_holds_on_every_level():
    ctx, spy = given(limits=Limits(tasks=2))
    assert len(Brainstorm(levels=(TYPES, TOPICS, QUESTIONS))([], ctx)) == 2
    assert len(spy.calls) == 4


def test_tasks_that_come_in_stay_before_the_new_ones():
    old = Experience(task=Task(id="old", kind="instruction", messages=()))
    assert Brainstorm(levels=(TYPES, TOPICS))([old], given()[0])[0] is old


def test_a_list_is_read_without_its_marks_and_cut_where_the_reply_was():
    ctx, _ = given(lambda _prompt, _seed: '1) "one"\n* two *\n3. three 3.5\n')
    reply = ctx.generate([Prompt(name="x")], ["x"])[0][0]
    assert [find for find, _ in listed(reply, TOPICS)] == ["one", "two", "three 3.5"]
    assert [find for find, _ in listed(replace(reply, stop="length"), TOPICS)] == ["one", "two"]
    assert list(listed(replace(reply, stop="refused"), TOPICS)) == [("", "replies that ended by refused")]


def test_cutting_keeps_the_order():
    ways = [Branch().below(TYPES, one) for one in "abcd"]
    kept = cut([ways[:3], ways[3:]], 3, balance=False, rng=context().rng("x"))
    assert [one.find for one in kept] == ["a", "b", "d"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Brainstorm(levels=()),
        lambda: Brainstorm(levels=(TYPES,)),
        lambda: Brainstorm(levels=(TYPES, TOPICS), tries=0),
        lambda: Brainstorm(levels=(TYPES, TOPICS), options=3),
        lambda: Level(name="x"),
        lambda: Level(name="x", prompt="x/x", given=("a",)),
        lambda: Level(name="x", prompt="x/x", n=0),
    ],
)
def test_what_no_run_could_follow_is_refused(make: Callable[[], Any]):
    with pytest.raises(UsageError):
        make()
