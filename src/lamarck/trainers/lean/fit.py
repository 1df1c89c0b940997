"""One training run, as it happens in a worker process."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name
from random import Random
from typing import cast

from lamarck.trainers.lean.exchange import Fitted, Kit, Settings, Text
from lamarck.trainers.lean.sft import IGNORED, Row, train

NAME_DIGITS = 16
"""Of its digest, in the name of a new folder."""


def fit(source: str, texts: Sequence[Text], settings: Settings, into: str, kit: str) -> Fitted:
    """Train the model in `source`, whose kind the module `kit` knows.

    Out: its new folder under `into`, complete or not there at all.
    """
    kind = cast("Kit", resolve_name(kit))
    module = kind.open(Path(source))
    rows = [_row(text, kind) for text in texts]
    Random(settings.seed).shuffle(rows)
    began = time.process_time()
    steps = list(train(module, rows, settings))
    seconds = time.process_time() - began
    folder, digest = _keep(module, Path(source), Path(into), kind)
    return Fitted(
        folder=str(folder),
        digest=digest,
        losses=tuple(step.loss for step in steps),
        tokens=sum(step.tokens for step in steps),
        seconds=seconds,
    )


def _row(text: Text, kind: Kit) -> Row:
    ids, labels = list[int](), list[int]()
    for part, learned in text.parts:
        new = [*kind.encode(part), kind.END] if learned else kind.encode(part)
        ids += new
        labels += new if learned else [IGNORED] * len(new)
    return Row(ids=tuple(ids), labels=tuple(labels), weight=text.weight)


def _keep(module: object, source: Path, into: Path, kind: Kit) -> tuple[Path, str]:
    """Write beside, force to disk, rename: a crash leaves a whole folder or a hidden one."""
    into.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=into, prefix=".tmp-"))
    try:
        beside.chmod(0o755)
        # The README describes the parent, not the child; everything else is the child's too.
        for path in source.glob("*.json"):
            shutil.copyfile(path, beside / path.name)
        kind.save(module, beside)
        digest = kind.digest(beside)
        for path in (*beside.iterdir(), beside):
            _sync(path)
        folder = into / digest[:NAME_DIGITS]
        if not folder.exists():  # the same content was made before: nothing to add
            beside.rename(folder)
            _sync(into)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder, digest


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
