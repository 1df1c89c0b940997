"""One training run, as it happens in a worker process."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from pkgutil import resolve_name
from random import Random
from typing import Any, cast

from lamarck.trainers.fitted import Fitted
from lamarck.trainers.keeping import kept
from lamarck.trainers.lean import dpo, labels, sft
from lamarck.trainers.lean.exchange import Kit, LabelSettings, PairSettings, Parts, Settings, Text
from lamarck.trainers.lean.loop import Step


def fit(source: str, texts: Sequence[Text], settings: Settings, into: str, kit: str, reference: str = "") -> Fitted:
    """Train the model in `source`, whose kind the module `kit` knows.

    In: for pairs also the folder of the frozen model, "" = `source`. Out: its new folder under `into`, complete or
    not there at all.
    """
    kind = cast("Kit", resolve_name(kit))
    module = (kind.open_scorer if isinstance(settings, LabelSettings) else kind.open)(Path(source))
    began = time.process_time()
    steps = list(_steps(module, texts, settings, kind, reference))
    seconds = time.process_time() - began
    folder, digest = kept(Path(into), lambda beside: _fill(module, Path(source), beside, kind), kind.digest)
    names = steps[0].figures if steps else ()
    return Fitted(
        folder=str(folder),
        digest=digest,
        losses=tuple(step.loss for step in steps),
        tokens=sum(step.tokens for step in steps),
        seconds=seconds,
        figures={name: tuple(step.figures[name] for step in steps) for name in names},
    )


def _steps(module: Any, texts: Sequence[Text], settings: Settings, kind: Kit, reference: str) -> Iterator[Step]:
    """One training run of the loss that the settings are for."""
    texts = list(texts)
    if not settings.ordered:
        Random(settings.seed).shuffle(texts)
    if isinstance(settings, LabelSettings):
        told = [labels.Row(ids=_row(t.parts, t.weight, kind).ids, good=t.good, weight=t.weight) for t in texts]
        return labels.train(module, told, settings)
    if not isinstance(settings, PairSettings):
        return sft.train(module, [_row(text.parts, text.weight, kind) for text in texts], settings)
    pairs = [
        dpo.Pair(chosen=_row(text.parts, text.weight, kind), rejected=_row(text.rejected, text.weight, kind))
        for text in texts
    ]
    return dpo.train(module, pairs, settings, kind.open(Path(reference)) if reference else None)


def _row(parts: Parts, weight: float, kind: Kit) -> sft.Row:
    ids, labels = list[int](), list[int]()
    for part, learned in parts:
        new = [*kind.encode(part), kind.END] if learned else kind.encode(part)
        ids += new
        labels += new if learned else [sft.IGNORED] * len(new)
    return sft.Row(ids=tuple(ids), labels=tuple(labels), weight=weight)


def _fill(module: object, source: Path, beside: Path, kind: Kit) -> None:
    # The README describes the parent, not the child; everything else is the child's too.
    for path in source.glob("*.json"):
        shutil.copyfile(path, beside / path.name)
    kind.save(module, beside)
