"""Versions that are looked at and not searched: no model need be there for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lamarck.core import UsageError
from lamarck.likeness.embedder import Embedder, Floats
from lamarck.likeness.ngrams import NGrams
from lamarck.memory.files import ReadOnly
from lamarck.memory.versions import Versions


@dataclass(frozen=True)
class Unopened:
    """Stands for a model whose vectors a memory has."""

    name: str

    def __call__(self, texts: Sequence[str], /) -> Floats:
        """Raises: UsageError, always."""
        raise UsageError(f"the vectors of this memory are of {self.name}, and no model was opened")


def unopened(vectors: str) -> Embedder:
    """What stands for the embedder of this name; hashed n-grams, also for "", are there without a model."""
    return NGrams() if vectors in ("", NGrams().name) else Unopened(vectors)


def unsearched(run: Path, vectors: str) -> Versions:
    """The versions in a run folder, whatever made their ``vectors``; only those of hashed n-grams can be searched."""
    return Versions(ReadOnly(run), unopened(vectors))
