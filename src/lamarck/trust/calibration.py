"""What a judge is worth: how it does on pairs whose better answer is known, what sways it, whether it has changed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from lamarck.core import Estimate, interval
from lamarck.trust.agreement import (
    Answer,
    Vote,
    accuracy,
    credit,
    kappa,
    lean,
    leaning,
    paired,
    place,
    position,
    settled,
)

Votes = list[Vote | None]
LEVEL = 0.05
"""Chance that a judge without any bias is accused of one: shared among the biases that are measured."""
TRUSTED = 0.99
"""Accuracy above which more does not add weight: no judge outvotes any number of good ones."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One anchor as a judge saw it, in both orders; see ``trust.agreement`` for votes."""

    forward: Vote | None
    backward: Vote | None
    truth: Answer
    traits: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    """Property -> the answer that has it: "length" the longer, "own" the judge's own, "format" the decorated one."""

    @property
    def right(self) -> float:
        """Mean credit of the two orders, 0 to 1: a tie half, what could not be read nothing."""
        return fmean(credit(vote, self.truth, unread="wrong") or 0.0 for vote in (self.forward, self.backward))

    @property
    def unread(self) -> float:
        """Share of the two replies that could not be read."""
        return fmean(float(vote is None) for vote in (self.forward, self.backward))


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """A judge on an anchor set. Estimates are shares, 0 to 1, or, for kappa and biases, from -1 to 1."""

    anchors: int
    first: Estimate
    """Accuracy with the better answer shown first; ties and unread replies count half."""
    second: Estimate
    both: Estimate
    """Accuracy of the vote of both orders, as a win rate uses it; a tie or disagreement counts half."""
    consistency: Estimate
    """Share of the anchors on which both orders give the same vote; one that is unread is not."""
    kappa: Estimate | None
    """Between the votes of both orders and the truth, where an answer was named; 0 is chance."""
    biases: Mapping[str, Estimate]
    """"position" and one for each trait that could be measured: 0 is none, see ``agreement.lean``."""
    unread: Estimate
    """Share of the replies that could not be read."""

    @property
    def accused(self) -> tuple[str, ...]:
        """The biases that are shown: their intervals leave out 0."""
        return tuple(name for name, found in self.biases.items() if found.low > 0 or found.high < 0)

    @property
    def able(self) -> bool:
        """Whether the judge is shown to be better than chance."""
        return self.both.low > 0.5


def calibrate(trials: Sequence[Trial], level: float = LEVEL) -> Calibration:
    """In: one trial an anchor. Intervals are of 95 %, those of biases together of 1 - level.

    Raises: ValueError without trials.
    """
    forward: Votes = [t.forward for t in trials]
    backward: Votes = [t.backward for t in trials]
    truth: list[Vote] = [t.truth for t in trials]
    firsts: Votes = [t.forward if t.truth == "a" else t.backward for t in trials]
    seconds: Votes = [t.backward if t.truth == "a" else t.forward for t in trials]
    both: Votes = [settled(f, b) for f, b in zip(forward, backward, strict=True)]
    named = [(vote, true) for vote, true in zip(both, truth, strict=True) if vote in ("a", "b")]
    traits = sorted({name for trial in trials for name in trial.traits})
    confidence = 1 - level / (1 + len(traits))
    biases = {"position": position(forward, backward, confidence=confidence)}
    biases |= {name: _trait(trials, name, confidence) for name in traits}
    steady = [f is not None and f == b for f, b in zip(forward, backward, strict=True)]
    return Calibration(
        anchors=len(trials),
        first=accuracy(firsts, truth),
        second=accuracy(seconds, truth),
        both=accuracy(both, truth),
        consistency=interval([float(same) for same in steady]),
        kappa=kappa([vote for vote, _ in named], [true for _, true in named], order=("a", "b")),
        biases={name: found for name, found in biases.items() if found},
        unread=interval([trial.unread for trial in trials]),
    )


def _trait(trials: Sequence[Trial], name: str, confidence: float) -> Estimate | None:
    """The bias for a trait, from the answer that both orders lean to, so that what the place does cancels out."""
    votes, truth, sides = list[Vote | None](), list[Vote](), list[Answer | None]()
    for trial in trials:
        votes.append(leaning(trial.forward, trial.backward))
        truth.append(trial.truth)
        sides.append(trial.traits.get(name))
    return lean(votes, truth, sides, confidence=confidence)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How a judge differs from what it was on the same anchors."""

    changes: Mapping[str, Estimate]
    """"right", "position" and "unread": now less before, mean over the anchors."""
    chance: float
    """Of so large a difference in one of them where nothing has changed, corrected for there being three."""
    level: float

    @property
    def alarm(self) -> bool:
        """Whether the judge is not what it was."""
        return self.chance <= self.level


def drifted(before: Sequence[Trial], now: Sequence[Trial], level: float = 0.01) -> Drift:
    """Compare a judge with itself on the same anchors, in the same order.

    ``level`` is the chance of a false alarm of one comparison; who compares every round shares it among the rounds.
    Each figure is tested by the exact sign test on the anchors where it changed, which needs no distribution; three
    tests share the level. Raises: ValueError for another number of anchors.
    """
    figures = {
        "right": [n.right - b.right for b, n in zip(before, now, strict=True)],
        "position": [_place(n) - _place(b) for b, n in zip(before, now, strict=True)],
        "unread": [n.unread - b.unread for b, n in zip(before, now, strict=True)],
    }
    changes = {name: found for name, values in figures.items() if (found := paired(values))}
    return Drift(changes=changes, chance=min(1.0, 3 * min(map(sign_test, figures.values()))), level=level)


def _place(trial: Trial) -> float:
    return place(trial.forward, trial.backward) or 0.0


def sign_test(differences: Sequence[float]) -> float:
    """Two-sided chance of so uneven a number of rises and falls where both are as likely; zeros say nothing."""
    rises, falls = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    n, least = rises + falls, min(rises, falls)
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(least + 1)) / 2**n)


def weight(calibration: Calibration) -> float:
    """What a judge's vote weighs beside others': the log-odds of its accuracy; 0 where it is not shown to be better
    than chance, at most the log-odds of ``TRUSTED``.

    Source: the optimal weighted majority of independent judges (Nitzan and Paroush 1982), with one right and one wrong
    answer added to what was counted. Judges that err together are overrated by it.
    """
    if not calibration.able:
        return 0.0
    n = calibration.anchors
    share = min((calibration.both.value * n + 1) / (n + 2), TRUSTED)
    return math.log(share / (1 - share))


def combined(votes: Sequence[Vote | None], weights: Sequence[float]) -> Vote | None:
    """One vote of several judges on a pair: the answer with more weight behind it, "tie" where they are even.

    None where no judge with weight could be read.
    """
    heard = [(vote, each) for vote, each in zip(votes, weights, strict=True) if vote is not None and each > 0]
    if not heard:
        return None
    total = math.fsum(each * {"a": 1, "tie": 0, "b": -1}[vote] for vote, each in heard)
    return "tie" if math.isclose(total, 0, abs_tol=1e-12) else "a" if total > 0 else "b"
