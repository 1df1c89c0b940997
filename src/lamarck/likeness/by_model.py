"""Vectors that a model makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lamarck.core import CapabilityError
from lamarck.core.protocols import Embedding
from lamarck.likeness.embedder import Floats

AT_ONCE = 1024
"""Texts that a model is given together; the model makes batches of its own of them."""
WORD = "a"
"""A model is asked for this word to learn how long its vectors are."""


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
        found = np.zeros((len(texts), self.size), np.float32)
        told = [at for at, text in enumerate(texts) if text.strip()]
        for start in range(0, len(told), AT_ONCE):
            some = told[start : start + AT_ONCE]
            rows = np.array(self.model.embed([texts[at] for at in some]), np.float64)
            if rows.shape != (len(some), self.size):
                raise CapabilityError(f"{self.name} gave vectors of shape {rows.shape} for {len(some)} texts")
            found[some] = rows / np.maximum(np.sqrt((rows * rows).sum(axis=1, keepdims=True)), 1e-12)
            if self.tell and len(told) > AT_ONCE:
                self.tell(start + len(some), len(told))
        return found
