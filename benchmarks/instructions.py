"""Texts that look like instructions, made from a seed: nothing in them is copied from anywhere."""

from __future__ import annotations

import re
from itertools import accumulate
from random import Random

COMMON = re.findall(
    r"\w+",
    "the a of and to in for with that is on your as by it this from are an or be at which each one not all their if "
    "you between into can when has its two after what other no than only first how",
)
OPENINGS = (
    "Write a {} about the {}.",
    "Explain why {} may be {} than {}.",
    "List {n} {} that are {}.",
    "Given a {}, find its {}.",
    "Turn the following {} into a {}.",
    "What is the {} of {} in {}?",
    "Describe how {} and {} are related.",
    "Sort these {} by {}: {}, {}, {}.",
    "A {} has {n} {} and gives {n} away. How many {} are left?",
    "Summarise this {} in {n} sentences.",
    "Suggest a {} for a {} who likes {}.",
    "Is the following {} {} or {}?",
    "Compare {} with {} and say which is more {}.",
    "Rewrite the {} so that a {} can follow it.",
)
WORDS = 30_000


class Writer:
    """Draws words as natural text has them: few are frequent, most are rare (Zipf's law)."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(f"instructions {seed}")
        self._words = [*COMMON, *(self._word() for _ in range(WORDS))]
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(len(self._words))))

    def _word(self) -> str:
        syllables = (
            self.rng.choice("bcdfghklmnprstvw") + self.rng.choice("aeiou") for _ in range(self.rng.randint(1, 4))
        )
        return "".join(syllables) + self.rng.choice(("", "n", "r", "s", "t", "l"))

    def words(self, n: int) -> list[str]:
        """n words."""
        return self.rng.choices(self._words, cum_weights=self._weights, k=n)

    def text(self) -> str:
        """An opening, and mostly some sentences after it."""
        opening = self.rng.choice(OPENINGS).replace("{n}", str(self.rng.randint(2, 99)))
        found = [opening.format(*self.words(8))]
        length = int(self.rng.lognormvariate(2.3, 1.1))
        while length > 2:
            part = min(length, self.rng.randint(4, 14))
            found.append(" ".join(self.words(part)).capitalize() + ".")
            length -= part
        return " ".join(found)

    def copy(self, text: str, most: float) -> str:
        """The text with up to this share of its words replaced, dropped or added, at times with another after it."""
        share, found = self.rng.uniform(0.02, most), list[str]()
        for word in text.split():
            if self.rng.random() >= share:
                found.append(word)
            elif (what := self.rng.random()) < 0.6:
                found += self.words(1)
            elif what < 0.8:
                found += [word, *self.words(1)]
        if self.rng.random() < 0.1:
            found += self.text().split()
        return " ".join(found)


def instructions(n: int, seed: int, *, copies: float, most: float) -> list[str]:
    """n texts in random order, of which this share are copies of others with up to so many of their words changed."""
    writer = Writer(seed)
    found = [writer.text() for _ in range(n - round(n * copies))]
    found += [writer.copy(writer.rng.choice(found), most) for _ in range(n - len(found))]
    writer.rng.shuffle(found)
    return found
