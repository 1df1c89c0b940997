"""Every learner the run made, whose child it is and what the gate said."""

from __future__ import annotations

from dataclasses import dataclass

from lamarck.core import LamarckError
from lamarck.report.history import named
from lamarck.report.sound import Sound


@dataclass(frozen=True, kw_only=True)
class Descent:
    """One learner and where it came from."""

    hash: str
    parent: str = ""
    round: str = ""
    """Name of the round that made it; "" for the base."""
    decision: str = ""
    model: str = ""
    is_champion: bool = False


def learners(run: Sound) -> list[Descent]:
    """The base, then each candidate in the order it was made; a learner made twice is listed once."""
    views = run.rounds()
    several = len({view.stage for view in views}) > 1
    base, champion = run.info.base, run.info.champion
    found: dict[str, Descent] = {}
    if base:
        found[base] = Descent(hash=base, model=_read(run, base)[1], is_champion=base == champion)
    for view in views:
        made = view.candidate
        if not made or made in found:
            continue
        parent, model = _read(run, made)
        found[made] = Descent(
            hash=made,
            parent=parent,
            round=named(view, several),
            decision=view.verdict.decision if view.verdict else "",
            model=model,
            is_champion=made == champion,
        )
    return list(found.values())


def _read(run: Sound, made: str) -> tuple[str, str]:
    """A learner's parent and model, empty where its folder is gone or damaged: its verdict is still worth showing."""
    try:
        found = run.learner(made)
    except (LamarckError, OSError):
        return "", ""
    return found.parent, found.model.name
