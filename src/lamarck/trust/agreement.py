"""How far verdicts agree with the truth, with each other and with themselves when the answers change places.

A pair has two answers, "a" and "b". A vote names the better *answer* or "tie"; None is a reply that could not be read.
``forward`` are votes with a shown first, ``backward`` with b shown first, both named by answer and not by place.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev
from typing import Literal

import numpy as np

from lamarck.core import Estimate, interval

Answer = Literal["a", "b"]
Vote = Literal["a", "b", "tie"]
Count = Literal["wrong", "half", "drop"]
"""What a tie, or a reply that could not be read, counts against a truth that names one answer."""
SIGN = {"a": 1, "tie": 0, "b": -1}
_WORTH = {"wrong": 0.0, "half": 0.5}


def turned(vote: Vote | None) -> Vote | None:
    """The vote with the answers' names exchanged; turns a place into an answer where b was shown first."""
    return "b" if vote == "a" else "a" if vote == "b" else vote


def settled(forward: Vote | None, backward: Vote | None) -> Vote | None:
    """One vote of both orders: an answer only where both name it, else a tie; None where either could not be read.

    Source: the conservative rule of MT-Bench (arXiv:2306.05685), section 3.4, which leaves errors out.
    """
    if forward is None or backward is None:
        return None
    return forward if forward == backward else "tie"


def leaning(forward: Vote | None, backward: Vote | None) -> Vote | None:
    """One vote of both orders: the answer that has more of them, so that an answer and a tie give the answer.

    None where neither could be read. Source: JudgeBench (arXiv:2410.12784), which adds +1 and -1 over the two orders.
    """
    if forward is None and backward is None:
        return None
    total = sum(SIGN[vote] for vote in (forward, backward) if vote)
    return "a" if total > 0 else "b" if total < 0 else "tie"


def credit(vote: Vote | None, truth: Vote, *, ties: Count = "half", unread: Count = "half") -> float | None:
    """What a vote counts: 1 for the truth, 0 for the other answer; None where it is dropped."""
    if vote is None:
        return _WORTH.get(unread)
    if vote == truth:
        return 1.0
    return _WORTH.get(ties) if vote == "tie" else 0.0


def accuracy(
    votes: Sequence[Vote | None], truth: Sequence[Vote], *, ties: Count = "half", unread: Count = "half"
) -> Estimate:
    """Share of the votes that name the truth, with its 95 % interval.

    Conventions: RewardBench (arXiv:2403.13787) counts ties and errors of a generative judge half, the default here.
    JudgeBench counts both wrong: give ``leaning`` votes, ``ties="wrong"`` and ``unread="wrong"``. FairEval
    (arXiv:2305.17926) has three classes and people's ties among the truth, and a vote is right where it is equal:
    ``ties="wrong"``. Raises: ValueError where nothing is left to count.
    """
    found = [credit(vote, true, ties=ties, unread=unread) for vote, true in zip(votes, truth, strict=True)]
    return interval([each for each in found if each is not None])


def agreement(
    ones: Sequence[Sequence[Vote]], others: Sequence[Sequence[Vote]], *, ties: bool = True, same: bool = False
) -> Estimate:
    """How often a vote of one kind of judge equals one of another kind on the same pair.

    In: for each pair all votes of either kind. ``ties=True`` is the setup S1 of MT-Bench, where ties count and
    inconsistent votes were made ties before (see ``settled``); by chance it is 1/3. ``ties=False`` is S2: only pairs
    of votes without a tie; by chance 1/2. ``same=True``: both are one kind (pass the same votes twice), and no vote is
    compared with itself. Source: arXiv:2306.05685, section 4.2. The interval takes vote pairs as independent.
    """
    found = list[float]()
    for left, right in zip(ones, others, strict=True):
        pairs = ((x, y) for i, x in enumerate(left) for j, y in enumerate(right) if not same or i < j)
        found += [float(x == y) for x, y in pairs if ties or "tie" not in (x, y)]
    return interval(found)


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What changing places does to a judge: four shares of the pairs that sum to 1."""

    consistent: Estimate
    """The same answer, or a tie, in both orders."""
    first: Estimate
    """Leans to the answer shown first."""
    second: Estimate
    error: Estimate
    """A reply of either order could not be read."""


def orders(forward: Sequence[Vote | None], backward: Sequence[Vote | None]) -> Orders:
    """In: both orders' votes. Source: table 2 of MT-Bench; FairEval's conflict rate is 1 - consistent.

    Differs: with a tie in one order only, the pair leans to the place that the other order names.
    """
    leans = [place(f, b) for f, b in zip(forward, backward, strict=True)]
    kinds = {
        "consistent": [each == 0 for each in leans],
        "first": [each is not None and each > 0 for each in leans],
        "second": [each is not None and each < 0 for each in leans],
        "error": [each is None for each in leans],
    }
    return Orders(**{name: interval([float(hit) for hit in hits]) for name, hits in kinds.items()})


def place(forward: Vote | None, backward: Vote | None) -> float | None:
    """How far the two votes go with the first place: 1, 0.5, 0, -0.5 or -1; None where either could not be read."""
    if forward is None or backward is None:
        return None
    return (SIGN[forward] - SIGN[backward]) / 2


def position(
    forward: Sequence[Vote | None], backward: Sequence[Vote | None], *, confidence: float = 0.95
) -> Estimate | None:
    """Position bias: mean of ``place``, from -1 (always the second) to 1 (always the first); None without pairs.

    Where every vote names an answer this is accuracy with the better one first less accuracy with it second, whatever
    the truth is. The interval is of the paired difference (Agresti and Min 2005): half a pair is added to either side.
    """
    leans = [place(f, b) for f, b in zip(forward, backward, strict=True)]
    return paired([each for each in leans if each is not None], confidence=confidence)


def paired(differences: Sequence[float], *, confidence: float = 0.95) -> Estimate | None:
    """Mean of differences in [-1, 1] with an interval that has a width even where all are equal."""
    if not differences:
        return None
    n, z = len(differences) + 2, NormalDist().inv_cdf(0.5 + confidence / 2)
    centre = math.fsum(differences) / n
    spread = (math.fsum(d * d for d in differences) + 1) / n - centre * centre
    half = z * math.sqrt(spread / n)
    mean = fmean(differences)
    low, high = max(-1.0, min(centre - half, mean)), min(1.0, max(centre + half, mean))
    return Estimate(value=mean, low=low, high=high, items=len(differences))


def lean(
    votes: Sequence[Vote | None], truth: Sequence[Vote], side: Sequence[Answer | None], *, confidence: float = 0.95
) -> Estimate | None:
    """How far a judge goes for what has a property (longer, its own, formatted) beyond the truth, from -1 to 1.

    In: ``side`` says which answer has the property, None = both or neither. Out: the share of votes for it where it is
    the better answer, less the share of votes for the other where that is the better one; a tie counts half. A judge
    that errs without looking at the property has 0, whatever share of the pairs its answer wins. None where one of the
    two kinds of pairs is missing. Source: equal opportunity, as Wataoka et al. (arXiv:2410.21819) measure
    self-preference. The interval is that of ``gap``.
    """
    having, lacking = list[float](), list[float]()
    for vote, true, at in zip(votes, truth, side, strict=True):
        if vote is not None and at is not None and true != "tie":
            (having if true == at else lacking).append(credit(vote, true) or 0.0)
    return gap(having, lacking, confidence=confidence)


def gap(having: Sequence[float], lacking: Sequence[float], *, confidence: float = 0.95) -> Estimate | None:
    """The mean of some values in [0, 1] less the mean of others, from -1 to 1; None where there are none of one kind.

    Source: Newcombe 1998 (Statistics in Medicine 17, 873), method 10, on two Wilson intervals.
    """
    if not having or not lacking:
        return None
    p, q = fmean(having), fmean(lacking)
    (p_low, p_high), (q_low, q_high) = _wilson(p, len(having), confidence), _wilson(q, len(lacking), confidence)
    low, high = p - q - math.hypot(p - p_low, q_high - q), p - q + math.hypot(p_high - p, q - q_low)
    return Estimate(value=p - q, low=low, high=high, items=len(having) + len(lacking))


def excess(votes: Sequence[Vote | None], truth: Sequence[Vote], side: Sequence[Answer | None]) -> Estimate | None:
    """Share of the votes for what has a property less the share of the truth that is for it; ties count half.

    Simpler than ``lean`` and not the same: where the property wins less than half of the pairs, a judge's plain errors
    already show as an excess. Interval of the paired difference.
    """
    worth = {"a": 1.0, "tie": 0.5, "b": 0.0}
    found = list[float]()
    for vote, true, at in zip(votes, truth, side, strict=True):
        if vote is not None and at is not None:
            found.append((worth[vote] - worth[true]) * SIGN[at])
    return paired(found)


def kappa(
    ones: Sequence[Hashable],
    others: Sequence[Hashable],
    *,
    order: Sequence[Hashable] = (),
    weights: Literal["", "linear", "quadratic"] = "",
) -> Estimate | None:
    """Cohen's kappa of two sequences of labels: agreement beyond chance, 1 = full, 0 = chance, with its 95 % interval.

    In: ``order`` lists the labels; weighted kappa needs it, since disagreement then costs the distance of the labels'
    places in it, or its square. Out: None where chance alone would agree fully, or without labels.
    Raises: ValueError for a weighted kappa without an order. Source: Cohen 1960 and 1968; the variance of Fleiss, Cohen
    and Everitt 1969.
    """
    if weights and not order:
        raise ValueError(f"a {weights} kappa needs the order of the labels; give order=...")
    labels = list(dict.fromkeys([*order, *ones, *others]))
    n, k = len(ones), len(labels)
    if not n:
        return None
    at = {label: i for i, label in enumerate(labels)}
    table = np.zeros((k, k))
    for one, other in zip(ones, others, strict=True):
        table[at[one], at[other]] += 1 / n
    distance = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / max(k - 1, 1)
    agreeing = 1 - (distance if weights == "linear" else distance**2 if weights else (distance > 0).astype(float))
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed, chance = float((agreeing * table).sum()), float(rows @ agreeing @ columns)
    if math.isclose(chance, 1):
        return None
    value = (observed - chance) / (1 - chance)
    of_rows, of_columns = agreeing @ columns, rows @ agreeing
    inner = agreeing * (1 - chance) - np.add.outer(of_rows, of_columns) * (1 - observed)
    variance = float((table * inner**2).sum()) - (observed * chance - 2 * chance + observed) ** 2
    half = 1.96 * math.sqrt(max(variance, 0.0) / n) / (1 - chance) ** 2
    return Estimate(value=value, low=max(-1.0, value - half), high=min(1.0, value + half), items=n)


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A win rate, 0 to 1, with the standard error of its mean and the 95 % interval of ``core.interval``."""

    value: float
    standard_error: float
    low: float
    high: float
    items: int


def win_rate(outcomes: Sequence[float]) -> Rate:
    """(wins + ties / 2) / n. In: 1, 0.5 or 0 an item. Standard error: sample deviation (n - 1) over the root of n.

    Source: AlpacaFarm and AlpacaEval (arXiv:2305.14387); the "adjusted win rate" of MT-Bench is the same number.
    The standard error of one item is not defined: nan.
    """
    error = stdev(outcomes) / math.sqrt(len(outcomes)) if len(outcomes) > 1 else math.nan
    found = interval(outcomes)
    return Rate(value=found.value, standard_error=error, low=found.low, high=found.high, items=found.items)


def _wilson(mean: float, n: int, confidence: float) -> tuple[float, float]:
    """Wilson's interval of a mean of values in [0, 1]; values between make it too wide, never too narrow."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    centre = (mean + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(mean * (1 - mean) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return centre - half, centre + half
