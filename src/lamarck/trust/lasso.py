"""Logistic regression of chances without intercept, held back by the sum of the weights' sizes (L1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STRENGTHS = np.geomspace(1e-4, 1e4, 10)
"""How much the data count beside the weights' sizes; one is chosen."""
FOLDS = 5
STEPS, INNER = 50, 50
"""Steps at most towards the best weights, and passes over them in each."""
CLOSE = 1e-8
"""A step that moves no weight by more is the last."""


def fit(rows: Floats, targets: Floats, weight: Floats) -> Floats:
    """Weights [D] at the strength that predicts held-out folds best. In: rows [N, D], chances [N], counts [N].

    Folds are drawn by a fixed lot, for rows may come in a pattern; with fewer rows than folds the data count fully.
    Of equals the strongest hold.
    """
    strength, nothing = float(STRENGTHS[-1]), np.zeros(rows.shape[1])
    if len(rows) >= FOLDS:
        part = np.random.default_rng(0).permutation(len(rows)) % FOLDS
        losses = np.sum([_held_out(rows, targets, weight, part == fold) for fold in range(FOLDS)], axis=0)
        strength = float(STRENGTHS[int(np.argmin(losses))])
    return at(rows, targets, weight, strength, nothing)


def at(rows: Floats, targets: Floats, weight: Floats, strength: float, beta: Floats) -> Floats:
    """The weights that make strength x loss + sum of sizes least: Newton's steps from ``beta``, weight by weight."""
    value = _objective(rows, targets, weight, strength, beta)
    for _ in range(STEPS):
        q = chance(rows @ beta)
        slope = strength * (rows.T @ (weight * (q - targets)))
        curve = strength * ((rows * (weight * q * (1 - q))[:, None]).T @ rows)
        step = _least(slope, curve, beta)
        size = 1.0
        while (made := _objective(rows, targets, weight, strength, beta + size * step)) > value and size > CLOSE:
            size /= 2
        if made > value:
            break
        beta, value = beta + size * step, made
        if np.abs(size * step).max() < CLOSE:
            break
    return beta


def chance(x: Floats) -> Floats:
    """The logistic function, safe at both ends."""
    return np.exp(-np.logaddexp(0.0, -x))


def _least(slope: Floats, curve: Floats, beta: Floats) -> Floats:
    """The step that makes slope, half the curve and the sizes least, one weight after the other."""
    step = np.zeros_like(beta)
    for _ in range(INNER):
        before = step.copy()
        for j in range(len(beta)):
            bend = max(float(curve[j, j]), 1e-12)
            pull = beta[j] + step[j] - (slope[j] + curve[j] @ step) / bend
            step[j] = np.sign(pull) * max(abs(pull) - 1 / bend, 0.0) - beta[j]
        if np.abs(step - before).max() < CLOSE:
            break
    return step


def _objective(rows: Floats, targets: Floats, weight: Floats, strength: float, beta: Floats) -> float:
    return float(strength * (weight @ _loss(rows, targets, beta)) + np.abs(beta).sum())


def _loss(rows: Floats, targets: Floats, beta: Floats) -> Floats:
    x = rows @ beta
    return np.logaddexp(0.0, x) - targets * x


def _held_out(rows: Floats, targets: Floats, weight: Floats, out: NDArray[np.bool_]) -> Floats:
    """At each strength the mean loss on the rows that are out, of weights made from the others."""
    losses, beta = list[float](), np.zeros(rows.shape[1])
    for strength in STRENGTHS:  # from the strongest hold on, each begins where the last one ended
        beta = at(rows[~out], targets[~out], weight[~out], float(strength), beta)
        losses.append(float(np.mean(weight[out] * _loss(rows[out], targets[out], beta))))
    return np.asarray(losses)
