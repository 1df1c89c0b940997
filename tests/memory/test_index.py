"""Past a size an index says which entries may be the nearest: what it misses is little, and nothing hangs on it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from tests.memory.given import note
from tests.memory.test_search import built
from tests.store.test_crash import fail_at

from lamarck.core import Entry
from lamarck.likeness.embedder import Floats
from lamarck.memory import MEMORY, ReadOnly, Version, Versions, indexes
from lamarck.memory.index import Index
from lamarck.memory.words import Rows
from lamarck.store.disk import Disk

PAST, CACHE = 600, "index.cache"


@cache
def said(n: int, seed: int = 0) -> tuple[str, ...]:
    """Texts about few things, as a memory's are, each said in another way."""
    rng = Random(seed)
    topics = [" ".join("".join(Random(t).choices("abcdefgh", k=6)) for _ in range(9)) for t in range(12)]
    return tuple(
        f"{rng.choice(topics)} {' '.join(''.join(rng.choices('xyz', k=4)) for _ in range(2))}" for _ in range(n)
    )


def notes(n: int, seed: int = 0) -> list[Entry]:
    return [note(text, kind="rule" if at % 3 else "fact") for at, text in enumerate(said(n, seed))]


def filled(versions: Versions, sizes: Sequence[int] = (1000, 600, 200)) -> str:
    name = ""
    for seed, size in enumerate(sizes):
        name = versions.commit(name, notes(size, seed))
    return name


def found(memory: Version, k: int = 10, **how: Any) -> list[list[Entry]]:
    return [memory.search(query, k, **how) for query in said(30, seed=9)]


def python_path() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


class Anywhere:
    """An embedder of vectors as far from each other as they can be."""

    name = "anywhere"

    def __call__(self, texts: Sequence[str], /) -> Floats:
        found = np.stack([np.random.Generator(np.random.PCG64(int(text))).standard_normal(64) for text in texts])
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many lists each search looked into."""
    seen, real = list[int](), Index.nearest

    def nearest(self: Index, vector: Floats, k: int, looked: int, allowed: Rows) -> Rows:
        seen.append(looked)
        return real(self, vector, k, looked, allowed)

    monkeypatch.setattr(Index, "nearest", nearest)
    return seen


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many centres were looked for, each time an index was made and not read."""
    seen, real = list[int](), indexes.centres

    def centres(sample: Floats, lists: int) -> Floats:
        seen.append(lists)
        return real(sample, lists)

    monkeypatch.setattr(indexes, "centres", centres)
    return seen


@pytest.mark.parametrize("how", [{}, {"kind": "rule"}, {"by": "both"}])
def test_it_finds_nearly_all_that_an_exact_search_finds(how: dict[str, Any], looks: list[int]):
    exact, indexed = Versions(), Versions(past=PAST)
    name = filled(exact)
    assert filled(indexed) == name
    wanted = found(exact.open(name), **how)
    assert not looks
    given = found(indexed.open(name), **how)
    assert looks
    hits = [len({*one} & {*other}) for one, other in zip(given, wanted, strict=True)]
    assert sum(hits) >= 0.97 * sum(len({*each}) for each in wanted)


def test_few_entries_are_searched_exactly_and_import_no_index(looks: list[int]):
    """Whether the memory is small, or what a kind leaves of it; clusters always are."""
    versions = Versions(past=PAST)
    name = versions.commit("", notes(PAST))
    assert found(versions.open(name)) == found(built(notes(PAST)))
    more = [note(text, "rare") for text in said(PAST // 10, 8)]
    large, exact = versions.open(versions.commit(name, more)), built(notes(PAST), more)
    assert found(large, kind="rare") == found(exact, kind="rare")
    assert large.spread(more[0].text, 3, 4) == exact.spread(more[0].text, 3, 4)
    assert not looks
    code = (
        "import sys; from lamarck.core import Entry; from lamarck.memory import Versions; v = Versions();"
        "v.open(v.commit('', [Entry(text=str(i)) for i in range(99)])).search('7', 3); print('faiss' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=python_path())
    assert told.stdout.strip() == "False"


def test_a_condition_that_few_meet_finds_them_all(looks: list[int]):
    indexed = Versions(past=PAST)
    memory, exact = indexed.open(filled(indexed)), Versions()
    all_ = exact.open(filled(exact))
    rare = {each.text for each in notes(1000)[::97]}
    for query in said(5, 9):
        given = memory.search(query, 40, where=lambda each: each.text in rare)
        wanted = all_.search(query, 40, where=lambda each: each.text in rare)
        assert len(looks) > 1
        assert {each.text for each in given} == {each.text for each in wanted} <= rare
        assert len(given) == len(wanted)


def test_equals_come_in_the_order_they_were_added():
    versions, text = Versions(past=PAST), said(1)[0]
    name = filled(versions)
    name = versions.commit(name, [note(text, kind=f"copy {at}") for at in range(90)])
    for k in (5, 60):
        copies = [each.kind for each in versions.open(name).search(text, k) if each.kind.startswith("copy")]
        assert copies == [f"copy {at}" for at in range(len(copies))]
        assert len(copies) >= k - 2


def test_what_is_forgotten_or_superseded_is_not_found():
    versions, text = Versions(past=PAST), said(1)[0]
    one = filled(versions)
    old = replace(note(text), status="superseded: it no longer holds")
    two = versions.commit(one, [old], forget=[each for each in versions.open(one).entries if each.text == text][:1])
    assert text in {each.text for each in versions.open(one).search(text, 5)}
    assert text not in {each.text for each in versions.open(two).search(text, 5)}
    assert versions.open(two).search(text, 1, superseded=True) == [old]


def test_versions_that_part_share_an_index_and_see_their_own_alone(made: list[int]):
    versions = Versions(past=PAST)
    base = filled(versions)
    sides = [
        versions.commit(base, [note(f"{side} {text}", side) for text in said(50, 7)]) for side in ("left", "right")
    ]
    for query in said(20, 7):
        for side, name in zip(("left", "right"), sides, strict=True):
            kinds = {each.kind for each in versions.open(name).search(f"{side} {query}", 9)}
            assert side in kinds <= {side, "rule", "fact"}
    assert len(made) == 1
    alone = Versions(past=PAST)
    assert filled(alone) == base
    assert found(versions.open(base)) == found(alone.open(base))


def test_a_memory_that_grew_fourfold_gets_finer_lists(made: list[int]):
    versions = Versions(past=PAST)
    name = filled(versions)
    found(versions.open(name))
    found(versions.open(versions.commit(name, notes(PAST, 5))))
    found(versions.open(versions.commit(name, notes(PAST, 6))))
    assert made == [32, 64, 64]


def test_a_dialogue_finds_its_own_beside_the_index(looks: list[int]):
    versions, text = Versions(past=PAST), said(1)[0]
    name = filled(versions)
    session = versions.open(name).session("ann")
    session.add(note(text, "mine"))
    assert "mine" in {each.kind for each in session.search(text, 60)}
    assert len(looks)
    assert "mine" not in {each.kind for each in versions.open(name).search(text, 60)}
    session.forget(note(text, "mine"))
    assert "mine" not in {each.kind for each in session.search(text, 60)}


def test_every_process_gives_the_same_answers_with_a_cache_and_without(tmp_path: Path, made: list[int]):
    name = filled(writer := Versions(Disk(tmp_path), past=PAST))
    wanted = found(writer.open(name))
    assert found(Versions(ReadOnly(tmp_path), past=PAST).open(name)) == wanted
    assert len(made) == 1
    shutil.rmtree(tmp_path / MEMORY / CACHE)
    assert found(Versions(ReadOnly(tmp_path), past=PAST).open(name)) == wanted  # where it cannot be kept
    assert not (tmp_path / MEMORY / CACHE).exists()
    assert len(made) == 2


@pytest.mark.parametrize("harm", ["cut", "changed", "empty", "another"])
def test_a_damaged_cache_is_made_again(tmp_path: Path, harm: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(indexes, "WORTH", 1)
    name = filled(writer := Versions(Disk(tmp_path), past=PAST))
    wanted = found(writer.open(name))
    kept = {path: path.read_bytes() for path in sorted((tmp_path / MEMORY / CACHE).rglob("*.npy"))}
    assert len(kept) == 5  # centres, lists looked into, and of three segments the list of each entry
    for path, data in kept.items():
        at = len(data) // 2
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        another = next(each for each in kept.values() if each != data)
        path.write_bytes({"cut": data[:at], "changed": changed, "empty": b"", "another": another}[harm])
        assert found(Versions(Disk(tmp_path), past=PAST).open(name)) == wanted
        assert path.read_bytes() == data


def test_a_full_disk_stops_no_search(tmp_path: Path):
    name = filled(Versions(Disk(tmp_path), past=PAST))
    full = Disk(tmp_path, fail_at(0, lambda: OSError(errno.ENOSPC, "No space left")))
    assert found(Versions(full, past=PAST).open(name)) == found(Versions(ReadOnly(tmp_path), past=PAST).open(name))


def test_without_the_extra_search_is_exact_and_says_what_to_type(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    versions = Versions(past=PAST)
    memory = versions.open(filled(versions))
    with pytest.warns(UserWarning, match=r"pip install 'lamarck-lm\[memory\]'"):
        given = found(memory)
    exact = Versions()
    assert given == found(exact.open(filled(exact)))


def test_where_an_index_would_miss_too_much_every_search_is_exact(looks: list[int]):
    """Vectors that lie nowhere close together."""
    texts = [f"{at}" for at in range(2 * PAST)]
    indexed, exact = (Versions(embedder=Anywhere(), past=past) for past in (PAST, 10**6))
    memories = [each.open(each.commit("", [note(text) for text in texts])) for each in (indexed, exact)]
    one, other = (memory.search("99999", 10) for memory in memories)
    assert looks, "it was tried"
    tried = len(looks)
    assert one == other
    assert memories[0].search("5", 10) == memories[1].search("5", 10)
    assert len(looks) == tried
