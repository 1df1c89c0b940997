"""Runs of words as 64-bit numbers, and how much a run says: the arithmetic under the check of leakage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Floats = NDArray[np.float64]
STEP = np.uint64(0x9E3779B97F4A7C15)
MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
TRUST = 4.0
"""How often a word must have been seen before its followers count as much as words in general."""


@dataclass(frozen=True, eq=False)
class Coded:
    """Texts as numbers of words, one after the other; 0 is a word that nobody knows."""

    ids: Ints
    text: Ints
    """Which text each word is of."""
    left: Ints
    """Words from each one to the end of its text, itself included."""
    starts: Ints
    """Where each text begins, and at last the end."""

    @classmethod
    def of(cls, ids: Ints) -> Coded:
        """One text."""
        n = len(ids)
        text, ends = np.zeros(n, np.int64), np.array([0, n])
        return cls(ids=ids, text=text, left=n - np.arange(n), starts=ends)

    def runs(self, n: int) -> tuple[Hashes, Ints]:
        """Every run of n known words inside one text: its number, and where it begins."""
        if len(self.ids) < n:
            return np.zeros(0, np.uint64), np.zeros(0, np.int64)
        mixed, found = _mixed(self.ids.astype(np.uint64)), np.zeros(len(self.ids), np.uint64)
        for k in range(n):
            found = found[: len(mixed) - k] * STEP + mixed[k:]
        unknown = np.concatenate([[0], np.cumsum(self.ids == 0)])
        whole = (self.left[: len(found)] >= n) & (unknown[n:] == unknown[: len(found)])
        at = np.flatnonzero(whole)
        return _mixed(found[at]), at


@dataclass
class Vocabulary:
    """Words by number, and how surprising each is after the one before it."""

    ids: dict[str, int] = field(default_factory=dict[str, int])

    def learn(self, texts: Sequence[Sequence[str]]) -> Coded:
        """The texts as numbers; words not met before get one."""
        ids = self.ids
        return _coded([[ids.setdefault(word, len(ids) + 1) for word in words] for words in texts])

    def read(self, texts: Sequence[Sequence[str]]) -> Coded:
        """The texts as numbers, 0 for a word not met before."""
        get = self.ids.get
        return _coded([[get(word, 0) for word in words] for words in texts])


@dataclass(frozen=True, eq=False)
class Surprise:
    """How much each word of some texts says, in bits, by how often it follows the word before it.

    A bigram model with the words' own frequencies under it (linear interpolation, weight seen / (seen + TRUST)).
    So the words of a template that all texts share say nearly nothing, and those of a text of its own much.
    """

    words: Floats
    """How often each word stands anywhere, by its number."""
    after: Floats
    """At each place of the texts: how often its word follows the one before it."""
    before: Floats
    """At each place: how often the word before it stands before any."""
    ids: Ints

    @classmethod
    def of(cls, texts: Coded, size: int) -> Surprise:
        """Counted over all of the texts, of so many words."""
        ids = texts.ids
        first = np.zeros(len(ids), bool)
        first[texts.starts[:-1][texts.starts[:-1] < len(ids)]] = True
        last = np.where(first, 0, np.concatenate([[0], ids[:-1]]))
        pairs = last * np.int64(size + 1) + ids
        _, back, counts = np.unique(pairs, return_inverse=True, return_counts=True)
        heads = np.bincount(last, minlength=size + 1)
        return cls(
            words=np.bincount(ids, minlength=size + 1).astype(float),
            after=counts[back].astype(float) if len(ids) else np.zeros(0),
            before=heads[last].astype(float),
            ids=ids,
        )

    def bits(self, at: Ints, but: NDArray[np.float64] | float = 1.0) -> Floats:
        """Bits that the words at these places say, each counted as if it stood ``but`` times less."""
        after, before = np.maximum(self.after[at] - but, 0), np.maximum(self.before[at] - but, 0)
        own = np.maximum(self.words[self.ids[at]] - but, 0)
        alone = (own + 0.5) / (self.words.sum() + 0.5 * len(self.words))
        trust = before / (before + TRUST)
        seen = np.divide(after, before, out=np.zeros(len(after)), where=before > 0)
        return -np.log2(trust * seen + (1 - trust) * alone)

    def run(self, at: Ints, n: int, but: NDArray[np.float64] | float = 1.0) -> Floats:
        """Bits of whole runs of n words that begin at these places."""
        return np.sum([self.bits(at + k, but) for k in range(n)], axis=0) if len(at) else np.zeros(0)


def among(asked: Hashes, known: Hashes) -> tuple[NDArray[np.bool_], Ints]:
    """Which are in a sorted list, and where they would stand in it."""
    place = np.searchsorted(known, asked)
    if not len(known):
        return np.zeros(len(asked), bool), place
    return known[np.minimum(place, len(known) - 1)] == asked, place


def spread(groups: Hashes, texts: Ints) -> tuple[Hashes, Ints]:
    """Each different number, and in how many different texts it stands."""
    order = np.lexsort((texts, groups))
    groups, texts = groups[order], texts[order]
    new = np.ones(len(groups), bool)
    new[1:] = (groups[1:] != groups[:-1]) | (texts[1:] != texts[:-1])
    return np.unique(groups[new], return_counts=True)


def _coded(texts: Sequence[Sequence[int]]) -> Coded:
    lengths = np.array([len(text) for text in texts], np.int64)
    ids = np.fromiter((number for text in texts for number in text), np.int64, int(lengths.sum()))
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    text = np.repeat(np.arange(len(texts)), lengths)
    return Coded(ids=ids, text=text, left=starts[1:][text] - np.arange(len(ids)), starts=starts)


def _mixed(hashes: Hashes) -> Hashes:
    """Every bit of the result depends on every bit of the number (splitmix64)."""
    hashes = hashes * STEP
    hashes = (hashes ^ (hashes >> np.uint64(30))) * MIX[0]
    hashes = (hashes ^ (hashes >> np.uint64(27))) * MIX[1]
    return hashes ^ (hashes >> np.uint64(31))
