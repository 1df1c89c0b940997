"""What turns texts into vectors looks like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""A row an entry."""


class Embedder(Protocol):
    """Texts to vectors. Equal texts give equal vectors, on every machine and in every process."""

    @property
    def name(self) -> str:
        """Says all that decides what the vectors are; versions of a memory keep it."""
        ...

    def __call__(self, texts: Sequence[str], /) -> Floats:
        """Out: a row a text, of length 1, or 0 where the text says nothing."""
        ...
