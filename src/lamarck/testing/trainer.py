"""A trainer that writes down what it is asked and learns by counting."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lamarck.core import Job, ModelRef, Row, Trained
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
        text = json.dumps(parts, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        folder = Path(into) / digest[:16] if into else None
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "model.json").write_text(text, encoding="utf-8")
        ref = ModelRef(name=f"scripted/{made:.4f}", digest=digest, folder=str(folder) if folder else "")
        steps = -(-len(rows) // int(settings.get("batch", 1)))
        tokens = sum(len(m.text.split()) for row in job.rows for m in row.messages)
        return Trained(model=ref, steps=steps, tokens=tokens, losses=(rate(model.name), made), seconds=0.0)
