"""What goes wrong, in groups that failures have in common. No model is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Literal

from lamarck.core import Batch, Experience, Scorecard, interval, passed
from lamarck.likeness.clusters import clusters
from lamarck.likeness.ngrams import NGrams
from lamarck.report.history import history, named
from lamarck.report.samples import evenly
from lamarck.report.sound import Seen, Sound

Kind = Literal["where", "alike", "said"]
"""Tasks that share something; answers that read alike; what the check says."""
MOST = 2000
"""Samples that are compared by their text."""
VALUES = 24
"""A parameter with more values than this, such as a row's number, groups nothing."""
FEWEST = 3
"""Failures that make a group."""
EXAMPLES = 2
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
WORD = re.compile(r"[^\W_]+|#|[-+*/=<>]")


@dataclass(frozen=True, kw_only=True)
class Example:
    """One failure of a group."""

    id: str
    task: str
    answer: str = ""
    said: str = ""
    """By the check."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Failures with something in common."""

    kind: Kind
    name: str
    failed: int
    of: int
    """Samples that have it in common; what the check says is of failures alone, and ``of`` counts all of these."""
    rest: float
    """Share of all other samples that failed; 0 for what the check says."""
    surplus: float
    """Failures beyond what the rest's share explains, at the cautious ends of both 95 % intervals."""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Errors:
    """The failures of a round, most telling groups first."""

    label: str
    """Of the round whose practice this is."""
    samples: int
    failed: int
    groups: tuple[Group, ...]


def errors(run: Sound) -> Errors | None:
    """The groups of the last round that practised, and of the last evaluation's nodes; None where nothing was tried."""
    views = [view for view in run.rounds() if view.round and view.funnel.get("feedback")]
    for view in reversed(views):
        batch = [e for e in run.batch(view.stage, view.round, "feedback") if e.feedback and e.solution]
        if batch:
            return _of(run, view, sorted(batch, key=lambda e: e.id))
    return None


def _of(run: Sound, view: Seen, batch: Batch) -> Errors:
    points = history(run)
    label = named(view, len({each.stage for each in run.rounds()}) > 1)
    found = [*grouped(batch), *(_nodes(points[-1].card) if points else ())]
    failed = sum(not passed(e) for e in batch)
    return Errors(label=label, samples=len(batch), failed=failed, groups=ranked(found))


def ranked(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Groups that fail more than the rest, the largest surplus first; then what the check says, most often first."""
    order = {"where": 0, "alike": 0, "said": 1}
    kept = [one for one in groups if one.failed >= FEWEST and (one.kind == "said" or one.surplus > 0)]
    return tuple(sorted(kept, key=lambda one: (order[one.kind], -one.surplus, one.kind, one.name)))


def grouped(batch: Batch) -> Iterator[Group]:
    """Every group of a batch with verdicts, in no order."""
    by = dict[tuple[Kind, str], Batch]()
    for e in batch:
        for name in _shared(e):
            by.setdefault(("where", name), []).append(e)
    wide = _wide(name for _, name in by)
    by = {key: group for key, group in by.items() if key[1].partition(" = ")[0] not in wide}
    by |= {("alike", name): group for name, group in _alike(evenly(batch, MOST)).items()}
    whole, lost = len(batch), sum(not passed(e) for e in batch)
    for (kind, name), group in by.items():
        if len(group) < whole:
            failures = [e for e in group if not passed(e)]
            yield _group(kind, name, len(failures), len(group), lost, whole, [_example(e) for e in failures])
    said = dict[str, Batch]()
    for e in batch:
        if not passed(e) and e.feedback and e.feedback.text.strip():
            said.setdefault(pattern(e.feedback.text), []).append(e)
    for text, group in said.items():
        shown = tuple(_example(e) for e in evenly(group, EXAMPLES))
        yield Group(
            kind="said", name=text, failed=len(group), of=lost, rest=0.0, surplus=float(len(group)), examples=shown
        )


def pattern(text: str) -> str:
    """A sentence of the check without its numbers: what many of its sentences have in common."""
    return " ".join(NUMBER.sub("#", text).split())[:120]


def _shared(e: Experience) -> Iterator[str]:
    """What a sample may have in common with others."""
    yield f"kind = {e.task.kind}"
    yield from (f"{name} = {value}" for name, value in sorted(e.task.parameters.items()) if value not in (None, ""))
    if e.solution:
        yield f"answer ended by = {e.solution.stop}"


def _wide(names: Iterable[str]) -> set[str]:
    """Parameters with too many values to group anything."""
    counts = Counter(name.partition(" = ")[0] for name in names)
    return {name for name, n in counts.items() if n > VALUES}


def _alike(batch: Batch) -> Mapping[str, Batch]:
    """Answers that read alike, named by the words that set them apart."""
    if len(batch) < 4 * FEWEST:
        return {}
    texts = [NUMBER.sub("#", e.solution.text if e.solution else "")[:2000] for e in batch]
    labels = clusters(NGrams()(texts), min(8, max(2, isqrt(len(texts) // 5))), seed=0)
    words = [set(WORD.findall(text.casefold())) for text in texts]
    everywhere = Counter(word for each in words for word in each)
    found = dict[str, Batch]()
    for label in range(int(labels.max()) + 1):
        at = [i for i, own in enumerate(labels) if own == label]
        here = Counter(word for i in at for word in words[i])
        rest = max(len(texts) - len(at), 1)
        apart = {word: n / len(at) - (everywhere[word] - n) / rest for word, n in here.items()}
        best = sorted((word for word in apart if apart[word] > 0.2), key=lambda word: (-apart[word], word))[:4]
        name = f"answers with {', '.join(best)}" if best else f"answers like {texts[at[0]][:40]!r}"
        found.setdefault(name, []).extend(batch[i] for i in at)
    return found


def _nodes(card: Scorecard) -> Iterator[Group]:
    """Nodes of the selection items, each against all other items; an outcome below a half is a failure."""
    values = card.target.metrics.get(card.metric, ())
    lost, whole = sum(value < 0.5 for value in values), len(values)
    for score in card.scores:
        own = score.metrics.get(card.metric, ())
        if score.node and len(own) < whole:
            wrong = [item for item, value in zip(score.items, own, strict=True) if value < 0.5]
            shown = [Example(id=item, task=item) for item in wrong]
            yield _group("where", f"selection node = {score.node}", len(wrong), len(own), lost, whole, shown)


def _group(kind: Kind, name: str, failed: int, of: int, lost: int, whole: int, failures: Sequence[Example]) -> Group:
    """In: its failures and size, and those of all samples."""
    others, others_lost = whole - of, lost - failed
    low = interval([1.0] * failed + [0.0] * (of - failed)).low
    high = interval([1.0] * others_lost + [0.0] * (others - others_lost)).high
    return Group(
        kind=kind,
        name=name,
        failed=failed,
        of=of,
        rest=others_lost / others,
        surplus=of * (low - high),
        examples=tuple(evenly(failures, EXAMPLES)),
    )


def _example(e: Experience) -> Example:
    asked = next((m.text for m in reversed(e.task.messages) if m.role == "user"), e.task.id)
    said = e.feedback.text if e.feedback else ""
    return Example(id=e.id, task=asked, answer=e.solution.text if e.solution else "", said=said)
