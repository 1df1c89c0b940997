import json
import math
import os
from concurrent.futures import Future
from pathlib import Path
from pkgutil import resolve_name
from random import Random
from typing import Any

import pytest
import torch

from lamarck.core import Job, Merge, Message, ModelRef, Row, Trainer, UsageError
from lamarck.executors.processes import Processes
from lamarck.models.pupil import files, folder, tokenizer
from lamarck.trainers.lean import loop, sft
from lamarck.trainers.lean.exchange import Settings
from lamarck.trainers.lean.muon import Muon, orthogonalise
from lamarck.trainers.lean.trainer import LeanTrainer, resolve

KIT = "lamarck.models.pupil.kit"
BASE = files.reference("game24")
SETTINGS = {"optimizer": "muon", "lr": 1e-3, "batch": 4, "schedule": "linear", "warmup": 2, "steps": 3}


class Here:
    """A pool without processes."""

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        future = Future[Any]()
        try:
            future.set_result(resolve_name(fn)(*args))
        except Exception as error:
            future.set_exception(error)
        return future


def _trainer() -> LeanTrainer:
    return LeanTrainer(Here(), kit=KIT, locate=files.locate)


def _row(prompt: str, completion: str, **more: Any) -> Row:
    messages = (Message(role="user", text=prompt), Message(role="assistant", text=completion))
    return Row(messages=messages, learn=(False, True), **more)


ROWS = [_row(f"{n} 7>{n + 7}|", f"7+{n}={n + 7}") for n in range(12)]


def _job(rows: list[Row], seed: int = 1, **settings: Any) -> Job:
    return Job(loss="sft", rows=rows, settings=SETTINGS | settings, seed=seed)


def test_the_same_job_gives_the_same_bits_in_process_and_out(tmp_path: Path) -> None:
    here = _trainer().fit(BASE, _job(ROWS), str(tmp_path / "a"))
    with Processes(1) as pool:
        there = LeanTrainer(pool, kit=KIT, locate=files.locate).fit(BASE, _job(ROWS), str(tmp_path / "b"))
    assert (here.model.digest, here.losses) == (there.model.digest, there.losses)
    assert _trainer().fit(BASE, _job(ROWS, seed=2), str(tmp_path)).model.digest != here.model.digest


def test_the_new_folder_is_whole_and_named_by_its_content(tmp_path: Path) -> None:
    trained = _trainer().fit(BASE, _job(ROWS), str(tmp_path))
    place = Path(trained.model.folder)
    assert list(tmp_path.iterdir()) == [place]
    assert files.digest(place) == trained.model.digest != BASE.digest
    assert place.name == trained.model.digest[:16]
    assert {path.name for path in files.locate(BASE).glob("*.json")} == {path.name for path in place.glob("*.json")}
    assert (trained.steps, len(trained.losses)) == (3, 3)
    assert trained.tokens > 100
    again = _trainer().fit(BASE, _job(ROWS), str(tmp_path))
    assert again.model == trained.model


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(OSError, match="disk full"):
        _trainer().fit(BASE, _job(ROWS), str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def _full(_: int) -> None:
    raise OSError("disk full")


def test_training_teaches_and_weight_zero_teaches_nothing(tmp_path: Path) -> None:
    rows = [_row("1 2>3|", "2+1=3"), _row("1 2>3|", "2-1=1", weight=0.0)]
    trained = _trainer().fit(BASE, _job(rows * 20, batch=8), str(tmp_path))

    def chance(place: Path, answer: str) -> float:
        ids = torch.tensor([tokenizer.encode("1 2>3|" + answer)])
        with torch.no_grad():
            scores = folder.load(place)(ids[:, :-1]).log_softmax(-1)
        return scores.gather(-1, ids[:, 1:, None])[0, 5:].sum().item()

    before, after = files.locate(BASE), Path(trained.model.folder)
    assert chance(after, "2+1=3") > chance(before, "2+1=3")


def test_the_loss_counts_completions_by_weight() -> None:
    class Same(torch.nn.Module):
        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return torch.tensor([0.0, 1.0]).expand(*ids.shape, 2)

    first, second = math.log(1 + math.e), math.log(1 + math.e) - 1
    rows = [sft.pack((1, 1), (1, 0)), sft.pack((0,), (0,), weight=0.5), sft.pack((0,), (1,), weight=0.0)]
    expected = (second + first + 0.5 * first) / 2.5
    assert sft.loss_of(Same(), sft.collate(rows)).item() == pytest.approx(expected)


def test_every_row_is_used_once() -> None:
    rows = [sft.pack((number % 5 + 1,) * (number % 7 + 1), (number + 10,)) for number in range(90)]
    seen = list(sft.batches(rows, 16, Random(0), chunk=2))
    labels = torch.cat([batch.labels[batch.labels != sft.IGNORED] for batch in seen])
    assert torch.equal(labels.sort().values, torch.arange(10, 100))
    assert [len(batch.ids) for batch in seen].count(16) == 5


def test_rates_rise_then_fall_to_zero() -> None:
    linear = Settings(steps=10, warmup=2)
    assert [loop.rate(step, linear) for step in (0, 1, 5, 10)] == [0.5, 0.9, 0.5, 0.0]
    assert loop.rate(5, Settings(steps=10, warmup=0, schedule="cosine")) == pytest.approx(0.5)
    assert loop.rate(9, Settings(steps=10, warmup=0, schedule="constant")) == 1.0


def test_muon_makes_block_matrices_orthogonal_and_leaves_the_rest_to_adamw() -> None:
    g = torch.randn(48, 16, generator=torch.Generator().manual_seed(0))
    near = orthogonalise(g)
    assert (near.mT @ near - torch.eye(16)).abs().max() < 0.6
    inside, outside = (torch.nn.Parameter(torch.zeros(4, 4)) for _ in range(2))
    optimizer = Muon([("blocks.0.out.weight", inside), ("head.weight", outside)], lr=0.1)
    for weight in (inside, outside):
        weight.grad = torch.diag(torch.tensor([4.0, 1.0, 1.0, 1.0]))
    optimizer.step()
    assert inside[0, 0].item() == pytest.approx(-0.1 * 0.4, rel=0.4)
    assert outside.diagonal().tolist() == pytest.approx([-0.1] * 4, abs=1e-4)


def test_merging_with_itself_changes_no_weight_and_a_merge_can_be_trained_on(tmp_path: Path) -> None:
    trainer: Trainer = _trainer()
    named = ModelRef(name=BASE.name, digest=BASE.digest)  # a built-in model's folder is for the trainer to find
    same = trainer.merge(Merge(method="linear", sources=(named, BASE), weights=((0.5, 0.5),)), str(tmp_path))
    before, after = (folder.load(files.locate(model)).state_dict() for model in (BASE, same))
    assert all(torch.allclose(before[name], after[name], atol=1e-7) for name in before)
    assert trainer.fit(same, _job(ROWS), str(tmp_path)).model.digest != same.digest


def test_what_cannot_be_used_is_refused_before_training(tmp_path: Path) -> None:
    pair = _row("1 2>3|", "2+1=3", rejected=(Message(role="assistant", text="2-1=1"),))
    for job, message in (
        (Job(loss="ppo", rows=ROWS, settings=SETTINGS, seed=0), "unknown loss 'ppo'"),
        (_job([]), "no rows"),
        (_job([pair]), "preference pairs"),
        (_job(ROWS, learning_rate=1.0), "unknown training setting 'learning_rate'"),
        (_job(ROWS, lr="fast"), "'lr' must be float"),
    ):
        with pytest.raises(UsageError, match=message):
            _trainer().fit(BASE, job, str(tmp_path))


def test_the_card_of_the_model_is_understood() -> None:
    card = json.loads((files.locate(BASE) / "training.json").read_text())["sft"]
    settings = resolve(card | {"epochs": 2}, rows=65, seed=3)
    assert (settings.steps, settings.batch, settings.seed) == (2, 64, 3)


def test_ordered_rows_are_read_as_they_are_given(tmp_path: Path) -> None:
    """One row a step: the first step's loss is the first row's alone, whatever the seed."""

    def losses(rows: list[Row], seed: int, **more: Any) -> tuple[float, ...]:
        return _trainer().fit(BASE, _job(rows, seed, batch=1, lr=0.0, weight_decay=0.0, **more), str(tmp_path)).losses

    rows = [ROWS[at] for at in (5, 0, 9, 3)]
    one, other = (losses(rows, seed, ordered=True) for seed in (1, 2))
    assert one == other
    assert losses(rows[::-1], 1, ordered=True) == pytest.approx(one[::-1])
    assert losses(rows, 1) != pytest.approx(one)
