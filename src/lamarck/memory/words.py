"""Which words stand in which entries, and how well they fit a query: BM25.

Our own few lines in numpy: the light libraries (rank-bm25, bm25s) index a fixed set of texts, so each
commit would mean all of it again, and know nothing of entries that are forgotten.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
"""Places in a version, or in all its segments one after the other."""
Scores = NDArray[np.float64]
WORD = re.compile(r"\w+")
K1, B = 1.2, 0.75
"""How soon more of the same word says nothing new, and how much a long text is held against it."""


def words(text: str) -> list[str]:
    """The words of a text in order; case does not matter."""
    return WORD.findall(text.casefold())


@dataclass(frozen=True, eq=False)
class Postings:
    """For each word of a segment the entries that hold it, and how often."""

    lengths: Rows
    """Words of each entry."""
    terms: dict[str, int]
    ends: Rows
    """Where the postings of each term end; the first entry is 0."""
    places: Rows
    counts: Rows

    def rows(self, term: str) -> Rows:
        """The entries that hold a word, oldest first."""
        return self.places[self._slice(term)]

    def times(self, term: str) -> Rows:
        """How often each of them holds it."""
        return self.counts[self._slice(term)]

    def _slice(self, term: str) -> slice:
        at = self.terms.get(term)
        return slice(0, 0) if at is None else slice(int(self.ends[at]), int(self.ends[at + 1]))


def postings(texts: Sequence[str]) -> Postings:
    """The words of these texts."""
    said = [words(text) for text in texts]
    terms: dict[str, int] = {}
    ids = np.array([terms.setdefault(word, len(terms)) for each in said for word in each], np.int64)
    lengths = np.array([len(each) for each in said], np.int64)
    rows = np.repeat(np.arange(len(said)), lengths)
    pairs, counts = np.unique(ids * max(len(said), 1) + rows, return_counts=True)
    of, places = np.divmod(pairs, max(len(said), 1))
    ends = np.searchsorted(of, np.arange(len(terms) + 1))
    return Postings(lengths, terms, ends, places, counts)


def bm25(query: str, parts: Sequence[Postings], rows: Rows, wanted: Rows) -> Scores:
    """How well each of the ``wanted`` places fits a query; 0 where no word of it is in the entry.

    In: the postings of all segments; what is there of them at ``rows``, counted over all parts; places in ``rows``.
    What is not in ``rows`` is forgotten, and counts neither for how rare a word is nor for how long a text usually is.
    Source: Robertson & Zaragoza 2009, section 3. Differs: a word that the query says twice counts once, and the weight
    of a rare word is ln(1 + ...), never negative.
    """
    lengths = np.concatenate([np.zeros(0, np.int64), *(part.lengths for part in parts)])
    starts = np.cumsum([0, *(len(part.lengths) for part in parts)])
    left, asked = _mask(rows, len(lengths)), _mask(rows[wanted], len(lengths))
    mean, scores = max(float(lengths[rows].mean()) if len(rows) else 0.0, 1.0), np.zeros(len(lengths))
    for term in sorted(set(words(query))):  # sorted, so that sums round alike everywhere
        holding = [(part, start) for part, start in zip(parts, starts.tolist(), strict=False) if term in part.terms]
        if not holding:
            continue
        at = np.concatenate([part.rows(term) + start for part, start in holding])
        times = np.concatenate([part.times(term) for part, _ in holding])
        few = int(np.count_nonzero(left[at])) if len(rows) < len(lengths) else len(at)
        weight = math.log(1 + (len(rows) - few + 0.5) / (few + 0.5))
        if len(wanted) < len(lengths):
            among = asked[at]
            at, times = at[among], times[among]
        scores[at] += weight * times * (K1 + 1) / (times + K1 * (1 - B + B * lengths[at] / mean))
    return scores[rows[wanted]]


def _mask(rows: Rows, size: int) -> NDArray[np.bool_]:
    found = np.zeros(size, np.bool_)
    found[rows] = True
    return found
