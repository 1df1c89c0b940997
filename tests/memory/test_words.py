"""By words, by both, within a bucket, and past what is superseded."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from tests.memory.given import entry, note
from tests.memory.test_search import built, words

from lamarck.core import Entry, UsageError
from lamarck.memory import Versions

RNG = Random(3)
TEXTS = [
    " ".join(RNG.choices(["sun", "moon", "star", "sea", "the", "the", f"n{i % 40}"], k=3 + i % 9)) for i in range(300)
]


def plain(texts: list[str], query: str) -> list[float]:
    """BM25 of each text, word by word as it is written in the book."""
    said = [re.findall(r"\w+", text.casefold()) for text in texts]
    mean, scores = sum(map(len, said)) / len(said), list[float]()
    for each in said:
        score = 0.0
        for word in sorted(set(re.findall(r"\w+", query.casefold()))):
            few, n = sum(word in other for other in said), each.count(word)
            score += (
                math.log(1 + (len(said) - few + 0.5) / (few + 0.5))
                * n
                * 2.2
                / (n + 1.2 * (0.25 + 0.75 * len(each) / mean))
            )
        scores.append(score)
    return scores


def order(scores: list[float]) -> list[int]:
    return sorted((at for at, score in enumerate(scores) if score > 0), key=lambda at: (-round(scores[at], 9), at))


@pytest.mark.parametrize("query", ["moon", "the SUN, the sea", "n7 star", "n39 unheard"])
def test_words_rank_as_the_formula_says_over_many_commits(query: str):
    memory = built(*([note(text) for text in TEXTS[i : i + 70]] for i in range(0, 300, 70)))
    wanted = [TEXTS[at] for at in order(plain(TEXTS, query))]
    for k in (1, 10, 300):
        assert [e.text for e in memory.search(query, k, by="words")] == wanted[:k]


def test_what_is_forgotten_counts_no_more():
    versions = Versions()
    one = versions.commit("", [note(text) for text in TEXTS])
    gone = [note(text) for text in TEXTS[:200]]
    left = [text for text in TEXTS if text not in TEXTS[:200]]
    memory = versions.open(versions.commit(one, [], forget=gone))
    assert [e.text for e in memory.entries] == left
    wanted = [left[at] for at in order(plain(left, "moon n30"))]
    assert wanted
    assert [e.text for e in memory.search("moon n30", 300, by="words")] == wanted


def test_words_find_only_what_shares_one():
    memory = built([note("the red door"), note("a blue window")])
    assert memory.search("door", 5, by="words") == [note("the red door")]
    assert memory.search("roof", 5, by="words") == []
    assert [e.text for e in memory.search("door", 5, by="both")] == ["the red door", "a blue window"]
    assert Versions().open("").search("door", 5, by="both") == []


def test_both_fuses_the_two_rankings():
    memory = built([note(text, kind="a" if i % 3 else "b") for i, text in enumerate(words(260))])
    query, scores = words(1, seed=8)[0], dict[str, float]()
    for by in ("meaning", "words"):
        for rank, found in enumerate(memory.search(query, 100, by=by, kind="a"), 1):
            scores[found.text] = scores.get(found.text, 0) + 1 / (60 + rank)
    places = {e.text: at for at, e in enumerate(memory.entries)}
    wanted = sorted(scores, key=lambda text: (-scores[text], places[text]))
    for k in (0, 3, 40):
        assert [e.text for e in memory.search(query, k, by="both", kind="a")] == wanted[:k]


def test_a_condition_holds_before_rankings_are_fused():
    memory = built([note(f"door {text}") for text in words(400)])
    found = memory.search("door abcd", 12, by="both", where=lambda e: e.text.endswith("a"))
    assert len(found) == 12
    assert all(e.text.endswith("a") for e in found)


def test_another_way_to_search_is_refused():
    with pytest.raises(UsageError, match="way to search"):
        built([note("3+4")]).search("3", 1, by="meanings")  # pyright: ignore[reportArgumentType]


OLD = Entry(text="Ann lives in Rome", kind="fact", status="superseded: she moved")
NEW = Entry(text="Ann lives in Oslo", kind="fact", support=2.0, round=4, stream="ann")


ASIDE = {"a": "b", "status": "ill"}
"""A field of a task that is called as the entry's own."""


def test_what_is_superseded_is_passed_over_unless_asked_for():
    made = entry("Ann").experience
    assert made
    told = replace(entry("Ann"), experience=replace(made, task=replace(made.task, fields=ASIDE)))
    memory = built([OLD, NEW, told])
    for by in ("meaning", "words", "both"):
        assert OLD not in memory.search("Ann lives in Rome", 3, by=by)
        assert memory.search("Ann lives in Rome", 3, by=by, superseded=True)[0] == OLD
        assert told in memory.search("Ann", 3, by=by)
    assert all(OLD not in group for group in memory.spread("Ann lives in Rome", 3, 2))
    assert OLD in memory.entries


def test_a_bucket_holds_what_is_alike():
    texts = words(400)
    memory = built([note(text) for text in texts[:150]], [note(text) for text in texts[150:]])
    of = {text: memory.bucket(text) for text in texts}
    assert len(set(of.values())) > 8
    for bucket in set(of.values()):
        alone = [text for text in texts if of[text] == bucket]
        everything = [e.text for e in memory.search("abcd", 400)]
        found = [e.text for e in memory.search("abcd", 400, within=bucket)]
        assert found == [text for text in everything if text in alone]
    near = [memory.bucket(f"{text}.") == of[text] for text in texts]
    assert np.mean(near) > 0.6  # by chance one in sixteen
    assert built([note("3")]).bucket(texts[0]) == of[texts[0]]


def test_a_dialogue_answers_as_the_version_of_its_writes():
    base = built([OLD, *(note(text) for text in TEXTS[:50])])
    session, whole = base.session("ann"), built([OLD, *(note(text) for text in TEXTS[:50])], [NEW])
    session.add(NEW)
    for by in ("meaning", "words", "both"):
        for superseded in (False, True):
            found = session.search("Ann the moon", 9, by=by, superseded=superseded)
            assert found == whole.search("Ann the moon", 9, by=by, superseded=superseded)
    bucket = session.bucket(NEW.text)
    assert NEW in session.search("Ann", 99, within=bucket) == whole.search("Ann", 99, within=bucket)
