"""Search is exact: what brute force in double precision finds, in the same order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

import numpy as np
import pytest
from tests.memory.given import entry, note

from lamarck.core import Entry
from lamarck.memory import NGrams, Version, Versions


def words(n: int, seed: int = 0) -> list[str]:
    rng = Random(seed)
    return [" ".join("".join(rng.choices("abcde", k=4)) for _ in range(6)) for _ in range(n)]


def built(*commits: list[Entry]) -> Version:
    versions, name = Versions(), ""
    for entries in commits:
        name = versions.commit(name, entries)
    return versions.open(name)


def brute(memory: Version, query: str) -> list[int]:
    """Places by exact cosine, older first where equal."""
    scores = (memory.vectors.astype(np.float64) * NGrams()([query])[0]).sum(axis=1)
    return sorted(range(len(scores)), key=lambda at: (-scores[at], at))


@pytest.mark.parametrize("k", [1, 10, 500, 5000])
def test_it_finds_what_brute_force_finds(k: int):
    texts = words(1500)
    memory = built([note(text) for text in texts[:600]], [note(text) for text in texts[600:]])
    for query in [*words(5, seed=1), texts[3]]:
        assert [e.text for e in memory.search(query, k)] == [texts[at] for at in brute(memory, query)[:k]]


def test_equal_texts_come_in_the_order_they_were_added():
    """Wherever they lie: a product of matrices may round equal rows differently."""
    rng = Random(2)
    texts = [rng.choice(words(3)) for _ in range(333)]
    memory = built([note(text, kind=str(at)) for at, text in enumerate(texts)])
    found = memory.search(texts[0], 400)
    for text in set(texts):
        places = [int(e.kind) for e in found if e.text == text]
        assert places == [at for at, one in enumerate(texts) if one == text]


def test_a_kind_is_searched_alone():
    memory = built([note(text, kind="fact" if i % 5 else "rule") for i, text in enumerate(words(200))])
    for kind in ("fact", "rule"):
        everything = [e.text for e in memory.search("abcd", 200) if e.kind == kind]
        assert [e.text for e in memory.search("abcd", 7, kind=kind)] == everything[:7]
    assert memory.search("abcd", 7, kind="skill") == []


def test_a_condition_takes_the_next_best():
    memory = built([note(text) for text in words(400)])
    ranked = memory.search("abcd", 400)
    refused = {e.text for e in ranked[:150]}
    assert memory.search("abcd", 5, where=lambda e: e.text not in refused) == ranked[150:155]
    wanted = ranked[7::30]  # few, and far apart
    assert memory.search("abcd", 20, where=lambda e: e in wanted) == wanted


def test_nothing_is_found_where_nothing_is():
    memory = Versions().open("")
    assert (memory.search("3+4", 5), memory.spread("3+4", 5, 4), len(memory.entries)) == ([], [], 0)
    assert memory.vectors.shape[0] == 0
    assert built([note("3+4")]).search("3+4", 0) == []


def test_each_cluster_gives_its_nearest():
    memory = built([note(text) for text in words(100)])
    groups = memory.spread("abcd abcd", 100, 4)
    assert len(groups) == 4
    assert sorted(e.text for group in groups for e in group) == sorted(e.text for e in memory.entries)
    ranked = memory.search("abcd abcd", 100)
    assert all(group == sorted(group, key=ranked.index) for group in groups)
    assert memory.spread("abcd abcd", 3, 4) == [group[:3] for group in groups]


def test_clusters_do_not_depend_on_the_question():
    memory = built([entry(text) for text in words(60)] + [note(text, "rule") for text in words(60, seed=4)])
    one, other = (memory.spread(query, 60, 4, kind="experience") for query in ("abcd", "eeee dddd"))
    assert [{e.text for e in group} for group in one] == [{e.text for e in group} for group in other]
    assert {e.kind for group in one for e in group} == {"experience"}


def test_a_cluster_without_any_is_left_out():
    memory = built([note(text) for text in ["aaaa bbbb", "aaaa bbbb", "cccc dddd"]])
    assert len(memory.spread("aaaa", 5, 4)) == 2
    assert memory.spread("aaaa", 5, 4, where=lambda e: e.text[0] == "c") == [[note("cccc dddd")]]


def test_many_threads_read_one_version():
    texts, queries = words(300), words(40, seed=5)
    alone, shared = (built([note(text) for text in texts]) for _ in range(2))

    def asked(query: str) -> list[list[Entry]]:
        return shared.spread(query, 3, 4)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(asked, queries))
    assert found == [alone.spread(query, 3, 4) for query in queries]


def test_entries_are_a_sequence():
    texts = words(9)
    memory = built([note(text) for text in texts[:5]], [note(text) for text in texts[5:]])
    assert [e.text for e in memory.entries] == texts
    assert memory.entries[-1].text == texts[-1]
    assert [e.text for e in memory.entries[2:8:3]] == texts[2:8:3]
    with pytest.raises(IndexError):
        _ = memory.entries[9]
