"""A trainer that writes down what it is asked and learns by counting."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lamarck.core import Job, Merge, ModelRef, Row, Trained
from lamarck.testing.models import rate


@dataclass(kw_only=True)
class RecordingTrainer:
    """Makes a scripted model with a lower error rate out of rows that teach what is right.

    The rate halves with every ``half`` different right rows and doubles with as many wrong ones,
    within 0.01 to 0.99. So a run on scripted models rises, and does not where its rows are wrong.
    The digest is over start, rows, settings, loss and seed: equal jobs give equal learners.
    """

    right: Callable[[Row], bool]
    """Whether what a row teaches is right."""
    half: float = 64.0
    jobs: list[Job] = field(default_factory=list[Job])
    """Every job, in order."""
    starts: list[ModelRef] = field(default_factory=list[ModelRef])
    """What each job started from."""
    merged: Callable[[Merge], float] = field(default=lambda plan: averaged(plan))
    """The error rate of a merge."""
    merges: list[Merge] = field(default_factory=list[Merge])
    """Every merge, in order."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fit(self, model: ModelRef, job: Job, into: str, /) -> Trained:
        """Out: the new model; its folder under ``into`` holds one JSON file. An empty ``into`` writes none."""
        with self.lock:
            self.jobs.append(job)
            self.starts.append(model)
        different = {(row.messages[0].text, row.messages[-1].text): row for row in job.rows}
        verdicts = [self.right(row) for row in different.values()]
        gain = verdicts.count(True) - verdicts.count(False)
        made = min(0.99, max(0.01, rate(model.name) * 2 ** (-gain / self.half)))
        rows = [asdict(row) for row in job.rows]
        settings = dict(job.settings)
        parts = {"start": model.digest, "loss": job.loss, "seed": job.seed, "settings": settings, "rows": rows}
        steps = -(-len(rows) // int(settings.get("batch", 1)))
        tokens = sum(len(m.text.split()) for row in job.rows for m in row.messages)
        losses = (rate(model.name), made)
        return Trained(model=_written(parts, made, into), steps=steps, tokens=tokens, losses=losses, seconds=0.0)

    def merge(self, plan: Merge, into: str, /) -> ModelRef:
        """Out: a model whose error rate is ``merged``'s of the plan."""
        with self.lock:
            self.merges.append(plan)
        made = min(0.99, max(0.01, self.merged(plan)))
        sources = [source.digest for source in plan.sources]
        return _written({**asdict(plan), "sources": sources, "base": plan.base and plan.base.digest}, made, into)


def averaged(plan: Merge) -> float:
    """The mean of the sources' error rates by their weights; by hops for a path."""
    weights = [0.0] * len(plan.sources)
    for group in plan.weights:
        for source, weight in enumerate(group):
            weights[source] += abs(weight)
    for hop in plan.path:
        weights[hop.source] += 1
    total = sum(weights) or 1.0
    return sum(rate(source.name) * weight for source, weight in zip(plan.sources, weights, strict=True)) / total


def _written(parts: Mapping[str, Any], error_rate: float, into: str) -> ModelRef:
    text = json.dumps(parts, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    folder = Path(into) / digest[:16] if into else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.json").write_text(text, encoding="utf-8")
    return ModelRef(name=f"scripted/{error_rate:.4f}", digest=digest, folder=str(folder) if folder else "")
