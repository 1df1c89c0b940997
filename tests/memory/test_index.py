"""Past a size an index says which entries may be the nearest: what it misses is little, and nothing hangs on it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from tests.memory.given import note

from lamarck.core import Entry
from lamarck.memory import MEMORY, ReadOnly, Version, Versions
from lamarck.memory import indexes as module
from lamarck.memory.index import Index
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


def found(memory: Version, k: int = 10, **how: object) -> list[list[Entry]]:
    return [memory.search(query, k, **how) for query in said(30, seed=9)]  # type: ignore[arg-type]


def recall(some: list[list[Entry]], all_: list[list[Entry]]) -> float:
    hits = [len(set(map(id, one)) & set(map(id, other))) for one, other in zip(some, all_, strict=True)]
    return sum(hits) / sum(map(len, all_))


def texts(found: list[list[Entry]]) -> list[list[str]]:
    return [[each.text for each in some] for some in found]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many lists each search looked into."""
    seen, real = list[int](), Index.nearest

    def nearest(self: Index, vector: np.ndarray, k: int, looked: int, allowed: np.ndarray) -> np.ndarray:
        seen.append(looked)
        return real(self, vector, k, looked, allowed)

    monkeypatch.setattr(Index, "nearest", nearest)
    return seen


@pytest.mark.parametrize("how", [{}, {"kind": "rule"}, {"by": "both"}, {"superseded": True}])
def test_it_finds_nearly_all_that_an_exact_search_finds(how: dict[str, str], looks: list[int]):
    exact, indexed = Versions(), Versions(past=PAST)
    name = filled(exact)
    assert filled(indexed) == name
    wanted = texts(found(exact.open(name), **how))
    assert not looks
    given = texts(found(indexed.open(name), **how))
    assert looks
    hits = [len(set(one) & set(other)) for one, other in zip(given, wanted, strict=True)]
    assert sum(hits) >= 0.97 * sum(map(len, wanted))
