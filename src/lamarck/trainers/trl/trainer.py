"""The trainer of Hugging Face models, as the main process sees it. No torch here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Protocol, cast

from lamarck.core import CapabilityError, Job, Merge, ModelRef, Scoring, Trained, UsageError, unknown
from lamarck.trainers.fitted import Fitted
from lamarck.trainers.merging.plan import merged
from lamarck.trainers.settings import resolved
from lamarck.trainers.trl.exchange import LOSSES, PAIRED, SAMPLING, WEIGHED, Order, Settings
from lamarck.trainers.trl.launching import launched
from lamarck.trainers.trl.process import Training, no_scores

RANK = 16
"""Of a named adapter where neither operator nor card says one."""
WORK_DIGITS = 16
"""Of a job's digest, in the name of its working folder."""


class Pool(Protocol):
    """Where merges are done."""

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        """Run the function of this name in a worker process."""
        ...


class Files(Protocol):
    """What finds model folders; a module."""

    locate: Callable[[ModelRef, str | None], Path]
    """The folder of a model, fetched where it is not here yet."""
    is_adapter: Callable[[Path], bool]
    """Whether a folder needs a base."""
    base: Callable[[Path, str, str | None], ModelRef]
    """The base of such a folder."""


class Running(Protocol):
    """Where training is done."""

    def run(self, order: Order, score: Scoring, /) -> Fitted:
        """Train as ordered; what is sampled meanwhile is scored here."""
        ...

    def close(self) -> None:
        """No more orders."""
        ...


class TrlTrainer:
    """Core's `Trainer` for models in Hugging Face folders. Its process starts with the first job; `close` ends it."""

    def __init__(
        self,
        pool: Pool,
        *,
        kit: str,
        files: str,
        options: Mapping[str, Any] | None = None,
        before: Callable[[], None] = lambda: None,
        training: Running | None = None,
    ) -> None:
        """In: the names of the module that makes tokens and models of a folder (in the training process), and of the
        one that finds folders (here); of the provider's options `launch`, `processes`, `checkpoint_s`, `base` and
        `cache`; what to call before a job takes the device; what runs the jobs, None = processes of its own."""
        self._pool, self._kit, self._names, self._before = pool, kit, files, before
        self._options = dict(options or {})
        self._training = training

    def fit(self, model: ModelRef, job: Job, into: str, /) -> Trained:
        """Train on every row once. Out: the model, or an adapter of it, in a new folder under `into`.

        A job that was broken off goes on from its last point, to the same weights. Raises: UsageError for a loss, a
        setting or rows that do not fit; TrainingFailed where training stopped.
        """
        _check(job)
        order = self._order(model, job, into)
        if self._training is None:
            self._training = Training(launched(self._options))
        self._before()
        fitted = self._training.run(order, job.score or no_scores)
        return fitted.trained(model.name)

    def merge(self, plan: Merge, into: str, /) -> ModelRef:
        """One model of several, in a new folder under `into`, named by its content. Raises: UsageError."""
        for source in (*plan.sources, *((plan.base,) if plan.base else ())):
            if self._base(self._locate(source)):
                raise UsageError(f"{source.name} is an adapter; merge whole models, or put it into its base first")
        return merged(self._pool, plan, into, kit=self._kit, locate=self._locate)

    def close(self) -> None:
        """End the training process."""
        if self._training:
            self._training.close()

    @property
    def _files(self) -> Files:
        return cast("Files", resolve_name(self._names))

    def _locate(self, model: ModelRef) -> Path:
        return self._files.locate(model, self._options.get("cache") or None)

    def _base(self, folder: Path) -> ModelRef | None:
        """What an adapter stands on, None for a whole model."""
        if not self._files.is_adapter(folder):
            return None
        return self._files.base(folder, str(self._options.get("base", "")), self._options.get("cache") or None)

    def _order(self, model: ModelRef, job: Job, into: str) -> Order:
        place = self._locate(model)
        base, begin = self._base(place), self._locate(job.begin) if job.begin else None
        if base and job.adapter:
            raise CapabilityError(
                f"{model.name} is an adapter itself; train '{job.adapter}' on a whole model, or go on with it as it is"
            )
        settings = _settings(job)
        whole = base or model
        folder = self._locate(whole)
        adapter = str(place) if base else str(begin) if begin else ""
        reference = self._locate(job.reference) if job.reference and job.reference != model else None
        below = self._base(reference) if reference else None
        return Order(
            loss=job.loss,
            model=str(folder),
            name=whole.name,
            digest=whole.digest,
            adapter=adapter,
            rows=tuple(job.rows),
            settings=settings,
            into=into,
            work=str(Path(into) / f".training-{_digest(model, job, settings)}"),
            reference=str(reference) if reference else "",
            reference_base=str(self._locate(below)) if below else "",
            kit=self._kit,
            every_s=float(self._options.get("checkpoint_s", Order.every_s)),
        )


def _check(job: Job) -> None:
    """Refuse rows that the loss cannot use. Raises: UsageError."""
    if job.loss not in LOSSES:
        raise unknown("loss", job.loss, LOSSES, "hf/ models are trained with these")
    if not job.rows:
        raise UsageError("there are no rows to train on; the refinement kept nothing")
    paired = [bool(row.rejected) for row in job.rows]
    if job.loss in PAIRED and not all(paired):
        count = paired.count(False)
        raise UsageError(f"{job.loss} compares two texts, but {count:,} of {len(paired):,} rows have no `rejected`")
    if job.loss not in (*PAIRED, "kto") and any(paired):
        raise UsageError(f"{job.loss} was given preference pairs; use a loss for pairs, or drop `rejected`")
    if job.loss not in WEIGHED and len({row.weight for row in job.rows}) > 1:
        raise UsageError(
            f"{job.loss} counts all rows alike, but their weights differ; set them to 1, or take sft or dpo"
        )
    if job.loss in SAMPLING and job.score is None:
        raise UsageError(f"{job.loss} samples by itself and needs scores; give updating.PolicyGradient its rewards")
    if job.loss == "distill" and job.reference is None:
        raise UsageError("distill learns from another model; name its role in updating.Distill(roles=...)")


def _settings(job: Job) -> Settings:
    given = dict(job.settings)
    if job.adapter and not job.begin and not given.get("rank"):
        given["rank"] = RANK
    kind = LOSSES[job.loss]
    return resolved(given, len(job.rows), job.seed, kind)


def _digest(model: ModelRef, job: Job, settings: Settings) -> str:
    """What decides the outcome of a job: the same job finds its own points again."""
    parts = {
        "model": model.digest,
        "begin": job.begin and job.begin.digest,
        "reference": job.reference and job.reference.digest,
        "loss": job.loss,
        "settings": asdict(settings),
    }
    total = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    for row in job.rows:
        total.update(repr(row).encode())
    return total.hexdigest()[:WORK_DIGITS]
