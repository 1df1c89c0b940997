"""Vectors that a model makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lamarck.core import CapabilityError
from lamarck.core.protocols import Embedding
from lamarck.likeness.embedder import Floats

AT_ONCE = 1024
"""Texts that a model is given together; the model makes batches of its own of them."""
WORD = "a"
"""A model is asked for this word where nothing but the length of its vectors is needed."""


@dataclass(frozen=True, kw_only=True)
class ByModel:
    """A model's own vectors: its hidden states, or what an endpoint gives for a text.

    ``name`` says which model with which weights. Equal texts give equal vectors as far as the model does so.
    """

    model: Embedding
    name: str
    tell: Callable[[int, int], None] | None = None
    """Told how many texts of how many are done, where there are more than are given to the model together."""

    @cached_property
    def size(self) -> int:
        """How many numbers a vector has."""
        return len(self.model.embed([WORD])[0])

    def __call__(self, texts: Sequence[str], /) -> Floats:
        """Out: a row a text, 0 for one of white space alone, which is not asked about. Raises: CapabilityError."""
        told, parts = [at for at, text in enumerate(texts) if text.strip()], list[NDArray[np.float64]]()
        for start in range(0, len(told), AT_ONCE):
            some = told[start : start + AT_ONCE]
            parts.append(self._rows([texts[at] for at in some]))
            if self.tell and len(told) > AT_ONCE:
                self.tell(start + len(some), len(told))
        found = np.zeros((len(texts), parts[0].shape[1] if parts else self.size), np.float32)
        if parts:
            rows = np.concatenate(parts)
            found[told] = rows / np.maximum(np.sqrt((rows * rows).sum(axis=1, keepdims=True)), 1e-12)
        return found

    def _rows(self, texts: Sequence[str]) -> NDArray[np.float64]:
        given = self.model.embed(texts)
        if len(given) != len(texts) or len({len(row) for row in given}) != 1:
            raise CapabilityError(
                f"{self.name} gave {len(given)} vectors for {len(texts)} texts, or of several lengths"
            )
        return np.array(given, np.float64)
