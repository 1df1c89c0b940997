"""The second look for leakage: copies that no run of thirteen words tells.

Neighbours by hashed n-grams of characters are looked at again, exactly: what a text and an item share in runs of
five words must say enough, and be most of the item, or of the text where that is a part of the item. A neighbour
alone is no hit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lamarck.trust.grams import ENOUGH, Coded, Hashes, Ints, among, spread
from lamarck.trust.leakage import SHOWN, Hit, Index

RUN = 5
NEAR = 0.4
"""Cosine from which on a neighbour is looked at: a third of a text has about 0.5 with the whole."""
NEIGHBOURS = 3
SHARE = 0.6
"""Of what the item says in bits, or of the text's words, that a copy must share."""
AT_ONCE = 1000
Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""Texts to vectors of unit length, a row a text, the same on every machine: the memory's ``NGrams``."""


@dataclass(eq=False)
class Nearly:
    """The second look of an index."""

    index: Index
    embed: Embed
    _coded: Coded = field(init=False)
    _own: Hashes = field(init=False)
    """The items' own runs, sorted."""
    _bits: NDArray[np.float64] = field(init=False)
    """What each word of the items says; 0 for those in no run of their own."""
    _able: Ints = field(init=False)
    """The items' texts that say enough to be told."""
    _vectors: Vectors = field(init=False)

    def __post_init__(self) -> None:
        index, every, count = self.index, self.index.coded, len(self.index.held)
        mine = np.arange(int(every.starts[count]))
        bits = np.minimum(index.told.bits(mine), index.told.rare[mine])
        hashes, at = every.runs(RUN)
        text = every.text[at]
        held, copied = text < count, np.isin(text, [count + at for at in index.copies])
        theirs, hashes, at = np.unique(hashes[~held & ~copied]), hashes[held], at[held]
        known, times = spread(hashes, np.array(index.owner, np.int64)[every.text[at]])
        own = (times[np.searchsorted(known, hashes)] <= index.cap) & ~among(hashes, theirs)[0]
        kept = np.zeros(len(bits), bool)
        for k in range(RUN):
            kept[at[own] + k] = True
        self._coded, self._own = every, np.unique(hashes[own])
        self._bits = np.where(kept & (bits >= 1), bits, 0)
        sums = np.bincount(every.text[: len(bits)], self._bits, minlength=count)
        self._able = np.flatnonzero(sums >= ENOUGH)
        able: list[int] = self._able.tolist()
        self._vectors = self.embed([" ".join(index.held[which]) for which in able])

    def __call__(self, texts: Sequence[Sequence[str]]) -> list[Hit | None]:
        """For each text, in words, the item that it is nearly, or a part of; None where there is none."""
        found = list[Hit | None]([None] * len(texts))
        asked = self._sharing(texts) if len(self._able) else []
        for begin in range(0, len(asked), AT_ONCE):
            some = asked[begin : begin + AT_ONCE]
            nearness = self.embed([" ".join(texts[at]) for at in some]) @ self._vectors.T
            for at, near in zip(some, nearness, strict=True):
                hits = (self._compared(texts[at], which) for which in self._nearest(near))
                found[at] = next((hit for hit in hits if hit), None)
        return found

    def _sharing(self, texts: Sequence[Sequence[str]]) -> list[int]:
        """The texts in which at least one run stands that is an item's own; no other can be a copy."""
        coded = self.index.vocabulary.read(texts)
        hashes, at = coded.runs(RUN)
        found: list[int] = np.unique(coded.text[at[among(hashes, self._own)[0]]]).tolist()
        return found

    def _nearest(self, near: Vectors) -> list[int]:
        """The items' texts that are near, the nearest first."""
        places = np.flatnonzero(near >= NEAR)
        best = places[np.argsort(-near[places], kind="stable")[:NEIGHBOURS]]
        return self._able[best].tolist()

    def _compared(self, mine: Sequence[str], which: int) -> Hit | None:
        """The hit of a text and one of the items' texts, where they share enough of what is the item's own."""
        index, coded = self.index, self._coded
        span = slice(int(coded.starts[which]), int(coded.starts[which + 1]))
        item, text = Coded.of(coded.ids[span]), index.vocabulary.read([mine])
        (there, at), (here, begins) = item.runs(RUN), text.runs(RUN)
        shared = np.intersect1d(there[among(there, self._own)[0]], here)
        covered, said = np.zeros(len(item.ids), bool), np.zeros(len(mine), bool)
        for k in range(RUN):
            covered[at[among(there, shared)[0]] + k] = True
            said[begins[among(here, shared)[0]] + k] = True
        bits = self._bits[span]
        common = float(bits[covered].sum())
        share = max(common / float(bits.sum()), float(said.mean()))
        if common < ENOUGH or share < SHARE:
            return None
        told = [word for word, is_shared in zip(mine, said.tolist(), strict=True) if is_shared]
        name = index.items[index.owner[which]].name
        return Hit(item=name, kind="near", words=len(told), shared=" ".join(told[:SHOWN]), share=share)
