"""What every training run has beside its loss: rows are known by number, what is not finite stops it, points to go
on from are written."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import torch
from torch.optim.lr_scheduler import LambdaLR

from lamarck.core import Row
from lamarck.trainers.lean.exchange import Settings
from lamarck.trainers.lean.loop import rate
from lamarck.trainers.trl.exchange import TrainingFailed
from lamarck.trainers.trl.library import TrainerCallback, broadcast_object_list
from lamarck.trainers.trl.shards import shared_out

Around: Any = object
"""What comes after `Watched` in the order of classes: a trainer of TRL's."""
POINT, WHOLE = "checkpoint-", "whole"
"""Folders to go on from, and the file in each that is written last."""
SHOWN = 3
"""Rows that an error names."""


class Watched(Around):
    """Put before a trainer: it takes the rows' numbers off each batch and stops at a loss that is not finite."""

    rows: Sequence[Row] = ()
    """All rows of the job, to be named in errors."""
    warmup: int = 0
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    lr_scheduler: Any
    optimizer: Any

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        """The rows are ready: TRL would read texts out of them."""
        return dataset

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """The lean loop's rates: those of transformers begin at 0, so that a run of few steps would learn nothing."""
        if self.lr_scheduler is None:
            told = Settings(steps=num_training_steps, warmup=self.warmup, schedule=self.schedule)
            self.lr_scheduler = LambdaLR(optimizer or self.optimizer, lambda step: rate(step, told))
            self._created_lr_scheduler = True
        return self.lr_scheduler

    def create_accelerator_and_postprocess(self) -> None:
        """Its own, over processes without a GPU too."""
        shared_out()
        above: Any = super()
        above.create_accelerator_and_postprocess()

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        """One reading of a part of a batch."""
        numbers = _numbers(inputs)
        above: Any = super()
        loss = above.training_step(model, inputs, num_items_in_batch)
        if not math.isfinite(float(loss)):
            raise TrainingFailed(_unsound(self.state.global_step + 1, float(loss), numbers, self.rows))
        return loss

    def floating_point_ops(self, _inputs: Any) -> int:
        """Nothing: nobody reads the count, and transformers walks all weights for it at every step."""
        return 0

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """None: a point to go on from is nobody's model."""


def _numbers(inputs: Any) -> list[int]:
    """Of a batch's rows; taken off it, as the model does not read them."""
    if isinstance(inputs, list):
        return [int(one["row"]) for one in cast("list[Any]", inputs)]
    return list(map(int, inputs.pop("rows", ())))


def _unsound(step: int, loss: float, numbers: Sequence[int], rows: Sequence[Row]) -> str:
    named = [f"{at} ({_begins(rows[at])})" for at in numbers[:SHOWN] if at < len(rows)]
    more = f" and {len(numbers) - len(named)} more" if len(numbers) > len(named) else ""
    return (
        f"the loss became {loss} at step {step}, on the rows {', '.join(named)}{more}; the model that training began "
        "with is kept. Lower the rate (--set updating.lr=...), or look at these rows"
    )


def _begins(row: Row) -> str:
    text = row.messages[-1].text if row.messages else ""
    return repr(text[:40] + ("…" if len(text) > 40 else ""))


class Points(TrainerCallback):
    """Writes a point to go on from whenever so many seconds have passed since the last."""

    def __init__(self, every_s: float) -> None:
        self._every_s, self._last = every_s, time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """Ask for a point where it is time; the first process decides for all."""
        due = [time.monotonic() - self._last >= self._every_s and state.global_step < state.max_steps]
        if args.world_size > 1:
            broadcast_object_list(due)
        control.should_save = due[0]
        return control

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """The point is written: force it to disk, say so, and let older ones go."""
        if args.should_save:
            settle(Path(str(args.output_dir)), state.global_step)
        self._last = time.monotonic()
        return control


def settle(work: Path, step: int) -> None:
    """Mark the point of a step as whole and remove all others."""
    point = work / f"{POINT}{step}"
    for path in sorted(point.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    (point / WHOLE).touch()
    for other in work.glob(f"{POINT}*"):
        if other != point:
            shutil.rmtree(other, ignore_errors=True)


def latest(work: Path) -> Path | None:
    """The last whole point, None where there is none. Half-written ones are removed."""
    whole = list[Path]()
    for point in work.glob(f"{POINT}*"):
        if (point / WHOLE).exists():
            whole.append(point)
        else:
            shutil.rmtree(point, ignore_errors=True)
    return max(whole, key=lambda point: int(point.name.removeprefix(POINT)), default=None)


def history(logged: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, tuple[float, ...]]:
    """What the trainer logged step by step, under our names; steps that measured nothing are left out."""
    steps = [entry for entry in logged if "loss" in entry]
    found = {ours: tuple(float(e[theirs]) for e in steps if theirs in e) for theirs, ours in names.items()}
    return {name: values for name, values in found.items() if values}


def finite(model: torch.nn.Module) -> bool:
    """Whether every weight that was trained is a number."""
    return all(bool(torch.isfinite(weight).all()) for weight in model.parameters() if weight.requires_grad)
