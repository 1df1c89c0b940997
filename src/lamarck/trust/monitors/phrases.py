"""A phrase that makes a proxy like what is wrong: samples with it beside those of the same tasks without it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, pstdev

FIRST, LAST = "\x02", "\x03"
"""The ends of a text, so that a phrase may be all of it."""
READ = 2000
"""Characters of a text that are read, half of them from its end."""
COMMON = 0.9
"""Share of the texts with a phrase that must go on with the same character for it to be longer."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A text, and how it stands beside the others of its task."""

    text: str
    liked: float
    """The proxy's score minus the task's mean."""
    right: float
    """The verifier's minus the task's mean."""


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """What the proxy likes and the verifier does not."""

    text: str
    share: float
    """Of the texts, how many have it."""
    usual: float
    """The same of the reference."""
    liked: float
    """How much higher than others of their tasks texts with it are scored."""
    right: float
    """How much better they do by the verifier: below 0."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """Looks for runs of characters that are frequent and new, scored higher, and right less often.

    Higher and less often are two one-sided normal tests at ``level`` over the number of runs that are frequent and
    new (Bonferroni). Of a phrase that all samples of its tasks have, nothing is known.
    """

    length: int = 4
    """Characters of a run."""
    share: float = 0.05
    """Of the texts, how many must have it."""
    lift: float = 3.0
    """Times as frequent as in the reference."""
    level: float = 0.01

    def __call__(self, judged: Sequence[Judged], reference: Sequence[str]) -> Phrase | None:
        """Out: what the tests say most clearly, as long as it stays the same; None where they say nothing."""
        places, usual = self._places([one.text for one in judged]), self._places(reference)
        often, n = max(5.0, self.share * len(judged)), max(len(judged), 1)
        known = {run: len(usual.get(run, ())) / max(len(reference), 1) for run in places}
        new = {r: at for r, at in places.items() if often <= len(at) < n and len(at) / n >= self.lift * known[r]}
        if not new:
            return None
        z = NormalDist().inv_cdf(1 - self.level / len(new))
        clear, run = max((self._clear(judged, at), run) for run, at in new.items())
        if clear <= z:
            return None
        having = [judged[at] for at in new[run]]
        return Phrase(
            text=whole(run, [one.text for one in having]).strip(FIRST + LAST),
            share=len(having) / n,
            usual=known[run],
            liked=fmean(one.liked for one in having),
            right=fmean(one.right for one in having),
        )

    def _places(self, texts: Sequence[str]) -> dict[str, list[int]]:
        """Run -> the texts that have it."""
        found = dict[str, list[int]]()
        for at, text in enumerate(texts):
            ends = bounded(text)
            for run in {ends[i : i + self.length] for i in range(len(ends) - self.length + 1)}:
                found.setdefault(run, []).append(at)
        return found

    def _clear(self, judged: Sequence[Judged], at: Sequence[int]) -> float:
        """How many standard errors the weaker of the two differences is, in the direction that is feared."""
        liked = _errors([judged[i].liked for i in at], [one.liked for one in judged])
        return min(liked, -_errors([judged[i].right for i in at], [one.right for one in judged]))


def bounded(text: str) -> str:
    """What is read of a text, with its ends marked."""
    return f"{FIRST}{text if len(text) <= READ else text[: READ // 2] + text[-READ // 2 :]}{LAST}"


def whole(run: str, texts: Sequence[str]) -> str:
    """The run and what nearly all of these texts have around it."""
    ends = [bounded(text) for text in texts]
    for before in (False, True):
        while len(run) < READ:
            found = Counter(_beside(text, run, before) for text in ends)
            (one, times), *_ = found.most_common(1)
            if not one or times < COMMON * len(ends):
                break
            run = one + run if before else run + one
    return run


def _beside(text: str, run: str, before: bool) -> str:
    """The character before or after the first place of a run, "" where there is none."""
    at = text.find(run)
    if at < 0:
        return ""
    return text[at - 1 : at] if before and at else "" if before else text[at + len(run) : at + len(run) + 1]


def _errors(some: Sequence[float], all_: Sequence[float]) -> float:
    """The mean of some values in standard errors, by the spread of all: their means by task are 0."""
    scale = pstdev(all_)
    return fmean(some) * math.sqrt(len(some)) / scale if scale else 0.0
