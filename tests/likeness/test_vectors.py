"""Novelty by direction, and rows far from each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
import pytest

from lamarck.likeness import Cosine, Floats, NGrams, farthest, gaps
from lamarck.likeness import cosine as module


class Directions:
    """Each text is an angle in degrees."""

    name = "directions"

    def __call__(self, texts: Sequence[str], /) -> Floats:
        turned = np.radians([float(text) for text in texts])
        return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def test_cosine_counts_members_and_what_was_kept_before():
    pool = Cosine(Directions(), near=float(np.cos(np.radians(9.99))))
    pool.add(["0"])
    found = pool.sift(["5", "30", "35", "41", "180", "-170.5"])
    assert [bool(why) for why in found] == [True, False, True, False, False, True]
    assert [bool(why) for why in pool.sift(["42", "90"])] == [True, False]


def test_cosine_decides_the_same_in_small_portions(monkeypatch: pytest.MonkeyPatch):
    texts = [f"Turn {a} into {b} by sorting" if a % 3 else f"Name {a} rivers of {b}" for a in range(9) for b in "abcd"]
    whole = Cosine(NGrams(), 0.8).sift(texts)
    monkeypatch.setattr(module, "AT_ONCE", 5)
    assert Cosine(NGrams(), 0.8).sift(texts) == whole
    assert 1 < whole.count("") < len(texts)


def clustered(seed: int, sizes: Sequence[int], spread: float = 0.05) -> tuple[Floats, list[int]]:
    """Points around far corners, and the corner of each, in random order."""
    rng = np.random.Generator(np.random.PCG64(seed))
    labels = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    centres = np.eye(len(sizes))[labels]
    return (centres + spread * rng.standard_normal(centres.shape)).astype(np.float32), labels.tolist()


def test_ten_clusters_of_which_one_has_most_are_covered_by_twenty_picks_and_not_by_chance():
    vectors, labels = clustered(1, (900, *[11] * 9))
    first = list(range(10))
    picked = farthest(vectors, 10, first)
    assert {labels[at] for at in (*first, *picked)} == set(range(10))
    assert len({labels[at] for at in range(20)}) < 7
    assert not set(picked) & set(first)


def test_the_covering_radius_never_grows():
    vectors, _ = clustered(2, (60, 20, 20, 5), spread=0.3)
    picked = farthest(vectors, 30)
    radii = [gaps(vectors, picked[:n]).max() for n in range(1, 31)]
    assert all(later <= earlier for earlier, later in pairwise(radii))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_covering_radius_is_within_twice_the_best(n: int):
    for seed in range(5):
        vectors, _ = clustered(seed, (4, 3, 3), spread=0.4)
        best = min(gaps(vectors, some).max() for some in combinations(range(10), n))
        assert gaps(vectors, farthest(vectors, n)).max() <= 4 * best + 1e-12, "squared distances"


def test_nothing_is_picked_twice_and_all_are_picked_where_there_are_no_more():
    vectors = np.zeros((4, 3), np.float32)
    assert farthest(vectors, 9, [2]) == [0, 1, 3]
    assert farthest(vectors[:0], 3) == []
