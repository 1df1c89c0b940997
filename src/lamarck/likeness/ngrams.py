"""Vectors without a model: hashed n-grams of characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lamarck.likeness.embedder import Floats

AT_ONCE = 256
"""Texts whose n-grams are counted together: as many as a core's cache holds, which halves the time of a big commit."""
STEP = np.uint64(0x9E3779B97F4A7C15)
MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, kw_only=True)
class NGrams:
    """Count the character n-grams of a text in ``size`` signed buckets; the counts have length 1.

    In: texts; case and runs of white space do not matter, the ends of the text count as spaces.
    Source: feature hashing with signs, Weinberger et al. 2009 (arXiv:0902.2206), section 2.
    Differs: the hash is splitmix64 over code points, all in numpy.
    """

    size: int = 384
    shortest: int = 3
    longest: int = 5

    @property
    def name(self) -> str:
        """Its settings in one word."""
        return f"ngrams-{self.shortest}-{self.longest}-{self.size}"

    def __call__(self, texts: Sequence[str], /) -> Floats:
        """Out: a row a text; 0 for one of fewer than ``shortest`` characters, its ends included."""
        found = np.zeros((len(texts), self.size), np.float32)
        for at in range(0, len(texts), AT_ONCE):
            counts = self._counts(texts[at : at + AT_ONCE])
            lengths = np.sqrt(np.einsum("ij,ij->i", counts, counts))[:, None]  # of whole numbers, so exact in any order
            found[at : at + AT_ONCE] = counts / np.maximum(lengths, 1e-12)
        return found

    def _counts(self, texts: Sequence[str]) -> NDArray[np.float64]:
        plain = [f" {' '.join(text.casefold().split())} " for text in texts]
        lengths = np.array([len(text) for text in plain])
        raw = "".join(plain).encode("utf-32-le", "surrogatepass")
        codes = np.frombuffer(raw, np.uint32).astype(np.uint64)
        ends, width = np.cumsum(lengths), 2 * self.size  # a place for each bucket and sign
        nowhere = len(plain) * width
        starts = np.repeat(np.arange(len(plain)) * width, lengths)
        places = np.full((self.longest - self.shortest + 1, len(codes)), nowhere)
        hashes = np.zeros(len(codes), np.uint64)
        for n in range(1, min(self.longest, len(codes)) + 1):
            hashes = hashes[: len(codes) - n + 1]
            hashes *= STEP
            hashes += codes[n - 1 :]
            if n < self.shortest:
                continue
            here = places[n - self.shortest, : len(hashes)]
            here[:] = _remainder(_mixed(hashes + np.uint64(n)), np.uint64(width))
            here += starts[: len(here)]
            over = (ends[:, None] - np.arange(1, n)).ravel()  # these reach into the next text
            here[over[(over >= 0) & (over < len(here))]] = nowhere
        counts = np.bincount(places.ravel(), minlength=nowhere + 1)[:-1].reshape(len(plain), self.size, 2)
        return (counts[:, :, 0] - counts[:, :, 1]).astype(np.float64)


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every bit of the result depends on every bit of the hash (splitmix64's last steps). They are overwritten."""
    spare = np.empty_like(hashes)  # no other array is made: the time goes into memory, not into sums
    for shift, by in ((np.uint64(30), MIX[0]), (np.uint64(27), MIX[1])):
        hashes ^= np.right_shift(hashes, shift, out=spare)
        hashes *= by
    hashes ^= np.right_shift(hashes, np.uint64(31), out=spare)
    return hashes


def _remainder(numbers: NDArray[np.uint64], by: np.uint64) -> NDArray[np.uint64]:
    """``numbers % by``, which numpy does five times slower than a division. The numbers are overwritten."""
    whole = numbers // by
    whole *= by
    numbers -= whole
    return numbers
