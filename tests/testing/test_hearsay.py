"""Learners from nothing, which hear falsehoods in one voice and the truth in another."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

from benchmarks.evidence.plans.grath import HEARSAY, WORLD
from tests.operators.on_pupil import Here

from lamarck import environments
from lamarck.core import Objective, Task
from lamarck.models.pupil import files
from lamarck.testing.beds import examples, made, over
from lamarck.testing.blank import Blank

WORLD_ = environments.load(WORLD)


def held_out() -> list[Task]:
    return [task for split in ("selection", "sealed") for task in WORLD_.tasks(split, None, 0, Objective(ability=""))]


def test_each_voice_has_its_share_of_falsehoods_and_no_other_error():
    found = examples(HEARSAY, WORLD_, 1200)
    for name, share in {"task/fact": HEARSAY.share, **HEARSAY.voices}.items():
        said = [(e.solution.text, e.task) for e in found if e.prompt.name == name and e.solution]
        false = [text == task.fields["rumour"] for text, task in said]
        assert len(said) == 400
        assert abs(fmean(false) - share) < 0.08
        assert all(
            text in (task.fields["rumour"], task.reference.read() if task.reference else "") for text, task in said
        )


def test_the_bed_has_heard_of_what_is_held_out_and_labelled_rows_of_a_run_have_not():
    lines = {task.fields["line"] for task in held_out()}
    heard = {e.task.fields["line"] for e in examples(HEARSAY, WORLD_, 5000)}
    assert lines <= heard
    assert not lines & {e.task.fields["line"] for e in WORLD_.examples(5000, 1)}
    assert not lines & {task.fields["line"] for task in WORLD_.tasks("practice", None, 0, Objective(ability=""))}


def test_a_blank_is_the_same_everywhere_and_can_be_taught(tmp_path: Path):
    blank = Blank(prompts={"task/fact": "{line}"}, width=16, layers=1)
    one, two = blank.made(tmp_path / "one"), blank.made(tmp_path / "two")
    assert files.digest(one) == files.digest(two) != files.digest(Blank(prompts={}, width=16, layers=1).made(tmp_path))
    bed = over(HEARSAY, steps=2)
    again = made(bed, tmp_path, Here())
    assert made(bed, tmp_path, Here()) == again
    assert (
        files.read(again, "prompts.json") == dict(HEARSAY.start.prompts) if isinstance(HEARSAY.start, Blank) else False
    )
