"""One training run, as it happens in the training process."""

from __future__ import annotations

import gc
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from pkgutil import resolve_name
from types import ModuleType
from typing import Any, cast

import torch

from lamarck.core import Scoring
from lamarck.trainers.fitted import Fitted
from lamarck.trainers.keeping import kept
from lamarck.trainers.trl import clm, distill, dpo, kto, labels, policy, reward, sft
from lamarck.trainers.trl.exchange import SAMPLING, Order, TrainingFailed
from lamarck.trainers.trl.library import PrinterCallback, disable_progress_bars, logging
from lamarck.trainers.trl.model import Opened, finish, opened
from lamarck.trainers.trl.rows import Reader, numbered
from lamarck.trainers.trl.watch import Points, finite, history, latest

KINDS: Mapping[str, ModuleType] = {
    "clm": clm,
    "sft": sft,
    "dpo": dpo,
    "kto": kto,
    "reward": reward,
    "labels": labels,
    "grpo": policy,
    "rloo": policy,
    "distill": distill,
}
"""Loss -> the module that makes its trainer."""
SAVED = "saved"
"""Where a trainer leaves its weights before they become a folder."""


def settled() -> None:
    """What is loaded by now stays: the collector need not look at the libraries' objects again in every run."""
    gc.collect()
    gc.freeze()


def fit(order: Order, ask: Scoring) -> Fitted | None:
    """Train as ordered, from the last point of a run that was broken off. In: what scores samples.

    Out: the new folder; None in all processes but the first. Raises: UsageError, TrainingFailed.
    """
    _quiet()
    began = time.process_time()
    kit: Any = resolve_name(order.kit)
    work = Path(order.work)
    work.mkdir(parents=True, exist_ok=True)
    ready = opened(order, kit)
    try:
        return _run(prepared(order, ready, ask), order, kit, began)
    except TrainingFailed:
        shutil.rmtree(work, ignore_errors=True)  # to go on would end the same way
        raise
    finally:
        ready.words.close()
        del ready
        _freed()


def prepared(order: Order, ready: Opened, ask: Scoring) -> Any:
    """The trainer of an order, ready to go."""
    kind = KINDS[order.loss]
    if order.loss in SAMPLING:
        trainer = kind.trainer(order, ready, ask, callbacks=[Points(order.every_s)])
    else:
        rows = numbered(order, Reader(words=ready.words, length=order.settings.length))
        trainer = kind.trainer(order, ready, rows, callbacks=[Points(order.every_s)])
    trainer.rows = order.rows
    trainer.warmup, trainer.schedule = order.settings.warmup, order.settings.schedule
    trainer.remove_callback(PrinterCallback)
    return trainer


def _run(trainer: Any, order: Order, kit: Any, began: float) -> Fitted | None:
    work = Path(order.work)
    trainer.train(resume_from_checkpoint=_text(latest(work)))
    if not finite(trainer.model):
        raise TrainingFailed("training ended with weights that are no numbers; lower the rate (--set updating.lr=...)")
    saved = work / SAVED
    trainer.save_model(str(saved))
    if not trainer.is_world_process_zero():
        return None
    folder, digest = kept(Path(order.into), lambda beside: finish(saved, beside, order), kit.digest)
    shutil.rmtree(work, ignore_errors=True)
    logged = cast("list[dict[str, Any]]", trainer.state.log_history)
    names = KINDS[order.loss].FIGURES
    return Fitted(
        folder=str(folder),
        digest=digest,
        losses=tuple(float(entry["loss"]) for entry in logged if "loss" in entry),
        tokens=int(max((entry.get("num_tokens", 0) for entry in logged), default=0)),
        seconds=time.process_time() - began,
        figures=history(logged, names),
    )


def _text(path: Path | None) -> str | None:
    return str(path) if path else None


def _quiet() -> None:
    """The run has a progress display of its own."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    disable_progress_bars()


def _freed() -> None:
    """Nothing of a run stays in memory."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
