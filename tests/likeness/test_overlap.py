"""The indexes decide exactly as comparing with every member does."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from lamarck.likeness import Copies, Overlap, Rouge
from lamarck.likeness.copies import plain
from lamarck.likeness.rouge import measure, words

VOCABULARY = [f"w{i}" for i in range(60)]
WEIGHTS = [1 / (i + 1) for i in range(60)]


def written(rng: Random, n: int) -> list[str]:
    """Texts of frequent and rare words; every second one is an earlier one with some words changed."""
    found = list[str]()
    for at in range(n):
        if at % 2 and found:
            old = rng.choice(found).split()
            new = [rng.choices(VOCABULARY, WEIGHTS)[0] if rng.random() < 0.25 else word for word in old]
            rng.shuffle(new) if rng.random() < 0.2 else None
        else:
            new = rng.choices(VOCABULARY, WEIGHTS, k=rng.randint(1, 25))
        found.append(" ".join(new))
    return found


def longest(a: list[str], b: list[str]) -> int:
    """The textbook's table."""
    row = [0] * (len(b) + 1)
    for word in a:
        before = 0
        for at, other in enumerate(b, 1):
            before, row[at] = row[at], before + 1 if word == other else max(row[at], row[at - 1])
    return row[-1]


def alike(a: str, b: str) -> float:
    """ROUGE-L's F-measure by its definition."""
    one, other = words(a), words(b)
    common = longest(one, other)
    return measure(common, len(one), len(other))


def jaccard(a: str, b: str) -> float:
    one, other = set(a.split()), set(b.split())
    return len(one & other) / len(one | other)


@pytest.mark.parametrize("most", [0.3, 0.5, 0.7, 0.9, 1.0])
def test_rouge_keeps_what_comparing_with_all_members_keeps(most: float):
    texts, kept = written(Random(f"rouge {most}"), 150), list[str]()
    for text in texts:
        if all(alike(text, old) <= most for old in kept):
            kept.append(text)
    found = Rouge(most).sift(texts)
    assert [text for text, why in zip(texts, found, strict=True) if not why] == kept
    assert most == 1.0 or 10 < len(kept) < 150


@pytest.mark.parametrize("near", [0.3, 0.5, 0.7, 0.9, 1.0])
def test_copies_keeps_what_the_exact_join_keeps(near: float):
    texts, kept = written(Random(f"copies {near}"), 150), list[str]()
    for text in texts:
        if all(jaccard(text, old) < near and plain(text) != plain(old) for old in kept):
            kept.append(text)
    found = Copies(near).sift(texts)
    assert [text for text, why in zip(texts, found, strict=True) if not why] == kept
    assert 10 < len(kept) < 150


def test_a_long_pool_of_short_lists_is_counted_the_same():
    rng, index = Random(5), Overlap(0.3)
    members = [rng.sample(range(20_000), 8) for _ in range(3000)]
    for member in members:
        index.add([str(word) for word in member])
    asked = [*members[7][:5], *range(20_001, 20_004)]
    shared = [(at, len(set(member) & set(asked))) for at, member in enumerate(members)]
    wanted = [(at, both) for at, both in shared if both >= 0.3 * 16]
    assert [(one.member, one.words) for one in index.near([str(word) for word in asked])] == wanted
    assert wanted


@pytest.mark.parametrize(
    ("common", "one", "other", "new"),
    [(69, 100, 100, True), (70, 100, 100, True), (71, 100, 100, False), (7, 10, 10, True), (7, 9, 11, False)],
)
def test_the_boundary_of_rouge_is_kept_and_what_is_above_is_not(common: int, one: int, other: int, new: bool):
    first = [f"a{i}" for i in range(common)]
    text = " ".join([*first, *(f"b{i}" for i in range(one - common))])
    later = " ".join([*first, *(f"c{i}" for i in range(other - common))])
    assert (measure(common, one, other) > 0.7) != new
    assert (Rouge(0.7).sift([text, later])[1] == "") == new


def test_order_matters_for_rouge_and_not_for_sets_of_words():
    one, turned = "sort the numbers then add them up", "up them add then numbers the sort"
    assert Rouge(0.7).sift([one, turned]) == ["", ""]
    assert Copies(0.7).sift([one, turned])[1].startswith("Jaccard")


def test_who_was_dropped_is_compared_with_no_more():
    chain = ["a b c d e f g h i j", "a b c d e f g h i z", "a b c d e f y x i z"]
    assert all(alike(*pair) > 0.7 for pair in pairwise(chain))
    assert [bool(why) for why in Rouge(0.7).sift(chain)] == [False, True, False]


def test_the_same_text_in_other_letters_is_a_copy_with_or_without_near_ones():
    for pool in (Copies(), Copies(0.9)):
        pool.add(["Name three  rivers."])
        found = pool.sift(["name THREE rivers", "name four rivers", "name four rivers!"])
        assert found == ["the same text as one of the pool", "", "the same text as one of the pool"]


def test_texts_without_words_are_new_for_rouge_and_copies_by_text():
    assert Rouge().sift(["", "…", "列出三条河流", "列出三条河流"]) == ["", "", "", ""]
    assert Copies(0.7).sift(["列出三条河流", "列出三条河流", "", ""])[1::2] == ["the same text as one of the pool"] * 2


@pytest.mark.parametrize("bad", [0.0, -0.1, 1.1])
def test_a_threshold_that_means_nothing_is_refused(bad: float):
    for made in (Rouge, Copies, Overlap):
        with pytest.raises(ValueError, match="above 0"):
            made(bad)
