"""The runs of words that are a held-out item's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lamarck.trust.grams import Coded, Hashes, Ints, Surprise, among, spread


@dataclass(frozen=True, eq=False, kw_only=True)
class Runs:
    """The runs of one length that are some item's own."""

    hashes: Hashes
    """Sorted."""
    loud: NDArray[np.bool_]
    """Whether each alone tells the item."""
    first: Ints
    """Where the texts that each stands in begin in ``texts``, and at last the end."""
    texts: Ints
    words: Ints
    """The places of all words that stand in one of them."""

    @property
    def counts(self) -> Ints:
        """In how many texts each stands."""
        return np.diff(self.first)

    def without(self, hashes: Hashes) -> Runs:
        """Those that are not among the given ones."""
        kept = ~np.isin(self.hashes, hashes)
        counts = self.counts
        return replace(
            self,
            hashes=self.hashes[kept],
            loud=self.loud[kept],
            first=np.concatenate([[0], np.cumsum(counts[kept])]),
            texts=self.texts[np.repeat(kept, counts)],
        )

    @classmethod
    def of(cls, coded: Coded, told: Surprise, n: int, owner: Sequence[int], cap: int, *, whole: bool) -> Runs:
        """The runs of n words that at most ``cap`` items share.

        In: the items' texts, each with its owner, then the practice prompts; ``whole``: only texts that are n words.
        """
        hashes, at = coded.runs(n)
        mine = coded.text[at] < len(owner)
        shared, times = spread(hashes[~mine], coded.text[at][~mine])
        hashes, at = hashes[mine], at[mine]
        if whole:
            alone = (coded.left[at] == n) & (coded.starts[coded.text[at]] == at)
            hashes, at = hashes[alone], at[alone]
        known, counts = spread(hashes, np.array(owner, np.int64)[coded.text[at]])
        items = counts[np.searchsorted(known, hashes)]
        fits = items <= cap
        hashes, at, but = hashes[fits], at[fits], items[fits].astype(float)
        is_shared, place = among(hashes, shared)
        but[is_shared] += times[place[is_shared]]  # as if nobody had said this run
        order = np.lexsort((coded.text[at], hashes))
        hashes, texts, loud = hashes[order], coded.text[at][order], told.loud(at, n, but)[order]
        new = np.ones(len(hashes), bool)
        new[1:] = (hashes[1:] != hashes[:-1]) | (texts[1:] != texts[:-1])
        unique, first = np.unique(hashes[new], return_index=True)
        any_ = np.logical_or.reduceat(loud, np.unique(hashes, return_index=True)[1]) if len(loud) else loud
        ends = np.concatenate([first, [int(new.sum())]])
        return cls(hashes=unique, loud=any_, first=ends, texts=texts[new], words=_words(at, n))


def _words(at: Ints, n: int) -> Ints:
    return np.unique((at[:, None] + np.arange(n)).ravel())
