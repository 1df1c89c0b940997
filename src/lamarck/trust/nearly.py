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

from lamarck.trust.grams import Coded, Surprise, among, spread
from lamarck.trust.leakage import ENOUGH, SHOWN, Hit, Index
from lamarck.trust.normal import words

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
    """The second look of an index. Its vectors are made when it is first asked."""

    index: Index
    embed: Embed
    _vectors: Vectors | None = field(init=False, default=None)
    _coded: Coded = field(init=False)
    _bits: NDArray[np.float64] = field(init=False)
    """What each word of the items says; 0 for those in no run of their own."""

    def __call__(self, texts: Sequence[Sequence[str]]) -> list[Hit | None]:
        """For each text, in words, the item that it is nearly, or a part of; None where there is none."""
        found = list[Hit | None]([None] * len(texts))
        able = [at for at, mine in enumerate(texts) if len(mine) >= RUN]
        if not able or not self.index.held:
            return found
        vectors = self._opened()
        for begin in range(0, len(able), AT_ONCE):
            some = able[begin : begin + AT_ONCE]
            nearness = self.embed([" ".join(texts[at]) for at in some]) @ vectors.T
            best = np.argsort(-nearness, axis=1, kind="stable")[:, :NEIGHBOURS] if nearness.shape[1] > NEIGHBOURS else None
            for row, at in enumerate(some):
                near = range(nearness.shape[1]) if best is None else best[row].tolist()
                asked = [which for which in near if nearness[row, which] >= NEAR]
                found[at] = next((hit for which in asked if (hit := self._compared(texts[at], which))), None)
        return found

    def _compared(self, mine: Sequence[str], which: int) -> Hit | None:
        """The hit of a text and one of the items' texts, where they share enough."""
        index, coded = self.index, self._coded
        span = slice(int(coded.starts[which]), int(coded.starts[which + 1]))
        if self._bits[span].sum() < ENOUGH:
            return None
        item = Coded.of(coded.ids[span])
        text = index.vocabulary.read([mine])
        (there, at), (here, begins) = item.runs(RUN), text.runs(RUN)
        covered, said = np.zeros(len(item.ids), bool), np.zeros(len(mine), bool)
        for begin in at[np.isin(there, here)].tolist():
            covered[begin : begin + RUN] = True
        for begin in begins[np.isin(here, there)].tolist():
            said[begin : begin + RUN] = True
        bits = self._bits[span]
        shared = float(bits[covered].sum())
        share = max(shared / float(bits.sum()), float(said.mean()))
        if shared < ENOUGH or share < SHARE:
            return None
        told = [word for word, is_shared in zip(mine, said.tolist(), strict=True) if is_shared]
        name = index.items[index.owner[which]].name
        return Hit(item=name, kind="near", words=len(told), shared=" ".join(told[:SHOWN]), share=share)

    def _opened(self) -> Vectors:
        if self._vectors is None:
            index = self.index
            common = [words(text) for at, text in enumerate(index.common) if at not in index.copies]
            every = index.vocabulary.read([*index.held, *common])
            bits = Surprise.of(every, len(index.vocabulary.ids)).bits(np.arange(every.starts[len(index.held)]))
            hashes, at = every.runs(RUN)
            mine = every.text[at] < len(index.held)
            theirs = np.unique(hashes[~mine])
            hashes, at = hashes[mine], at[mine]
            known, counts = spread(hashes, np.array(index.owner, np.int64)[every.text[at]])
            own = (counts[np.searchsorted(known, hashes)] <= index.cap) & ~among(hashes, theirs)[0]
            kept = np.zeros(len(bits), bool)
            for k in range(RUN):
                kept[at[own] + k] = True
            self._coded, self._bits = every, np.where(kept & (bits >= 1), bits, 0)
            self._vectors = self.embed([" ".join(held) for held in index.held])
        return self._vectors
