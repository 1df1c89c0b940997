"""The trainer of small models: one worker process, one thread, a new folder or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol, cast

from lamarck.core import CapabilityError, Job, Merge, Message, ModelRef, Row, Trained, UsageError, unknown
from lamarck.trainers.fitted import Fitted
from lamarck.trainers.lean.exchange import LabelSettings, PairSettings, Parts, Settings, Text
from lamarck.trainers.merging.plan import merged
from lamarck.trainers.settings import resolved

LOSSES: Mapping[str, type[Settings]] = {"sft": Settings, "dpo": PairSettings, "labels": LabelSettings}
"""What this trainer can minimise, and the settings of each."""
FIT = "lamarck.trainers.lean.fit:fit"
"""Called in a worker process by name: importing it here would import torch."""


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

        Raises: UsageError for a loss or a setting it does not know, or rows the loss cannot use; CapabilityError
        for an adapter.
        """
        if job.loss not in LOSSES:
            raise unknown("loss", job.loss, LOSSES, "the lean trainer knows no other")
        if job.adapter or job.begin:
            raise CapabilityError(f"{model.name} is trained as a whole; adapter '{job.adapter}' needs another trainer")
        if not job.rows:
            raise UsageError("there are no rows to train on; the refinement kept nothing")
        paired = [bool(row.rejected) for row in job.rows]
        if job.loss != "dpo" and any(paired):
            raise UsageError(f"{job.loss} was given preference pairs; use a loss for pairs, or drop `rejected`")
        if job.loss == "dpo" and not all(paired):
            count = paired.count(False)
            raise UsageError(f"dpo compares two texts, but {count:,} of {len(paired):,} rows have no `rejected`")
        texts = [text_of(row) for row in job.rows]
        settings = resolve(job.settings, len(texts), job.seed, LOSSES[job.loss])
        reference = str(self._locate(job.reference)) if job.reference else ""
        ran = self._pool.submit(FIT, str(self._locate(model)), texts, settings, into, self._kit, reference)
        return cast("Fitted", ran.result()).trained(model.name)

    def merge(self, plan: Merge, into: str, /) -> ModelRef:
        """One model of several, in a new folder under `into`, named by its content. Raises: UsageError."""
        return merged(self._pool, plan, into, kit=self._kit, locate=self._locate)


def text_of(row: Row) -> Text:
    """The row's text in parts; of a pair both texts.

    What is rejected stands in place of everything from the first learned message on; its assistant's turns count.
    """
    beginning = next((at for at, learned in enumerate(row.learn) if learned), len(row.learn))
    shared, other = row.messages[:beginning], [message.role == "assistant" for message in row.rejected]
    rejected = (*_parts(shared, [False] * beginning), *_parts(row.rejected, other)) if row.rejected else ()
    return Text(parts=_parts(row.messages, row.learn), rejected=rejected, weight=row.weight, good=row.good)


def _parts(messages: Sequence[Message], learn: Sequence[bool]) -> Parts:
    return tuple((message.text, learned) for message, learned in zip(messages, learn, strict=True))


def resolve(given: Mapping[str, Any], rows: int, seed: int, kind: type[Settings] = Settings) -> Settings:
    """Settings of the loop, one pass over the rows. Raises: UsageError for what it does not know."""
    return resolved(given, rows, seed, kind)
