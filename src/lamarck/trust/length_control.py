"""How often one side would win if both wrote texts of one length: the length-controlled win rate.

Judges like long answers. A logistic model of each preference has a term for the difference in length, which levels
off, one for how hard the instruction is, and one for the side itself; what it predicts at no difference is the rate.
Source: Dubois et al. 2024 (arXiv:2404.04475), section 3: tanh of the difference over its standard deviation, no
intercept, L1, the strength by five folds. Differs: difficulties are given by the caller or left out, for nobody can
tell them from one pair of sides; so are the comparisons of the opponent with wordy and terse answers of its own
(``anchors``); the error holds what is not known of the weights too, the published one does not (``spread``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lamarck.trust import lasso
from lamarck.trust.lasso import Floats

ANCHORED = 0.2
"""Weight of all anchors beside the comparisons themselves."""
APART = 1e4
"""Columns of a worse condition than this are one and the same."""
Numbers = Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One side against one opponent, a value an item; items nobody judged are left out by whoever makes it."""

    preferences: Numbers
    """From 0, the opponent's answer is better, to 1; 0.5 is a tie."""
    mine: Numbers
    """Length of this side's answer, in characters."""
    theirs: Numbers
    """Length of the opponent's."""
    difficulty: Numbers = ()
    """Of the item, in any unit with 0 in the middle; () = not known."""

    def __post_init__(self) -> None:
        sizes = {len(self.preferences), len(self.mine), len(self.theirs)} | ({len(self.difficulty)} - {0})
        if len(sizes) > 1 or 0 in sizes:
            raise ValueError(f"every item needs a preference and two lengths, but there are {sorted(sizes)} of them")
        if not all(0 <= one <= 1 for one in self.preferences):
            raise ValueError("a preference lies outside 0 to 1; values from 1 to 2 are read by on_scale")


@dataclass(frozen=True, kw_only=True)
class Controlled:
    """A win rate with and without what length explains; all from 0 to 1."""

    rate: float
    """At no difference in length."""
    error: float
    """Standard error of it; infinite where lengths differ by nearly the same, so that nothing tells length's share."""
    spread: float
    """Standard error of the mean of the items' predictions alone, which is what AlpacaEval prints."""
    raw: float
    raw_error: float
    weights: Numbers = ()
    """Of length, difficulty (where it is given) and the side."""
    outcomes: Numbers = field(default=(), repr=False)
    """An outcome an item in [0, 1], with length's share taken out: see :func:`shared`."""


def on_scale(preference: float | None) -> float | None:
    """AlpacaEval's 1 (the first of two is better) to 2 as 0 to 1; its 0, as 1.5, is a tie. None where there is none."""
    if preference is None or np.isnan(preference):
        return None
    if preference != 0 and not 1 <= preference <= 2:
        raise ValueError(f"a preference is {preference}; AlpacaEval's lie from 1 to 2, and 0 is a tie")
    return 0.5 if preference == 0 else float(preference - 1)


def length_controlled(compared: Compared, anchors: Sequence[Compared] = ()) -> Controlled:
    """The rate at no difference in length. In: anchors, one of them a set of comparisons of the opponent with itself.

    An anchor's difficulty must be given where the comparisons' is.
    """
    p, x = _table(compared)
    side = x.shape[1] - 1
    tables = [(p, x), *map(_table, anchors)]
    rows, targets = np.concatenate([x for _, x in tables]), np.concatenate([p for p, _ in tables])
    rows[len(p) :, side] = 0.0  # of an anchor both sides are the opponent
    weight = np.ones(len(rows))
    weight[len(p) :] = ANCHORED / max(len(anchors), 1)
    beta = lasso.fit(rows, targets, weight)
    level = x.copy()
    level[:, 0] = 0.0
    now, then = lasso.chance(x @ beta), lasso.chance(level @ beta)
    differs = any(a != b for a, b in zip(compared.mine, compared.theirs, strict=True))
    told = _told(rows, weight) and (bool(x[:, 0].any()) or not differs)
    return Controlled(
        rate=float(then.mean()),
        error=_error(rows, targets, weight, beta, level) if told else float("inf"),
        spread=_of_mean(then),
        raw=float(p.mean()),
        raw_error=_of_mean(p),
        weights=tuple(float(one) for one in beta),
        outcomes=tuple(float(one) for one in shared(p, now, then)),
    )


def shared(p: Floats, now: Floats, then: Floats) -> Floats:
    """Outcomes without length's share. In: outcomes, what was likely at their lengths, and at none; all in [0, 1].

    A win that length made likelier counts in part, by the factor by which it is likelier; a loss that it made
    likelier counts against in part. So an outcome stays in [0, 1] and has the mean ``then`` where ``now`` is right.
    """
    less, more = then / now, (1 - then) / (1 - now)
    return np.where(then < now, p * less, 1 - (1 - p) * more)


def _table(compared: Compared) -> tuple[Floats, Floats]:
    """Preferences, and a row an item: length's term, difficulty where it is given, the side's."""
    longer = np.asarray(compared.mine, dtype=np.float64) - np.asarray(compared.theirs, dtype=np.float64)
    unit = float(longer.std(ddof=1)) if len(longer) > 1 else 0.0
    columns = [np.tanh(longer / unit) if unit else np.zeros(len(longer))]
    columns += [np.asarray(compared.difficulty, dtype=np.float64)] if compared.difficulty else []
    columns += [np.ones(len(longer))]
    return np.asarray(compared.preferences, dtype=np.float64), np.stack(columns, axis=1)


def _told(rows: Floats, weight: Floats) -> bool:
    """Whether the columns can be told apart; one of zeros says nothing and is none."""
    some = rows[:, rows.any(axis=0)] * np.sqrt(weight)[:, None]
    return bool(np.linalg.cond(some / np.linalg.norm(some, axis=0)) < APART)


def _error(rows: Floats, targets: Floats, weight: Floats, beta: Floats, level: Floats) -> float:
    """Of the mean prediction: the items' spread and what they leave open of the weights (the sandwich estimate).

    Every weight counts as open, one that was held at nothing too: else a side whose answers are all shorter by nearly
    the same would have a rate of 0.5 and no error.
    """
    q, then, n = lasso.chance(rows @ beta), lasso.chance(level @ beta), len(level)
    curved = (rows * (weight * q * (1 - q))[:, None]).T @ rows
    slope = (level * (then * (1 - then))[:, None]).mean(axis=0)
    pulls = (rows * (weight * (targets - q))[:, None]) @ np.linalg.pinv(curved) @ slope
    pulls[:n] += (then - then.mean()) / n
    return float(np.sqrt(pulls @ pulls))


def _of_mean(values: Floats) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("inf")
