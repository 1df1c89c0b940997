"""What one run says beside its sealed scores: budget, how it sampled, what a gate would say of its last learner."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.evidence.exam import CLEAN

import lamarck
from lamarck.core import Batch, Parties, Passage, Scorecard, Sittings
from lamarck.store import RoundView, RunReader
from lamarck.trust import Guard
from lamarck.trust.monitors import HASH, Vitals, common, vitals

NAME = "figures.json"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a run spent; arms are compared at equal updates, and this shows whether they were."""

    rounds: int = 0
    """That trained or changed the learner."""
    updates: int = 0
    """Training jobs."""
    merges: int = 0
    """Models made of others, a search's candidates among them."""
    steps: int = 0
    rows: int = 0
    trained: int = 0
    """Tokens read in training, padding included."""
    sampled: int = 0
    """Tokens written by the learner in the rounds' solutions; retries, judges and exams are not among them."""
    training_s: float = 0.0
    """CPU seconds of training."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One finished run."""

    budget: Budget
    verdicts: Mapping[str, int]
    """Decision -> rounds. The gate is off, so this is "recorded" and "no update"."""
    gate: str
    """What the default gate would say of the last learner against the base on the sealed items."""
    first: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How the first round sampled, as ``monitors.Vitals``; empty where nothing was."""
    last: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The same of the last."""


def figures(run: lamarck.Run) -> Figures:
    """The figures of a finished run, as kept beside it or read now."""
    kept = run.path / NAME
    if kept.exists():
        told: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return Figures(budget=Budget(**told.pop("budget")), **told)
    made = _read(run.reader)
    write(kept, asdict(made))
    return made


def budget(events: Iterable[Mapping[str, Any]], learners: Sequence[str], sampled: int) -> Budget:
    """In: the event log, the base and the learner each round made, and the tokens of the rounds' solutions."""
    log = list(events)
    jobs = [event for event in log if event.get("kind") == "trained"]
    return Budget(
        rounds=sum(a != b for a, b in pairwise(learners)),
        updates=len(jobs),
        merges=sum(event.get("kind") == "merged" for event in log),
        steps=sum(int(job.get("steps", 0)) for job in jobs),
        rows=sum(int(job.get("rows", 0)) for job in jobs),
        trained=sum(int(job.get("tokens", 0)) for job in jobs),
        sampled=sampled,
        training_s=round(sum(float(job.get("seconds", 0)) for job in jobs), 1),
    )


def tokens(batch: Batch) -> int:
    """Tokens that learners wrote in a batch; the rejected side of a pair may be theirs too."""
    texts = (text for e in batch for text in (e.solution, e.rejected) if text)
    return sum(text.usage.completion for text in texts if HASH.fullmatch(text.author))


def would(cards: Sequence[Scorecard]) -> str:
    """The default gate's decision and reason about the last card's learner against the first's."""
    base, last = cards[0], cards[-1]
    if base.learner == last.learner:
        return "no update: the run ended with the learner it began with"
    shares = [replace(card, scores=tuple(s for s in card.scores if s.ability != CLEAN)) for card in (last, base)]
    hearing = Sittings(earlier=(), now=[shares], draw=lambda _abilities, _met: [])
    parties = Parties(candidate=last.learner, champion=base.learner, best=base.learner, base=base.learner)
    verdict = Guard().decide(hearing, parties)
    return f"{verdict.decision}: {verdict.reason}"


def _read(reader: RunReader) -> Figures:
    views = reader.rounds()
    practised = [view for view in views if any(p.operator.startswith("solutions.") for p in _solved(view))]
    ends, sampled = list[Batch](), 0
    for view in practised:  # batches are large: only the first and the last are held
        batch = reader.batch(view.stage, view.round, "feedback")
        sampled += tokens(batch)
        if view in (practised[0], practised[-1]):
            ends.append(batch)
    made = [view.candidate for view in views if view.candidate]
    draws, cards = common(ends), reader.sealed()
    seen = [vitals(batch, draws) for batch in ends] if draws else []
    return Figures(
        budget=budget(reader.events(), [reader.info.base, *made], sampled),
        verdicts=dict(Counter(view.verdict.decision for view in views if view.verdict)),
        gate=would(cards) if cards else "not scored",
        first=_plain(seen[0]) if seen else {},
        last=_plain(seen[-1]) if seen else {},
    )


def _solved(view: RoundView) -> Sequence[Passage]:
    """What became of a round's tasks on the way to solutions with feedback."""
    return view.funnel.get("feedback", ()) if view.round else ()


def _plain(one: Vitals) -> dict[str, Any]:
    """The values of vitals, without their intervals."""
    values: dict[str, Any] = asdict(one)
    return {name: value["value"] if isinstance(value, dict) else value for name, value in values.items()}


def write(path: Path, content: Any) -> None:
    """JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
