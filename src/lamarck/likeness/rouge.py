"""Novelty by ROUGE-L, with exactly the decisions of comparing with every member."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lamarck.likeness.overlap import Overlap

WORD = re.compile(r"[a-z0-9]+")


class Rouge:
    """Texts whose ROUGE-L F-measure with a member is above ``most`` are not new.

    Words are runs of a-z and 0-9 in lower case, without stemming, so a text in another script has none and is
    always new. At exactly ``most`` the F-measure in double precision decides, as precision and recall give it.
    How: F = 2L/(m+n) with L the longest common subsequence of m and n words, and L is at most what the two have in
    common, the second "the" counted as a word of its own. Only members with enough in common are compared.
    Source: ROUGE-L, Lin 2004 (https://aclanthology.org/W04-1013/), section 3.1, with equal weights.
    """

    def __init__(self, most: float = 0.7) -> None:
        """Raises: ValueError for a measure that is not above 0 and at most 1."""
        if not 0 < most <= 1:
            raise ValueError(f"ROUGE-L of at most {most} was asked for; it must be above 0 and at most 1")
        self._most = most
        self._overlap = Overlap(most / 2)
        self._texts = list[list[str]]()

    def add(self, texts: Sequence[str], /) -> None:
        """These are members, whatever else is."""
        for text in texts:
            self._add(words(text))

    def sift(self, texts: Sequence[str], /) -> list[str]:
        """For each text "" where it is new, which makes it a member at once, or the reason why it is not."""
        found = list[str]()
        for text in texts:
            said = words(text)
            known = self._known(said)
            if not known:
                self._add(said)
            found.append(f"ROUGE-L above {self._most:g} with one of the pool" if known else "")
        return found

    def _add(self, said: list[str]) -> None:
        self._overlap.add(numbered(said))
        self._texts.append(said)

    def _known(self, said: list[str]) -> bool:
        near = self._overlap.near(numbered(said))
        places = masks(said)
        for one in sorted(near, key=lambda it: it.words / (it.length + len(said)), reverse=True):
            common = subsequence(places, len(said), self._texts[one.member])
            if measure(common, len(said), one.length) > self._most:
                return True
        return False


def words(text: str) -> list[str]:
    """The text's words as ROUGE counts them."""
    return WORD.findall(text.lower())


def numbered(said: Sequence[str]) -> list[str]:
    """The words, each time one comes again as a word of its own: ["to", "be", "or", "not", "to 1", "be 1"]."""
    met, found = dict[str, int](), list[str]()
    for word in said:
        before = met.get(word, 0)
        met[word] = before + 1
        found.append(f"{word} {before}" if before else word)
    return found


def masks(said: Sequence[str]) -> dict[str, int]:
    """For each word the places where it stands, as the bits of a number."""
    found = dict[str, int]()
    for at, word in enumerate(said):
        found[word] = found.get(word, 0) | 1 << at
    return found


def subsequence(places: dict[str, int], length: int, other: Sequence[str]) -> int:
    """Length of the longest common subsequence of a text, by its masks, with another, bit-parallel.

    Source: Hyyrö 2004, "Bit-parallel LCS-length computation revisited", figure 2.
    """
    whole = (1 << length) - 1
    row = whole
    for word in other:
        met = row & places.get(word, 0)
        row = (row + met | row - met) & whole
    return length - row.bit_count()


def measure(common: int, one: int, other: int) -> float:
    """F of precision and recall, where two texts of these lengths have so many words in common, in order."""
    if not common:
        return 0.0
    precision, recall = common / one, common / other
    return 2 * precision * recall / (precision + recall)
