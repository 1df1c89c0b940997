"""Novelty by the direction of vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lamarck.likeness.embedder import Floats

AT_ONCE = 512
"""Texts, and members, that are compared at once."""


class Cosine:
    """Texts whose vector has a cosine of at least ``near`` with a member's are not new."""

    def __init__(self, embed: Callable[[Sequence[str]], Floats], near: float = 0.8) -> None:
        """In: what makes a row of length 1 of each text. Raises: ValueError for a cosine not above 0 and at most 1."""
        if not 0 < near <= 1:
            raise ValueError(f"a cosine of {near} was asked for; it must be above 0 and at most 1")
        self._embed, self._near = embed, near
        self._parts = list[Floats]()
        """The members' vectors, a part for each time that some were added."""

    def add(self, texts: Sequence[str], /) -> None:
        """These are members, whatever else is."""
        if texts:
            self._parts.append(self._embed(texts))

    def sift(self, texts: Sequence[str], /) -> list[str]:
        """For each text "" where it is new, which makes it a member at once, or the reason why it is not."""
        found = list[str]()
        for at in range(0, len(texts), AT_ONCE):
            found += self._sifted(self._embed(texts[at : at + AT_ONCE]))
        return found

    def _sifted(self, vectors: Floats) -> list[str]:
        known = np.zeros(len(vectors), bool)
        for part in self._parts:
            for at in range(0, len(part), AT_ONCE):
                known |= (vectors @ part[at : at + AT_ONCE].T >= self._near).any(axis=1)
        alike = vectors @ vectors.T >= self._near
        for at in range(1, len(vectors)):
            known[at] |= bool((alike[at, :at] & ~known[:at]).any())
        self._parts.append(vectors[~known])
        return [f"a cosine of {self._near:g} or more with one of the pool" if one else "" for one in known]
