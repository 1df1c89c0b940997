"""Copies and near copies of texts, by their words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lamarck.likeness.overlap import Overlap

WORD = re.compile(r"\w+")


class Copies:
    """A text that a member equals is not new, nor one whose set of words has a Jaccard index of at least ``near``.

    Letter case, white space and marks at the end do not matter. The rule is first come, first kept: a text is
    compared with members only, so of a chain of near copies the third may be new again.
    How: the join is exact (see ``Overlap``); sketches such as MinHash's would only propose what it finds.
    """

    def __init__(self, near: float | None = None) -> None:
        """None = only equal texts. Raises: ValueError for a Jaccard index that is not above 0 and at most 1."""
        if near is not None and not 0 < near <= 1:
            raise ValueError(f"a Jaccard index of {near} was asked for; it must be above 0 and at most 1")
        self._near = near
        self._texts = set[str]()
        self._overlap = Overlap(near / (1 + near)) if near is not None else None

    def add(self, texts: Sequence[str], /) -> None:
        """These are members, whatever else is."""
        for text in texts:
            self._texts.add(plain(text))
            if self._overlap is not None:
                self._overlap.add(_different(text))

    def sift(self, texts: Sequence[str], /) -> list[str]:
        """For each text "" where it is new, which makes it a member at once, or the reason why it is not."""
        return [self._sifted(text) for text in texts]

    def _sifted(self, text: str) -> str:
        if (bare := plain(text)) in self._texts:
            return "the same text as one of the pool"
        if self._near is not None and self._overlap is not None:
            mine = _different(text)
            for one in self._overlap.near(mine):
                if one.words / (len(mine) + one.length - one.words) >= self._near:
                    return f"Jaccard of words {self._near:g} or more with one of the pool"
            self._overlap.add(mine)
        self._texts.add(bare)
        return ""


def plain(text: str) -> str:
    """Equal for two texts that differ in letter case, white space and end marks only."""
    return " ".join(text.casefold().split()).rstrip(" .!?")


def _different(text: str) -> list[str]:
    return list(dict.fromkeys(WORD.findall(text.casefold())))
