"""What a round's practice samples say about how the learner samples, and when to worry about it.

Every figure is unbiased at its number of draws, so that rounds with more samples do not look more diverse.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median_low

from lamarck.core import Batch, Estimate, Experience, by_task, interval, pass_at_k

HASH = re.compile(r"[0-9a-f]{16}")
"""How a learner signs what it wrote; any other author is a person or a corpus."""
OPINIONS = ("vote", "judge", "prefer", "reward")
"""Sources of feedback that say nothing about right and wrong."""
NARROWED = 0.25
"""Share of the entropy whose loss counts as narrowing; self-training on verified samples alone loses some."""
WIDE = 2
"""Draws from which on pass@k is about reach, not about the single answer."""


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """The figures of one round. None where the samples do not say."""

    draws: int
    """Samples of a task that the figures are given for: equal in all rounds that are compared."""
    tasks: int
    """Tasks with that many samples."""
    answers: Estimate | None = None
    """Different final answers among the draws, as a share of them."""
    texts: Estimate | None = None
    """Different texts among the draws, as a share of them."""
    entropy: float | None = None
    """Mean negative log-probability of a sampled token at temperature 1, in nats."""
    temperature: float | None = None
    """What was sampled at, None where it differs; the entropy is unbiased at 1 only, below 1 it is too low."""
    single: Estimate | None = None
    """pass@1."""
    reach: Estimate | None = None
    """pass@k for k = draws."""
    real: float | None = None
    """Share of the training rows that no learner wrote; None where nothing was trained."""


def vitals(batch: Batch, draws: int, authors: Mapping[str, int] | None = None) -> Vitals:
    """The figures of a round.

    In: its practice samples with feedback, of which those count that a learner wrote; draws as :func:`common` gives
    them; rows by author of what was trained, as the event "trained" has them.
    """
    groups = [group for group in sampled(batch) if len(group) >= draws > 0]
    temperatures = {e.origin.temperature for group in groups for e in group}
    judged = [group for group in groups if all(map(_ruled, group))]
    return Vitals(
        draws=draws,
        tasks=len(groups),
        answers=diversity(groups, draws, _answer) if any(_answer(e) for g in groups for e in g) else None,
        texts=diversity(groups, draws, _text),
        entropy=entropy(e for group in groups for e in group),
        temperature=temperatures.pop() if len(temperatures) == 1 else None,
        single=passing(judged, 1),
        reach=passing(judged, draws),
        real=real(authors or {}),
    )


def common(batches: Iterable[Batch]) -> int:
    """How many samples at least half of the tasks have in every round that sampled; 0 where none did."""
    counts = [[len(group) for group in sampled(batch)] for batch in batches]
    return min((median_low(count) for count in counts if count), default=0)


def distinct(kinds: Sequence[Hashable], draws: int) -> float:
    """Expected number of different kinds among so many draws without replacement; unbiased.

    Raises: ValueError for more draws than there are. Source: Hurlbert 1971, "The nonconcept of species diversity",
    Ecology 52: rarefaction.
    """
    n = len(kinds)
    if not 1 <= draws <= n:
        raise ValueError(f"{draws} draws from {n} samples are not defined")
    missed = (math.comb(n - each, draws) / math.comb(n, draws) for each in Counter(kinds).values())
    return sum(1 - chance for chance in missed)


def diversity(groups: Sequence[Batch], draws: int, kind: Callable[[Experience], Hashable]) -> Estimate | None:
    """Different kinds among the draws as a share of them, mean over tasks with its interval; None for one draw."""
    if draws < WIDE or not groups:
        return None
    return interval([distinct([kind(e) for e in group], draws) / draws for group in groups])


def entropy(samples: Iterable[Experience]) -> float | None:
    """Mean negative log-probability of a sampled token at temperature 1, in nats; None without log-probabilities.

    Sampled at temperature 1 without truncation this is unbiased for the mean entropy of the next token along the
    learner's own texts. Sampled colder it is too low, yet still falls when the learner narrows.
    """
    chances = [chance for e in samples if e.solution for chance in e.solution.logprobs]
    return -math.fsum(chances) / len(chances) if chances else None


def passing(groups: Sequence[Batch], k: int) -> Estimate | None:
    """pass@k, mean over tasks with its interval; unbiased."""
    found = [(len(g), sum(bool(e.feedback and e.feedback.passed) for e in g)) for g in groups]
    return interval([pass_at_k(n, right, k) for n, right in found]) if found else None


def real(authors: Mapping[str, int]) -> float | None:
    """Share of rows that no learner wrote; None without rows."""
    rows = sum(authors.values())
    return sum(n for author, n in authors.items() if not HASH.fullmatch(author)) / rows if rows else None


def collapse(rounds: Sequence[Vitals]) -> tuple[int, int] | None:
    """The first round at which sampling has collapsed, and the earlier one that shows it; None where it has not.

    In: rounds with equal draws, oldest first. Out: indices (from, to). Collapse means both at once: narrowing, that is
    the entropy (without log-probabilities the share of different texts) has lost ``NARROWED`` of its value, and lost
    reach, that is pass@k at the largest k is lower, their 95 % intervals apart. Narrowing alone is what learning does.
    """
    for now, late in enumerate(rounds):
        for before, early in enumerate(rounds[:now]):
            if fallen(early, late):
                return before, now
    return None


def fallen(early: Vitals, late: Vitals) -> bool:
    """Whether sampling narrowed and lost reach between two rounds of equal draws."""
    return _narrowed(early, late) and _lost(early, late)


def _narrowed(early: Vitals, late: Vitals) -> bool:
    before, after = early.entropy, late.entropy
    if (before is None or after is None) and early.texts and late.texts:
        before, after = early.texts.value, late.texts.value
    return before is not None and after is not None and after < (1 - NARROWED) * before


def _lost(early: Vitals, late: Vitals) -> bool:
    return late.draws >= WIDE and bool(early.reach and late.reach and late.reach.high < early.reach.low)


def sampled(batch: Batch) -> list[Batch]:
    """What learners wrote, by task. Labelled solutions have no learner in their origin."""
    return by_task(written(batch))


def written(batch: Batch) -> Batch:
    """What learners wrote."""
    return [e for e in map(_own, batch) if e.solution and e.origin.learner]


def _own(experience: Experience) -> Experience:
    """Of a pair, the side that the learner wrote; the feedback there is speaks of the other side."""
    other = experience.rejected
    if other is None or other.author != experience.origin.learner:
        return experience
    return replace(experience, solution=other, feedback=None)


def _ruled(experience: Experience) -> bool:
    """Whether a verifier, not an opinion, has spoken."""
    said = experience.feedback
    return said is not None and said.passed is not None and not said.source.startswith(OPINIONS)


def _answer(experience: Experience) -> str:
    return (experience.solution.answer if experience.solution else None) or ""


def _text(experience: Experience) -> str:
    return experience.solution.text if experience.solution else ""
