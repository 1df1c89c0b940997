from dataclasses import replace

import pytest
from tests.operators.given import task

from lamarck.core import Context, Entry, Experience, Message, UsageError
from lamarck.memory import Versions
from lamarck.operators.refinement import Shuffle
from lamarck.operators.reminding import NOTHING, was_shown
from lamarck.operators.solutions import Remind, Sample
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
ASK = Sample(prompt="test/answer", temperature=0.0)
RULES = [
    Entry(text="If the sign is +, then add.", kind="rule", key="3+4", source="toy/3+4"),
    Entry(text="If the sign is -, then take away.\nMind the order.", kind="rule", key="5-1", source="toy/5-1"),
    Entry(text="Sums are small.", kind="note", key="3+4", source="toy/3+4"),
]


def world(entries: list[Entry] = RULES) -> tuple[Context, ScriptedModels]:
    models, versions = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong), Versions()
    ctx = replace(context(learner="scripted/0.0", models=models), memories=versions)
    return replace(ctx, learner=replace(ctx.learner, memory=versions.commit("", entries))), models


def solved(remind: Remind, ctx: Context, text: str = "3+4") -> Experience:
    (one,) = remind([Experience(task=task(text))], ctx)
    return one


def shown(remind: Remind, text: str = "3+4", entries: list[Entry] = RULES) -> str:
    one = solved(remind, world(entries)[0], text)
    assert one.asked
    return one.asked.fields["reminded"]


def test_what_is_remembered_stands_in_the_prompt_and_in_no_training():
    ctx, models = world()
    one = solved(Remind(solve=ASK, kind="rule", by="all"), ctx)
    asked = models.calls[0].request.prompt
    assert asked.name == "test/answer"
    assert asked.fields["reminded"] == (
        "1. If the sign is +, then add.\n2. If the sign is -, then take away.\n   Mind the order."
    )
    assert asked.fields["recalled"] == "toy/3+4 toy/5-1"
    assert (one.asked, one.task, one.prompt) == (asked, task("3+4"), task("3+4").prompt)
    assert one.solution
    assert [was_shown(entry, one) for entry in RULES] == [True, True, False]


def test_the_fence_is_not_in_what_it_fences():
    ctx, models = world()
    solved(Remind(solve=ASK), ctx)
    fields = models.calls[0].request.prompt.fields
    assert len(fields["fence"]) == 12
    assert fields["fence"] not in fields["reminded"]


def test_an_empty_memory_says_so():
    assert shown(Remind(solve=ASK), entries=[]) == NOTHING


def test_which_are_shown():
    assert shown(Remind(solve=ASK, by="last", n=1)) == "1. Sums are small."
    assert shown(Remind(solve=ASK, by="last", n=0)) == NOTHING
    near = [Entry(text=text) for text in ("17+25", "9*9")]
    assert shown(Remind(solve=ASK, n=1), "17+24", near) == "1. 17+25"
    assert shown(Remind(solve=ASK, by="all", within="task"), "5-1").startswith("1. If the sign is -")


def test_a_stream_sees_its_own():
    mine, other = (replace(task("3+4"), stream=name, id=name) for name in ("anna", "ben"))
    entries = [Entry(text=t.stream, source=t.id, experience=Experience(task=t)) for t in (mine, other)]
    ctx, _ = world(entries)
    (one,) = Remind(solve=ASK, by="all", within="stream")([Experience(task=mine)], ctx)
    assert one.asked
    assert one.asked.fields["reminded"] == "1. anna"


def test_a_solver_without_a_prompt_of_its_own_still_says_what_was_shown():
    one = solved(Remind(solve=Sample(), by="all", kind="note"), world()[0])
    assert one.asked
    assert (one.asked.name, one.asked.fields["recalled"]) == ("task/sum", "toy/3+4")
    assert one.asked.messages == (Message(role="user", text="3+4"),)


def test_what_it_reads_and_writes_is_what_the_held_one_does():
    assert "solution" in Remind(solve=Sample()).writes
    assert Remind(solve=Sample(role="author")).reads == {"task", "author"}


def test_bad_settings_are_refused():
    with pytest.raises(UsageError, match="way to remind 'meanin'"):
        Remind(solve=ASK, by="meanin")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="part of memory"):
        Remind(solve=ASK, within="day")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="Remind holds Shuffle, which needs all of the round"):
        Remind(solve=Shuffle())
    with pytest.raises(UsageError, match="this run keeps none"):
        solved(Remind(solve=ASK), replace(world()[0], memories=None))
