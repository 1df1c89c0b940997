"""Beds are deterministic, made once, and differ from their start in the way they say."""

import json
from concurrent.futures import Future
from pathlib import Path
from pkgutil import resolve_name
from random import Random
from typing import Any

import pytest

from lamarck import environments
from lamarck.core import Experience, Objective, UsageError
from lamarck.models.pupil import files, folder, tokenizer
from lamarck.models.pupil.llama import Llama, Shape, initialise
from lamarck.testing.beds import Bed, examples, made, noisy, over, saying, slipped, specialist

CARD = {
    "suits": ["listmachine"],
    "sft": {"optimizer": "adamw", "lr": 1e-2, "batch": 8, "schedule": "constant", "warmup": 1, "steps": [3]},
}
PROMPTS = {"task/exec": "{line}", "task/synth": "{line}"}


class Here:
    """A pool without processes, which counts."""

    def __init__(self) -> None:
        self.jobs = 0

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        self.jobs += 1
        done = Future[Any]()
        done.set_result(resolve_name(fn)(*args))
        return done


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A pupil too small to know anything, as a learner's name."""
    place = tmp_path_factory.mktemp("models") / "tiny"
    model = Llama(Shape(width=16, layers=1, heads=2, feed_forward=16, positions=64))
    initialise(model, 1)
    folder.save(model, place)
    tokenizer.save(place)
    (place / "training.json").write_text(json.dumps(CARD))
    (place / "prompts.json").write_text(json.dumps(PROMPTS))
    return f"pupil/{place}"


def test_a_bed_is_made_once_and_the_same_everywhere(tmp_path: Path, start: str):
    bed, pool = noisy(share=0.5, steps=2, start=start), Here()
    first = made(bed, tmp_path / "one", pool)
    assert made(bed, tmp_path / "one", pool) == first
    assert pool.jobs == 1
    again = made(bed, tmp_path / "two", pool)
    assert files.digest(again) == files.digest(first) != files.digest(Path(start.removeprefix("pupil/")))


def test_another_bed_is_another_learner(tmp_path: Path, start: str):
    beds = [
        noisy(share=0.5, steps=2, start=start),
        noisy(share=0.9, steps=2, start=start),
        noisy(share=0.5, steps=2, start=start, seed=1),
        specialist(kind="exec", steps=2, start=start),
        specialist(kind="exec", steps=2, start=start, settings={"lr": 1e-3}),
    ]
    pool = Here()
    assert len({files.digest(made(bed, tmp_path, pool)) for bed in beds}) == pool.jobs == len(beds)


def test_a_bed_is_made_anew_where_its_world_has_changed(tmp_path: Path, start: str, monkeypatch: pytest.MonkeyPatch):
    bed, pool = noisy(share=0.5, steps=1, start=start), Here()
    before, load = made(bed, tmp_path, pool), environments.load

    class Changed:
        """The same world, whose solutions say one thing more."""

        def __init__(self, name: str) -> None:
            self._world: Any = load(name)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._world, name)

        def labelled(self, n: int, seed: int, objective: Objective, /) -> list[Experience]:
            return [saying(e, lambda text: f"{text}0") for e in self._world.labelled(n, seed, objective)]

    monkeypatch.setattr(environments, "load", Changed)
    assert made(bed, tmp_path, pool) != before
    assert pool.jobs == 2


def test_a_bed_may_start_from_another(tmp_path: Path, start: str):
    first, pool = noisy(share=1.0, steps=1, start=start), Here()
    second = specialist(kind="exec", steps=1, start=first)
    assert files.digest(made(second, tmp_path, pool)) != files.digest(made(first, tmp_path, pool))
    assert pool.jobs == 2
    assert made(specialist(kind="synth", steps=1, start=first), tmp_path, pool) != made(second, tmp_path, pool)
    assert pool.jobs == 3  # the first one is made once for both
    moved = over(second, start="pupil/./else", steps=7)
    assert isinstance(moved.start, Bed)
    assert (moved.steps, moved.start.steps, moved.start.start) == (7, 7, "pupil/./else")


def test_a_damaged_bed_is_made_again(tmp_path: Path, start: str):
    bed, pool = specialist(kind="synth", steps=1, start=start), Here()
    first = made(bed, tmp_path, pool)
    before = files.digest(first)
    (first / "model.safetensors").write_bytes(b"not a model")
    (first / "config.json").unlink()
    first.rename(tmp_path / "moved away")
    assert files.digest(made(bed, tmp_path, pool)) == before
    assert pool.jobs == 2


def test_the_share_of_corrupted_examples_is_the_beds():
    world = environments.load("listmachine")
    clean, bad = examples(Bed(), world, 200), examples(noisy(share=0.25, slips=0.5), world, 200)
    texts = [[e.solution.text for e in found if e.solution] for found in (clean, bad)]
    changed = sum(a != b for a, b in zip(*texts, strict=True))
    assert 45 <= changed <= 50  # one without a changed digit is rare, not impossible
    wrong = sum(not world.check(e.task, e.solution).passed for e in bad if e.solution)
    assert 0 < wrong <= changed
    assert all(world.check(e.task, e.solution).passed for e in clean if e.solution)


def test_a_specialist_reads_right_traces_of_its_kind_alone():
    world = environments.load("listmachine")
    found = examples(specialist(kind="exec", slips=0.9), world, 100)
    ruled = [(e.task.kind, bool(world.check(e.task, e.solution).details["trace"])) for e in found if e.solution]
    true = {kind: sum(trace for each, trace in ruled if each == kind) for kind in ("exec", "synth")}
    assert true["exec"] == 50
    assert true["synth"] < 5  # of 50
    assert {e.task.kind for e in examples(Bed(objective={"kind": "synth"}), world, 20)} == {"synth"}


def test_a_slip_changes_digits_and_nothing_else():
    assert slipped("c24729:nd;", 0.0, Random(0)) == "c24729:nd;"
    told = slipped("c24729:nd;", 1.0, Random(0))
    assert all(a == b if not a.isdigit() else a != b and b.isdigit() for a, b in zip("c24729:nd;", told, strict=True))


def test_parameters_that_the_environment_cannot_follow_are_refused(start: str, tmp_path: Path):
    with pytest.raises(UsageError, match="makes no labelled examples of an objective"):
        made(Bed(start=start, environment="game24", objective={"kind": "exec"}), tmp_path, Here())
