"""What a training run leaves in the event log: what was trained on what, how it went, where its settings are from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from lamarck.core.exchange import Job, Row, Trained
from lamarck.core.types import Learner


def told(made: Learner, job: Job, trained: Trained, card: Mapping[str, Any], leaked: int = 0) -> dict[str, Any]:
    """The data of the event "trained". In: the learner that came of it, its model card, rows left out."""
    return {
        "learner": made.hash,
        "parent": made.parent,
        "loss": job.loss,
        "rows": len(job.rows),
        **({"leaked": leaked} if leaked else {}),
        "authors": Counter(_author(row) for row in job.rows),
        "steps": trained.steps,
        "tokens": trained.tokens,
        "first": trained.losses[:1],
        "last": trained.losses[-1:],
        "figures": {name: (*values[:1], *values[-1:]) for name, values in trained.figures.items()},
        "seconds": trained.seconds,
        "settings": dict(job.settings),
        "sources": _sources(card, job.settings),
    }


def _sources(known: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, str]:
    """Where each training value is from: the model card's word on it, or the recipe ("recipe", of the operator)."""
    card = dict(known)
    said = card.pop("source", {})
    from_ = cast("Mapping[str, str]", said) if isinstance(said, Mapping) else dict.fromkeys(card, str(said))
    found = dict[str, str]()
    for name, value in settings.items():
        listed: Any = card.get(name)
        is_card = name in card and (value == listed or (isinstance(listed, list) and value in listed))
        found[name] = from_.get(name, "model card") if is_card else "recipe"
    return found


def _author(row: Row) -> str:
    """Who wrote what a row teaches: a learner's hash, or whatever labelled data call their author."""
    taught = (message.author for message, learned in zip(row.messages, row.learn, strict=True) if learned)
    return next(taught, "")
