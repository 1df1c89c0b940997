"""The trainer of small models: one worker process, one thread, a new folder or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol, cast

from lamarck.core import Job, ModelRef, Trained, UsageError, unknown
from lamarck.trainers.lean.exchange import Fitted, Settings, Text

LOSSES = ("sft",)
"""What this trainer can minimise."""
FIT = "lamarck.trainers.lean.fit:fit"
"""Called in a worker process by name: importing it here would import torch."""
KINDS: Mapping[str, tuple[type, ...]] = {"int": (int,), "float": (int, float)}
"""Settings are numbers of these types, or words."""


class Pool(Protocol):
    """Where the work is done."""

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        """Run the function of this name in a worker process."""
        ...


class LeanTrainer:
    """Core's `Trainer` for models of about a million weights."""

    def __init__(self, pool: Pool, *, kit: str, locate: Callable[[ModelRef], Path]) -> None:
        """In: the name of a module that is a `Kit`, and what finds a model's folder."""
        self._pool, self._kit, self._locate = pool, kit, locate

    def fit(self, model: ModelRef, job: Job, into: str, /) -> Trained:
        """Train on every row once. Out: the model in a new folder under `into`, named by its content.

        Raises: UsageError for a loss or a setting it does not know, or rows the loss cannot use.
        """
        if job.loss not in LOSSES:
            raise unknown("loss", job.loss, LOSSES, "the lean trainer knows no other")
        if not job.rows:
            raise UsageError("there are no rows to train on; the refinement kept nothing")
        if any(row.rejected for row in job.rows):
            raise UsageError("sft was given preference pairs; use a loss for pairs, or drop `rejected`")
        texts = [
            Text(
                parts=tuple((m.text, learned) for m, learned in zip(row.messages, row.learn, strict=True)),
                weight=row.weight,
            )
            for row in job.rows
        ]
        settings = resolve(job.settings, len(texts), job.seed)
        ran = self._pool.submit(FIT, str(self._locate(model)), texts, settings, into, self._kit)
        fitted = cast("Fitted", ran.result())
        return Trained(
            model=ModelRef(name=model.name, digest=fitted.digest, folder=fitted.folder),
            steps=len(fitted.losses),
            tokens=fitted.tokens,
            losses=fitted.losses,
            seconds=fitted.seconds,
        )


def resolve(given: Mapping[str, Any], rows: int, seed: int) -> Settings:
    """Settings of the loop, one pass over the rows.

    `steps` and `epochs` say how many rows there should be; who made the rows has used them.
    Raises: UsageError for a name or a type it does not know.
    """
    known = {f.name: str(f.type) for f in fields(Settings) if f.name not in ("steps", "seed")}
    taken = {name: value for name, value in given.items() if name not in ("steps", "epochs")}
    for name, value in taken.items():
        if name not in known:
            raise unknown("training setting", name, known)
        if not isinstance(value, KINDS.get(known[name], (str,))):
            raise UsageError(f"training setting '{name}' must be {known[name]}, got {value!r}")
    batch = int(taken.get("batch", Settings.batch))
    return Settings(**taken, steps=-(-rows // batch), seed=seed)
