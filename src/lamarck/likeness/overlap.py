"""Which members of a growing pool have enough in common with a set of words, without looking at the others."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SLACK = 1e-9
"""Bounds are this much lower than computed, so that rounding never hides a member; who asks decides exactly."""
SHORT = 512
"""Entries of lists that are faster counted one by one than by numpy."""
MORE = 1
"""Lists that are read beyond those that must be, so that a partner is met this much more often than once."""
Numbers = NDArray[np.int32]


class Shared(NamedTuple):
    """A member and what it has in common with the words asked for."""

    member: int
    """Its number in order of entry."""
    words: int
    """How many words both have."""
    length: int
    """How many the member has."""


class Overlap:
    """An inverted index over sets of words, asked for members that share at least ``share`` of the words of both.

    A measure that is bounded by a set's size is exact on top of this: Jaccard >= J needs a share of J / (1 + J),
    an F-measure >= F of F / 2. No member that has the share is missed, and none without it is given.
    How: words are looked up from the rarest on. A partner must have one of the first few, so only their lists are
    read whole; the long lists of frequent words are at most searched for the members found so far.
    """

    def __init__(self, share: float) -> None:
        """Raises: ValueError for a share that is not above 0 and at most a half."""
        if not 0 < share <= 0.5:
            raise ValueError(f"a share of {share} was asked for; it must be above 0 and at most 0.5")
        self._share = share
        self._rows: dict[str, array[int]] = {}
        """For each word the members that have it, in order."""
        self._members = list[frozenset[str]]()
        self._lengths = array("i")

    def add(self, words: Sequence[str]) -> None:
        """A new member. In: different words."""
        member, rows = len(self._members), self._rows
        for word in words:
            if word in rows:
                rows[word].append(member)
            else:
                rows[word] = array("i", (member,))
        self._members.append(frozenset(words))
        self._lengths.append(len(words))

    def near(self, words: Sequence[str]) -> list[Shared]:
        """Members that share enough with these different words, in order of entry."""
        length = len(words)
        shortest = ceil(self._share / (1 - self._share) * length - SLACK)
        least = max(1, ceil(self._share * (length + shortest) - SLACK))
        lists = sorted([self._rows[word] for word in words if word in self._rows], key=len)
        few = len(lists) - least + 1
        if few < 1:
            return []
        more = min(MORE, least - 1)
        if sum(map(len, lists[: few + more])) < SHORT:
            return self._one_by_one(frozenset(words), lists[: few + more], more, shortest)
        return self._together([np.frombuffer(rows, np.int32) for rows in lists], few, length, shortest)

    def _one_by_one(self, words: frozenset[str], lists: Sequence[array[int]], more: int, shortest: int) -> list[Shared]:
        share, length, found = self._share, len(words), list[Shared]()
        for member, met in Counter(chain.from_iterable(lists)).items():
            if met > more and (other := self._lengths[member]) >= shortest:
                both = len(words & self._members[member])
                if both >= share * (other + length) - SLACK:
                    found.append(Shared(member, both, other))
        return sorted(found)

    def _together(self, lists: Sequence[Numbers], few: int, length: int, shortest: int) -> list[Shared]:
        members, shared = _counted(np.concatenate(lists[:few]), len(self._members))
        lengths = np.frombuffer(self._lengths, np.int32)[members]
        needed = np.ceil(self._share * (lengths + length) - SLACK).astype(np.int32)
        rest = len(lists) - few
        keep = (shared + rest >= needed) & (lengths >= shortest)
        members, shared, needed = members[keep], shared[keep], needed[keep]
        for rows in lists[few:]:
            if not len(members):
                return []
            rest -= 1
            places = np.searchsorted(rows, members)
            places[places == len(rows)] = 0
            shared += rows[places] == members
            keep = shared + rest >= needed
            members, shared, needed = members[keep], shared[keep], needed[keep]
        return [Shared(at, both, self._lengths[at]) for at, both in zip(members.tolist(), shared.tolist(), strict=True)]


def _counted(rows: Numbers, members: int) -> tuple[Numbers, Numbers]:
    """The different numbers in ascending order, and how often each is there."""
    if len(rows) * 16 < members:  # a count for each member would cost more than sorting
        found, counts = np.unique(rows, return_counts=True)
        return found, counts.astype(np.int32)
    counts = np.bincount(rows, minlength=members)
    found = np.flatnonzero(counts)
    return found.astype(np.int32), counts[found].astype(np.int32)
