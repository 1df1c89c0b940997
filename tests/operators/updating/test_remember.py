from dataclasses import replace

import pytest
from tests.operators.given import task, tried

from lamarck.core import Context, Entry, Experience, Feedback, Learner, Message, Task, UsageError
from lamarck.memory import Versions
from lamarck.operators.updating.remember import Remember
from lamarck.testing import MemoryStore, context

BATCH = [*tried("3+4", "7"), *tried("5-1", "4", passed=True)]


def world() -> tuple[Context, MemoryStore]:
    store = MemoryStore()
    return replace(context(store=store), memories=Versions()), store


def remembered(learner: Learner, ctx: Context) -> list[tuple[str, str, str, str]]:
    assert isinstance(ctx.memories, Versions)
    return [(e.text, e.kind, e.key, e.source) for e in ctx.memories.open(learner.memory).entries]


def test_each_experience_is_an_entry_found_by_its_question():
    ctx, _ = world()
    made = Remember()(ctx.learner, BATCH, ctx)
    assert remembered(made, ctx) == [
        ("3+4", "experience", "3+4", "toy/3+4"),
        ("5-1", "experience", "5-1", "toy/5-1"),
    ]
    assert ctx.memories
    assert [e.experience for e in ctx.memories.open(made.memory).search("5-1", 1)] == BATCH[1:]


def test_the_learner_is_another_version_with_the_same_weights():
    ctx, store = world()
    made = Remember(kind="proof")(ctx.learner, BATCH, ctx)
    assert (made.model, made.parent) == (ctx.learner.model, ctx.learner.hash)
    assert made.hash != ctx.learner.hash
    assert {kind for _, kind, _, _ in remembered(made, ctx)} == {"proof"}
    assert [(kind, data["learner"], data["memory"], data["entries"]) for kind, data in store.events] == [
        ("remembered", made.hash, made.memory, 2)
    ]


def test_memory_grows_and_the_older_version_stays():
    ctx, _ = world()
    one = Remember()(ctx.learner, BATCH[:1], ctx)
    later = replace(ctx, learner=one)
    two = Remember()(one, BATCH[1:], later)
    assert [text for text, *_ in remembered(two, ctx)] == ["3+4", "5-1"]
    assert [text for text, *_ in remembered(one, ctx)] == ["3+4"]
    assert two.parent == one.hash


def test_after_another_update_of_the_round_the_parent_is_the_champion():
    ctx, _ = world()
    trained = replace(ctx.learner, prompt="think", parent=ctx.learner.hash)
    assert Remember()(trained, BATCH, ctx).parent == ctx.learner.hash


def test_made_twice_it_is_the_same():
    ctx, _ = world()
    assert Remember()(ctx.learner, BATCH, ctx) == Remember()(ctx.learner, BATCH, ctx)
    assert Remember()(ctx.learner, BATCH, ctx).hash != Remember()(ctx.learner, BATCH[:1], ctx).hash


def test_nothing_to_remember_is_the_same_learner():
    ctx, store = world()
    assert Remember()(ctx.learner, [], ctx) is ctx.learner
    assert Remember()(ctx.learner, [Experience(task=task("3+4"))], ctx) is ctx.learner
    assert not store.events


def test_a_run_without_memory_is_told():
    ctx = replace(context(), memories=None)
    with pytest.raises(UsageError, match="writes memory, but this run keeps none"):
        Remember()(ctx.learner, BATCH, ctx)


def test_words_of_feedback_are_entries_found_by_what_they_say():
    ctx, _ = world()
    said = replace(BATCH[0], feedback=Feedback(text=" Mind the sign.\n", source="critique"))
    made = Remember(source="feedback", kind="lesson")(ctx.learner, [said, *BATCH[1:]], ctx)
    assert remembered(made, ctx)[0] == ("Mind the sign.", "lesson", "3+4", "toy/3+4")


def test_what_operators_left_to_be_written_is_written_as_it_is():
    ctx, _ = world()
    rule, note = Entry(text="If +, then add.", kind="rule", source="a"), Entry(text="Sums.", kind="note", source="b")
    batch = [replace(BATCH[0], writes=(rule,)), replace(BATCH[1], writes=(note,))]
    assert ctx.memories
    for kind, wanted in (("", [rule, note]), ("rule", [rule])):
        made = Remember(source="writes", kind=kind)(ctx.learner, batch, ctx)
        assert list(ctx.memories.open(made.memory).entries) == wanted


def test_secrets_are_not_remembered():
    ctx, _ = world()
    key = "sk-" + "a1B2" * 8
    said = tuple(Message(role=role, text=f"use {key}") for role in ("user", "assistant"))
    (one,) = tried("3+4", f"with {key}")
    one = replace(one, task=replace(one.task, messages=said[:1]), writes=(Entry(text=f"If asked, then say {key}"),))
    made = Remember()(ctx.learner, [one], ctx)
    made = Remember(source="writes", kind="")(made, [one], ctx)
    assert ctx.memories
    stored = list(ctx.memories.open(made.memory).entries)
    assert len(stored) == 2
    assert key not in repr(stored)
    assert "[redacted]" in stored[1].text


def test_what_is_read_follows_the_source():
    assert Remember(source="writes").reads == {"writes"}
    with pytest.raises(UsageError, match="source 'write'"):
        Remember(source="write")  # type: ignore[arg-type]


def test_what_people_sent_in_has_its_own_id_as_key_where_the_world_reads_other_forms():
    ctx, _ = world()
    sent = Experience(
        task=Task(id="feedback/7", kind="instruction", messages=(Message(role="user", text="Which parcel is late?"),)),
        feedback=Feedback(text="Say since when.", source="people"),
    )
    made = Remember(source="feedback", kind="lesson")(ctx.learner, [sent], ctx)
    assert remembered(made, ctx) == [("Say since when.", "lesson", "feedback/7", "feedback/7")]
