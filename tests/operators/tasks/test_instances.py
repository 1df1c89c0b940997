from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.operators.given import Plain, task, texts

from lamarck.core import Batch, Context, Experience, Message, Prompt, Solution
from lamarck.operators.descent import root
from lamarck.operators.inventing import instruction, words
from lamarck.operators.tasks import Instances
from lamarck.operators.tasks.instances import read
from lamarck.testing import ScriptedModels, context

MOOD = instruction("mood", "What mood is the sentence in?", "")


def given(inputs: str, labels: str = "", verdict: str = "no") -> tuple[Context, ScriptedModels]:
    said: dict[str, str] = {"classify": f"verdict: {verdict}", "input_first": inputs, "label_first": labels}
    write: Callable[[Prompt, int], str] = lambda prompt, _seed: said[prompt.name.rpartition("/")[2]]  # noqa: E731
    spy = ScriptedModels(answer=write, wrong=write)
    return context(learner="scripted/0.0", models=spy, environment=Plain()), spy


def made(ctx: Context, **options: int) -> Batch:
    return Instances(**options)([Experience(task=MOOD)], ctx)  # type: ignore[arg-type]


def reasons(ctx: Context) -> Counter[str]:
    return Counter(drop.reason for drop in ctx.notes)


def test_inputs_come_first_and_stand_below_the_instruction():
    ctx, spy = given("input: It rains.\noutput: sad\n\n**Input:** Sun at last!\n**Output:** glad")
    found = made(ctx)
    assert [words(e.task) for e in found] == [f"{words(MOOD)}\n\nIt rains.", f"{words(MOOD)}\n\nSun at last!"]
    assert texts(found) == ["sad", "glad"]
    assert [e.task.parameters["by"] for e in found] == ["input first"] * 2
    assert {root(e.task) for e in found} == {"mood"}
    assert [call.request.prompt.name for call in spy.calls] == ["self_instruct/classify", "self_instruct/input_first"]
    assert spy.calls[1].request.prompt.fields["n"] == "5"


def test_labels_come_first_where_it_is_a_classification():
    ctx, _ = given("", "label: sad\ninput: It rains.\nlabel: glad\ninput: Sun at last!", verdict="yes")
    found = made(ctx)
    assert texts(found) == ["sad", "glad"]
    assert words(found[1].task).endswith("\n\nSun at last!")
    assert found[0].task.parameters["by"] == "label first"


@pytest.mark.parametrize("nothing", ["none", "None.", "", "N/A"])
def test_an_instruction_that_needs_no_input_stays_itself(nothing: str):
    (one,) = made(given(f"input: {nothing}\noutput: calm")[0])
    assert one.task == MOOD
    assert texts([one]) == ["calm"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("input: a\noutput:", "no output"),
        ("input: It rains.\noutput: it rains", "the output is the input"),
        ("input: as follows:\noutput: sad", "the input ends with a colon"),
        ("I would rather not.", "no case can be read"),
        ("input: a\noutput: sad\ninput: A\noutput: glad\ninput: b\noutput: glad", "one input has two outputs"),
    ],
)
def test_what_cannot_be_used_is_dropped_with_a_reason(reply: str, reason: str):
    ctx, _ = given(reply)
    assert made(ctx) == []
    assert reasons(ctx) == {reason: 1}


def test_the_same_case_counts_once_and_n_is_the_most():
    ctx, _ = given("".join(f"input: {i // 2}\noutput: is {i // 2}\n" for i in range(12)))
    found = made(ctx, n=4)
    assert texts(found) == ["is 0", "is 1", "is 2", "is 3"]
    assert [e.sample for e in found] == [0, 1, 2, 3]


def test_a_task_that_an_environment_has_read_keeps_what_it_is():
    ctx, _ = given("input: none\noutput: 7")
    (one,) = Instances()([Experience(task=task())], ctx)
    assert one.task == task()


def test_the_last_case_of_a_reply_that_was_cut_off_falls():
    said = Message(role="assistant", text="input: a\noutput: sad\ninput: b\noutput: gl")

    class Cut(ScriptedModels):
        def open(self, learner: object, /) -> "Cut":  # type: ignore[override]
            return self

        def generate(self, requests: object, /) -> list[list[Solution]]:
            return [[Solution(messages=(said,), stop="length")]]

    ctx, spy = given("")
    cut = replace(ctx, models=Cut(answer=spy.answer, wrong=spy.wrong))
    assert texts(Instances(classify="")([Experience(task=MOOD)], cut)) == ["sad"]


def test_reading_takes_the_pairs_in_order():
    assert read("label: a\ninput: 1\ninput: 2\nlabel: b\ninput: 3", labels=True) == [("1", "a"), ("3", "b")]
    assert read("output: x\ninput: 1\noutput: a\nb\nc", labels=False) == [("1", "a\nb\nc")]
