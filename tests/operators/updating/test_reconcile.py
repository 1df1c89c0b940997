from __future__ import annotations

from dataclasses import replace

import pytest
from tests.operators.given import tried

from lamarck.core import Context, Entry, Learner, Prompt, UsageError
from lamarck.memory import Versions
from lamarck.operators.updating import Reconcile
from lamarck.operators.updating.reconcile import chosen, lost
from lamarck.testing import ScriptedModels, context


def world(old: list[Entry], *replies: str) -> tuple[Context, ScriptedModels]:
    said = iter(replies)

    def write(prompt: Prompt, seed: int) -> str:
        return next(said)

    models, versions = ScriptedModels(answer=write, wrong=write), Versions()
    ctx = replace(context(models=models), memories=versions)
    return replace(ctx, learner=replace(ctx.learner, memory=versions.commit("", old))), models


def met(ctx: Context, *new: Entry, **options: object) -> tuple[Learner, list[tuple[str, str, float]]]:
    given = {"kind": "fact", "prompt": "test/agree", **options}
    update = Reconcile(**given)  # type: ignore[arg-type]
    (one,) = tried("3+4", "7")
    made = update(ctx.learner, [replace(one, writes=new)], ctx)
    assert ctx.memories
    return made, [(e.text, e.status, e.support) for e in ctx.memories.open(made.memory).entries]


def fact(text: str, **more: object) -> Entry:
    return Entry(text=text, kind="fact", source=text.split()[0], **more)  # type: ignore[arg-type]


OLD, NEW = fact("Anna lives in Bergen."), fact("Anna lives in Porto.")


def test_what_is_contradicted_stays_as_superseded():
    ctx, models = world([OLD], "contradictory")
    made, found = met(ctx, NEW)
    assert found == [
        (OLD.text, "superseded: contradicted by Anna: Anna lives in Porto.", 0.0),
        (NEW.text, "", 0.0),
    ]
    assert made.parent == ctx.learner.hash
    fields = models.calls[0].request.prompt.fields
    assert (fields["old"], fields["new"]) == (OLD.text, NEW.text)
    assert fields["fence"] not in OLD.text + NEW.text


def test_what_is_said_again_is_confirmed():
    ctx, _ = world([OLD], "Identical.")
    assert met(ctx, NEW)[1] == [(OLD.text, "", 1.0)]


def test_what_is_related_is_merged_unless_something_is_lost():
    pet = fact("Anna keeps 2 cats.")
    whole = "Anna lives in Bergen and keeps 2 cats."
    ctx, _ = world([OLD], "related", whole)
    found = met(ctx, pet, merge="test/merge")[1]
    assert [text for text, status, _ in found if not status] == [whole]
    for bad in ("Anna lives in Bergen and keeps cats.", "Anna keeps 2 cats.", ""):
        ctx, _ = world([OLD], "related", bad)
        assert [text for text, *_ in met(ctx, pet, merge="test/merge")[1]] == [OLD.text, pet.text]
    ctx, _ = world([OLD], "related")
    assert len(met(ctx, pet)[1]) == 2


@pytest.mark.parametrize("reply", ["apart", "no idea", "identical or contradictory", "it is not identical but related"])
def test_what_is_no_clear_choice_changes_nothing(reply: str):
    ctx, _ = world([OLD], reply)
    assert met(ctx, NEW)[1] == [(OLD.text, "", 0.0), (NEW.text, "", 0.0)]
    assert chosen(reply) == "apart"


def test_new_ones_meet_each_other_and_no_superseded_one():
    ctx, models = world([replace(OLD, status="superseded: x")], "identical")
    found = met(ctx, NEW, fact("Anna lives in Porto!"))[1]
    assert [text for text, status, _ in found if not status] == [NEW.text]
    assert len(models.calls) == 1


def test_streams_and_kinds_are_kept_apart_and_few_are_not_compared():
    ctx, models = world([replace(OLD, stream="ben"), replace(OLD, kind="note")])
    met(ctx, NEW)
    ctx, _ = world([OLD])
    met(ctx, NEW, least=2)
    assert not models.calls


def test_all_notes_are_revised_as_one():
    ctx, models = world([fact("Old holds."), fact("Old is wrong.")], "- Old holds.\n- New draft.\n- Put better.")
    found = met(ctx, fact("New draft."), within="all", momentum=0.5)[1]
    assert found == [
        ("Old holds.", "", 0.0),
        ("Old is wrong.", "superseded: revised in round 1", 0.0),
        ("New draft.", "", 0.0),
        ("Put better.", "", 0.0),
    ]
    fields = models.calls[0].request.prompt.fields
    assert fields["notes"] == "1. Old holds.\n2. Old is wrong."
    assert (fields["drafts"], fields["earlier"]) == ("1. New draft.", "(none)")


def test_notes_are_no_longer_than_they_may_be():
    ctx, _ = world([], "aaaa\nbbbb\ncccc")
    assert [text for text, *_ in met(ctx, fact("x"), within="all", longest=9)[1]] == ["aaaa", "bbbb"]


def test_what_a_merge_loses():
    assert lost(["It cost 3.50 in Oslo."], "In Oslo it cost 3.") == ["3.50"]
    assert not lost(["It cost 3.50 in Oslo."], "Oslo: 3.50")


def test_nothing_new_is_the_same_learner_and_bad_settings_are_refused():
    ctx, _ = world([OLD])
    assert met(ctx)[0] is ctx.learner
    with pytest.raises(UsageError, match="momentum is 1"):
        met(ctx, NEW, momentum=1.0)
    with pytest.raises(UsageError, match="part of memory"):
        met(ctx, NEW, within="near")
    with pytest.raises(UsageError, match="this run keeps none"):
        met(replace(ctx, memories=None), NEW)
