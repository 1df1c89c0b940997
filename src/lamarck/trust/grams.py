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
ENOUGH = 32.0
"""Bits that a run must say. Of runs of 13 in plain English (GSM8K) the middle one says 76, one in 2,000 under 32."""
RARE = 20.0
"""Bits of them by words that few texts have: a template's words surprise a little at each of its gaps. There 48, 1 in
1,000 less than 22."""
DIGIT, LETTER = float(np.log2(10)), float(np.log2(26))
"""Bits that one can say at most."""


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
    """How much each word of some texts says, in bits, by how often it follows the words before it.

    A bigram model with the words' own frequencies under it (linear interpolation, weight seen / (seen + TRUST)), and
    the same for the word two before, since a template goes on as it must after whatever stands in its gap; the lower
    of the two counts. A word says no more than its spelling can. So the words of a template that all texts share say
    nearly nothing, a number in its gap little, and those of a text of its own much.
    """

    words: Floats
    """How often each word stands anywhere, by its number."""
    spelled: Floats
    """What each word can say at most, by its number."""
    after: tuple[Floats, ...]
    """At each place of the texts: how often its word follows the one before it; the one two before it."""
    before: tuple[Floats, ...]
    """At each place: how often the word one or two before it stands there before any."""
    ids: Ints
    last: Ints
    """At each place: where its word stood last, -1 where it did not."""
    rare: Floats
    """At each place: what its word says by how few texts have it, see :func:`rarity`."""

    @classmethod
    def of(cls, texts: Coded, vocabulary: Vocabulary) -> Surprise:
        """Counted over all of the texts."""
        ids, size = texts.ids, len(vocabulary.ids) + 1
        begun = np.arange(len(ids)) - texts.starts[texts.text]
        after, before = list[Floats](), list[Floats]()
        for back in (1, 2):
            last = np.zeros(len(ids), np.int64)
            last[back:] = ids[: max(len(ids) - back, 0)]
            last[begun < back] = 0
            _, place, counts = np.unique(last * size + ids, return_inverse=True, return_counts=True)
            after.append(counts[place].astype(float))
            before.append(np.bincount(last, minlength=size)[last].astype(float))
        spelled = [0.0, *(len(word) * (DIGIT if word[0].isdigit() else LETTER) for word in vocabulary.ids)]
        words = np.bincount(ids, minlength=size).astype(float)
        order = np.argsort(ids, kind="stable")
        again = np.flatnonzero(ids[order][1:] == ids[order][:-1])
        stood = np.full(len(ids), -1)
        stood[order[again + 1]] = order[again]
        both = {"after": tuple(after), "before": tuple(before)}
        return cls(words=words, spelled=np.array(spelled), ids=ids, last=stood, rare=rarity(texts), **both)

    def bits(self, at: Ints, but: Floats | float = 1.0) -> Floats:
        """Bits that the words at these places say, each counted as if it stood ``but`` times less."""
        own = np.maximum(self.words[self.ids[at]] - but, 0)
        alone = (own + 0.5) / (self.words.sum() + 0.5 * len(self.words))
        most = alone
        for after, before in zip(self.after, self.before, strict=True):
            follows, stands = np.maximum(after[at] - but, 0), np.maximum(before[at] - but, 0)
            seen = np.divide(follows, stands, out=np.zeros(len(at)), where=stands > 0)
            trust = stands / (stands + TRUST)
            most = np.maximum(most, trust * seen + (1 - trust) * alone)
        return np.minimum(-np.log2(most), self.spelled[self.ids[at]])

    def loud(self, at: Ints, n: int, but: Floats | float = 1.0) -> NDArray[np.bool_]:
        """Which runs of n words that begin at these places say ``ENOUGH``, of it ``RARE`` by words that few texts have.

        A word that comes again in a run says no more.
        """
        said, rare = np.zeros(len(at)), np.zeros(len(at))
        for k in range(n):
            bits = np.where(self.last[at + k] < at, self.bits(at + k, but), 0)
            said += bits
            rare += np.minimum(bits, self.rare[at + k])
        return (said >= ENOUGH) & (rare >= RARE)


def among(asked: Hashes, known: Hashes) -> tuple[NDArray[np.bool_], Ints]:
    """Which are in a sorted list, and where they would stand in it."""
    place = np.searchsorted(known, asked)
    if not len(known):
        return np.zeros(len(asked), bool), place
    return known[np.minimum(place, len(known) - 1)] == asked, place


def rarity(texts: Coded) -> Floats:
    """At each place: bits that its word says by the share of the other texts that it stands in, whatever is around it.

    As if 20 more texts lacked it, so that few texts tell little.
    """
    ids = int(texts.ids.max(initial=0)) + 1
    pairs = np.unique(texts.text * ids + texts.ids)
    holding = np.bincount(pairs % ids, minlength=ids)
    return -np.log2((holding[texts.ids] - 0.5) / (len(texts.starts) + 19))


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
