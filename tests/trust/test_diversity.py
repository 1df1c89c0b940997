"""Figures of diversity against numbers worked out by hand."""

import itertools
import math
from collections import Counter
from statistics import fmean

import numpy as np
import pytest

from lamarck.trust.monitors import diversity


def test_distinct_2_by_hand():
    # a b, b c | a b, b a: three kinds among four
    assert diversity.distinct_n(["a b c", "A b a"], 2, 4) == pytest.approx(3 / 4)
    # two of four without replacement: equal only for the two "a b", one pair of six
    assert diversity.distinct_n(["a b c", "a b a"], 2, 2) == pytest.approx((2 - 1 / 6) / 2)
    assert diversity.distinct_n(["a b c"], 2, 3) is None


def test_self_bleu_by_hand():
    # 4 of 5 words, 3 of 4 pairs, 2 of 3 triples, 1 of 2 quadruples, and as long as the other; both alike
    assert diversity.self_bleu(["a b c d x", "a b c d e"]) == pytest.approx((4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)
    # "a a": "a" counts once, half a hit of one pair, half as long as the other: exp(1 - 4/2)
    short = math.exp(-1) * math.sqrt(1 / 2 * 0.5 / 1)
    # "a b c d": one of four words, then half a hit of three, two and one
    long = (1 / 4 * 0.5 / 3 * 0.5 / 2 * 0.5 / 1) ** 0.25
    assert diversity.self_bleu(["a a", "a b c d"]) == pytest.approx((short + long) / 2)
    # clipped by the other that has a word most: two of three
    assert diversity.self_bleu(["a a a", "a a", "a"]) < diversity.self_bleu(["a a a", "a a a", "a"])


def test_self_bleu_is_1_for_copies_and_falls_with_variety():
    assert diversity.self_bleu(["one and the same"] * 3) == pytest.approx(1.0)
    same, other = diversity.self_bleu(["a b c d", "a b c e"]), diversity.self_bleu(["a b c d", "e f g h"])
    assert other < same < 1
    with pytest.raises(ValueError, match="two texts"):
        diversity.self_bleu(["alone"])


def test_entropy_is_the_mean_over_all_draws():
    kinds = "aaabbc"

    def plain(drawn: tuple[str, ...]) -> float:
        return -sum(n / len(drawn) * math.log(n / len(drawn)) for n in Counter(drawn).values())

    for draws in range(1, 7):
        every = [plain(drawn) for drawn in itertools.combinations(kinds, draws)]
        assert diversity.entropy_of(kinds, draws) == pytest.approx(fmean(every))


def test_the_variance_is_the_mean_over_pairs():
    vectors = np.array([[1, 0], [0, 1], [1, 0]], np.float32)
    assert diversity.apart(vectors) == pytest.approx(2 / 3)
    assert diversity.apart(vectors[[0, 2]]) == pytest.approx(0.0)


def test_clusters_gather_round_the_first_of_them():
    vectors = np.array([[1, 0], [0.6, 0.8], [0.8, 0.6], [0, 1]], np.float32)
    assert diversity.clustered(vectors, 0.75) == [0, 1, 0, 1]
    assert diversity.clustered(vectors, 0.99) == [0, 1, 2, 3]


def test_the_tail_is_the_rarest_tenth_of_the_words():
    texts = ["a " * 14 + "b b b c c d"]
    assert diversity.rare(texts, 0.15) == {"c", "d"}  # 3 of 20 words
    assert diversity.rare(texts, 0.1) == {"d"}
    assert diversity.rare([], 0.1) == frozenset()


def test_recall_is_the_chance_to_meet_an_item():
    found = diversity.recall(["a a b c"], frozenset("bz"), 2)
    assert found == [pytest.approx(1 / 2), 0.0]  # b is in 3 of 6 pairs
    assert diversity.recall(["a a b c"], frozenset("a"), 3) == [1.0]
    assert diversity.recall(["a"], frozenset("a"), 2) is None
