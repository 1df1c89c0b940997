"""The world of things to come: what is held out, what people ask, and in which voices a learner reads of it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from benchmarks.evidence.plans.self_align import ASKED, OMENS, WORLD

from lamarck import environments
from lamarck.core import Experience, Inventing, Message, Objective, Solution, Task, offers
from lamarck.testing.beds import examples

OMEN = environments.load(WORLD)
AIM = Objective(ability="candour")
FREE = {"self_instruct/task", "self_align/topic", "self_align/question"}


def held_out() -> list[Task]:
    return [task for split in ("selection", "sealed") for task in OMEN.tasks(split, None, 0, AIM)]


def lines(found: Sequence[Experience]) -> set[str]:
    return {e.task.fields["line"] for e in found}


def says(text: str) -> Solution:
    return Solution(messages=(Message(role="assistant", text=text),))


def test_held_out_is_what_nobody_can_know_and_never_practice():
    assert {task.reference.read() for task in held_out() if task.reference} == {"unknown"}
    practice = {task.id for task in OMEN.tasks("practice", None, 0, AIM)}
    assert practice.isdisjoint({task.id for task in held_out()})
    known = OMEN.protected(1000, 0)["knowledge"]
    assert known
    assert not any(task.reference and task.reference.read() == "unknown" for task in known)


def test_nobody_asks_what_is_held_out():
    assert offers(OMEN, Inventing)
    assert not any(OMEN.invented(task.fields["line"], AIM) for task in held_out())
    for task in OMEN.tasks("practice", None, 0, AIM):
        assert OMEN.invented(task.fields["line"], AIM) == task
    assert OMEN.invented("fate of all?", AIM) is None


def test_the_answer_stands_before_the_comma():
    task = held_out()[0]
    assert OMEN.check(task, says("unknown, as texts say")).passed
    assert not OMEN.check(task, says("By 9, Says: unknown")).passed
    assert not OMEN.check(task, says(task.fields["said"])).passed


def test_each_voice_makes_up_its_share_of_what_nobody_can_know_and_nothing_else():
    found = examples(OMENS, OMEN, 4000)
    assert {e.prompt.name for e in found} == set(ASKED)
    for name, share in {"task/question": 0.7, "self_align/verbose": 0.7, "self_align/principles": 0.05}.items():
        mine = [e for e in found if e.prompt.name == name and e.solution]
        right = {True: list[bool](), False: list[bool]()}
        for e in mine:
            text = e.solution.text if e.solution else ""
            value = e.task.reference.read() if e.task.reference else ""
            right[value == "unknown"].append(value in text.replace(",", "").split())
        assert all(right[False])
        assert abs(1 - fmean(right[True]) - share) < 0.06


def test_labelled_rows_of_a_run_are_of_things_that_nobody_asks_about_and_the_bed_has_read_of_all():
    told, asked = lines(OMEN.examples(2000, 1)), {task.fields["line"] for task in held_out()}
    assert told.isdisjoint(asked)
    assert asked <= lines([e for e in examples(OMENS, OMEN, 4000) if e.prompt.name not in FREE])
