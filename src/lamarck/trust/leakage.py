"""Held-out items in texts: found by runs of words, whatever the copy looks like.

A run of thirteen words, or a shorter item whole, tells a copy. What many held-out items share is no item's own, and
neither is what a practice prompt says in its own right: a run counts only where it says enough. How much a run says is
measured by the items themselves (``grams.Surprise``), so the words of a template say nearly nothing.
Source: runs of thirteen words, GPT-3 (arXiv:2005.14165), appendix C. Differs: words of a normal form, what is common is
told by what the items share, and a second look finds copies that no run of thirteen tells (``nearly``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lamarck.trust.grams import ENOUGH, Coded, Hashes, Ints, Surprise, Vocabulary, among
from lamarck.trust.normal import parts, words
from lamarck.trust.runs import Runs

RUN = 13
"""Words of a run that tells a copy."""
MOST = 0.9
"""Share of what a short item says that one sentence must hold to stand for the item."""
SHOWN = 16
"""Words of a copy that are quoted."""
AT_ONCE = 2000
"""Texts looked through together; bounds what that needs."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A held-out item."""

    name: str
    """For people: "sealed item gsm8k/3f2a", "test.jsonl, row 12"."""
    texts: tuple[str, ...]
    keys: tuple[str, ...] = ()
    """Texts that are the item only where they stand alone: its canonical key."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A held-out item in a text."""

    item: str
    kind: str
    """"run" of words, "whole" (the item alone, or all that is its own), or "near"."""
    words: int
    """In a row, of the item; for "near" all that are shared."""
    shared: str
    """The first of them."""
    share: float = 1.0
    """For "near": of what the item says, or of the text."""

    @property
    def reason(self) -> str:
        """In one line."""
        match self.kind:
            case "run":
                return f"holds {self.words} words in a row of {self.item}"
            case "whole":
                return f"holds {self.item}"
            case _:
                return f"is {self.share:.0%} the same as {self.item}"


Second = Callable[[Sequence[Sequence[str]]], Sequence[Hit | None]]
"""A second look at texts, in words, in which the first found nothing."""


@dataclass(eq=False)
class Index:
    """Held-out items, to be looked for in texts.

    ``common`` are practice prompts: what they say is theirs, unless all that one says is an item's own; such a copy
    stays a hit. What is found does not depend on the order of anything.
    """

    items: Sequence[Item]
    common: Sequence[str] = ()
    vocabulary: Vocabulary = field(init=False, default_factory=Vocabulary)
    own: Mapping[int, Runs] = field(init=False)
    """By length: ``RUN``, and that of each shorter item."""
    owner: list[int] = field(init=False)
    """Which item each text is of."""
    held: list[list[str]] = field(init=False)
    """The items' texts in words."""
    coded: Coded = field(init=False)
    """The items' texts, then the practice prompts."""
    told: Surprise = field(init=False)
    """What their words say."""
    copies: frozenset[int] = field(init=False, default_factory=frozenset[int])
    """Which of the practice prompts are copies of a held-out item."""
    _alone: dict[str, int] = field(init=False)
    """Texts that are an item, in words -> the item."""
    _sentences: dict[str, int] = field(init=False)
    """The same for lines and sentences, of items that no run tells."""
    _phrases: Mapping[int, Hashes] = field(init=False)
    """The same sentences as runs, by their length."""
    _entire: Mapping[int, int] = field(init=False)
    """Texts that no single run tells but all their own runs together -> how many these are."""

    def __post_init__(self) -> None:
        texts = [(at, text) for at, item in enumerate(self.items) for text in dict.fromkeys(item.texts)]
        split = [(at, text, found) for at, text in texts if (found := words(text))]
        self.owner, self.held = [at for at, _, _ in split], [found for _, _, found in split]
        keys = {" ".join(words(key)): at for at, item in enumerate(self.items) for key in item.keys}
        self._alone = {**self._standing([(" ".join(found), at) for at, _, found in split if len(found) > 1]), **keys}
        coded = self.coded = self.vocabulary.learn([*self.held, *map(words, self.common)])
        told = self.told = Surprise.of(coded, self.vocabulary)
        lengths = sorted({min(len(each), RUN) for each in self.held})
        self.own = {n: Runs.of(coded, told, n, self.owner, self.cap, whole=n < RUN) for n in lengths}
        self._quiet(told, coded, [text for _, text, _ in split])
        if self.common:
            self._spare(coded, told)
        said = self.vocabulary.read([key.split() for key in self._sentences])
        self._phrases = {n: np.unique(said.runs(n)[0]) for n in sorted(set(np.diff(said.starts).tolist()))}

    def __len__(self) -> int:
        return len(self.items)

    @property
    def cap(self) -> int:
        """Items that a run may stand in and still be their own: three, half of few, one in 200 of many."""
        return max(1, min(3, len(self.items) // 2), len(self.items) // 200)

    def look(self, texts: Sequence[str], second: Second | None = None) -> list[Hit | None]:
        """For each text a held-out item that it holds, None where it holds none."""
        if not self.items:
            return [None] * len(texts)
        parts_of = (self._look(texts[at : at + AT_ONCE], second) for at in range(0, len(texts), AT_ONCE))
        return [hit for found in parts_of for hit in found]

    def _look(self, texts: Sequence[str], second: Second | None) -> list[Hit | None]:
        split = [words(text) for text in texts]
        coded = self.vocabulary.read(split)
        ends, found = self._ending(coded), self._matched(split, coded)
        for at, (text, mine) in enumerate(zip(texts, split, strict=True)):
            found[at] = found[at] or self._whole(text if at in ends else "", mine)
        if second:
            left = [at for at, hit in enumerate(found) if hit is None]
            for at, hit in zip(left, second([split[at] for at in left]), strict=True):
                found[at] = hit
        return found

    def _standing(self, said: Sequence[tuple[str, int]]) -> dict[str, int]:
        """Texts that at most ``cap`` items have, each with one of these."""
        times = Counter(text for text, _ in dict.fromkeys(said))
        return {text: at for text, at in said if times[text] <= self.cap}

    def _matched(self, split: Sequence[Sequence[str]], coded: Coded) -> list[Hit | None]:
        """What runs tell."""
        found = list[Hit | None]([None] * len(split))
        for n, own in self.own.items():
            hashes, at = coded.runs(n)
            known, place = among(hashes, own.hashes)
            at, place = at[known], place[known]
            text = coded.text[at]
            borders = np.flatnonzero(np.diff(text, prepend=-1, append=len(split)))
            for begin, end in pairwise(borders.tolist()):
                which = int(text[begin])
                if found[which] is None and (told := self._told(own, n, at[begin:end], place[begin:end])):
                    owner, length, start = told
                    said = split[which][start - int(coded.starts[which]) :][:length]
                    found[which] = Hit(
                        item=self.items[self.owner[owner]].name,
                        kind="run" if length < len(self.held[owner]) else "whole",
                        words=length,
                        shared=" ".join(said[:SHOWN]),
                    )
        return found

    def _told(self, own: Runs, n: int, at: Ints, place: Ints) -> tuple[int, int, int] | None:
        """The item's text that one text's known runs tell, how many words in a row they share, and from where."""
        strong = own.loud[place]
        if not strong.any() and not self._entire:
            return None
        by = dict[int, list[int]]()
        for i, row in enumerate(place.tolist()):
            for owner in own.texts[own.first[row] : own.first[row + 1]].tolist():
                by.setdefault(owner, []).append(i)
        for owner, rows in sorted(by.items(), key=lambda one: (-len(one[1]), one[0])):
            entire = n == RUN and len(set(place[rows].tolist())) == self._entire.get(owner)
            if entire or strong[rows].any():
                begins = np.concatenate([[0], np.flatnonzero(np.diff(at[rows]) != 1) + 1])
                lengths = np.diff(np.concatenate([begins, [len(rows)]]))
                best = int(lengths.argmax())
                return owner, int(lengths[best]) + n - 1, int(at[rows][begins[best]])
        return None

    def _whole(self, text: str, mine: Sequence[str]) -> Hit | None:
        """What is an item by itself, or has a sentence that is one."""
        owner = self._alone.get(" ".join(mine))
        if owner is None and text:
            said = (words(part) for part in parts(text))
            ends = (self._sentences.get(" ".join(each[-n:])) for each in said for n in self._phrases if len(each) >= n)
            owner = next((one for one in ends if one is not None), None)
        if owner is None:
            return None
        return Hit(item=self.items[owner].name, kind="whole", words=len(mine), shared=" ".join(mine[:SHOWN]))

    def _ending(self, coded: Coded) -> set[int]:
        """The texts that hold an item's sentence; whether one of theirs ends on it is not said."""
        found = set[int]()
        for n, known in self._phrases.items():
            hashes, at = coded.runs(n)
            found.update(coded.text[at[among(hashes, known)[0]]].tolist())
        return found

    def _quiet(self, told: Surprise, coded: Coded, texts: Sequence[str]) -> None:
        """Of texts that no run tells: whether all their runs do, and the one sentence that says it all."""
        loud = {text for own in self.own.values() for text in own.texts[np.repeat(own.loud, own.counts)].tolist()}
        counts = (
            np.bincount(self.own[RUN].texts, minlength=len(texts)) if RUN in self.own else np.zeros(len(texts), int)
        )
        bits_T = np.minimum(told.bits(np.arange(len(coded.ids))), told.rare)  # a template's word follows any gap
        each = np.where(bits_T < 1, 0, bits_T)
        covered = np.zeros(len(coded.ids), bool)
        covered[np.concatenate([own.words for own in self.own.values()] or [coded.starts[:0]])] = True
        self._sentences, entire = {}, dict[int, int]()
        for at in sorted(set(range(len(texts))) - loud):
            span = slice(int(coded.starts[at]), int(coded.starts[at + 1]))
            bits = each[span]
            if counts[at] and bits[covered[span]].sum() >= MOST * bits.sum():
                entire[at] = int(counts[at])
            for part in parts(texts[at]):
                said = words(part)
                known = set(said)
                held = sum(bit for word, bit in zip(self.held[at], bits.tolist(), strict=True) if word in known)
                if 2 < len(said) < len(bits) and held >= MOST * bits.sum():
                    self._sentences[" ".join(said)] = self.owner[at]
        self._entire = entire

    def _spare(self, coded: Coded, told: Surprise) -> None:
        """Leave to the practice prompts what is theirs; those that are copies of an item say nothing of their own."""
        common, copies, count = [words(text) for text in self.common], set[int](), len(self.held)
        for at, (hit, mine) in enumerate(zip(self._matched(common, self.vocabulary.read(common)), common, strict=True)):
            if hit is None and " ".join(mine) not in self._alone:
                continue
            place = np.arange(int(coded.starts[count + at]), int(coded.starts[count + at + 1]))
            if told.bits(place[~self._covered(mine)]).sum() < ENOUGH:
                copies.add(at)
        self.copies = frozenset(copies)
        theirs = self.vocabulary.read([mine for at, mine in enumerate(common) if at not in copies])
        self.own = {n: own.without(theirs.runs(n)[0]) for n, own in self.own.items()}
        if self._sentences:
            prompts = (text for at, text in enumerate(self.common) if at not in copies)
            said = {" ".join(words(part)) for text in prompts for part in parts(text)}
            self._sentences = {key: owner for key, owner in self._sentences.items() if key not in said}
        if RUN in self.own:
            counts = np.bincount(self.own[RUN].texts, minlength=count)
            self._entire = {at: int(counts[at]) for at in self._entire if counts[at]}

    def _covered(self, mine: Sequence[str]) -> NDArray[np.bool_]:
        """Which of a text's words stand in some item's own run."""
        covered, coded = np.zeros(len(mine), bool), self.vocabulary.read([mine])
        if " ".join(mine) in self._alone:
            return ~covered
        for n, own in self.own.items():
            hashes, at = coded.runs(n)
            for begin in at[among(hashes, own.hashes)[0]].tolist():
                covered[begin : begin + n] = True
        return covered
