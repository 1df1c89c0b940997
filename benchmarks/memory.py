"""What the memory in process costs, beside the plain product of the same matrix.

    python -m benchmarks.memory --entries 100000
    python -m benchmarks.memory --clustered --entries 1000000
    python -m benchmarks.memory --peers mem0

Embedding; a commit to a folder, of words alone with embedding and without, and of whole experiences (each the best of
three); opening it again; search with and without a kind, by meaning, by words, by both, each beside the same job in
plain numpy; one demonstration a cluster. CPU seconds; of each search the median and the 95th of a hundred, and its
recall beside brute force in double precision.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from benchmarks.memory_clustered import measure, seconds
from benchmarks.memory_peers import peer
from numpy.typing import NDArray

from lamarck.core import Entry, Experience, Message, Solution, Task
from lamarck.memory import NGrams, Versions
from lamarck.memory.indexes import PAST
from lamarck.memory.words import words
from lamarck.store.disk import Disk

TOP, DEPTH = 10, 100
Rows = NDArray[np.int64]


def entry(rng: Random, at: int) -> Entry:
    """A solved task in about 100 characters of words, one of ten kinds."""
    words = " ".join("".join(rng.choices("bcdfgklmnprstvaeiou", k=7)) for _ in range(8))
    text = f"Machine {words}: turn {rng.randrange(10**5)} into {rng.randrange(10**5)}."
    task = Task(id=f"task/{at}", kind="synth", messages=(Message(role="user", text=text),), fields={"line": text})
    solution = Solution(messages=(Message(role="assistant", text="reverse, then swap"),), answer="rx")
    return Entry(
        text=text, kind=str(at % 10), key=str(at), source=task.id, experience=Experience(task=task, solution=solution)
    )


@dataclass(frozen=True)
class Given:
    """An embedder whose vectors were made before: what writing costs without it."""

    vectors: NDArray[np.float32]
    name: str = "given"

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        return self.vectors[: len(texts)]


def notes(entries: Sequence[Entry]) -> None:
    """Say how many entries of words alone one round writes to a folder, with embedding and without."""
    texts = [replace(one, experience=None) for one in entries]
    vectors = NGrams()([one.text for one in texts])
    for name, embedder in (("notes", NGrams()), (" embedded", Given(vectors))):
        spent = list[tuple[float, float]]()
        for _ in range(3):
            with tempfile.TemporaryDirectory() as home:
                versions, began = Versions(Disk(Path(home)), embedder), time.perf_counter()
                took = seconds(lambda versions=versions: versions.commit("", texts))
                spent.append((took, time.perf_counter() - began))
        took, wall = min(spent)
        print(f"{name:<11} {len(texts) / took:>10,.0f} entries/s, by the wall's clock {len(texts) / wall:,.0f}")


class Plain:
    """The same jobs in a few lines of numpy: the product of a matrix, and BM25 of what each word stands in."""

    def __init__(self, matrix: NDArray[np.float32], texts: Sequence[str]) -> None:
        self.matrix, self.lengths = matrix, np.array([len(words(text)) for text in texts])
        found = dict[str, dict[int, int]]()
        for at, text in enumerate(texts):
            for word in words(text):
                rows = found.setdefault(word, {})
                rows[at] = rows.get(at, 0) + 1
        self.stands = {word: (np.array([*rows]), np.array([*rows.values()])) for word, rows in found.items()}

    def meaning(self, vector: NDArray[np.float32], rows: Rows | None, k: int) -> Rows:
        scores = (self.matrix if rows is None else self.matrix[rows]) @ vector
        return _top(scores, rows, k)

    def words(self, query: str, rows: Rows | None, k: int) -> Rows:
        scores, n = np.zeros(len(self.matrix)), len(self.matrix)
        for word in set(words(query)) & self.stands.keys():
            at, times = self.stands[word]
            weight = np.log(1 + (n - len(at) + 0.5) / (len(at) + 0.5))
            scores[at] += weight * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * self.lengths[at] / self.lengths.mean()))
        return _top(scores if rows is None else scores[rows], rows, k)

    def both(self, query: str, vector: NDArray[np.float32], rows: Rows | None) -> list[int]:
        scores = dict[int, float]()
        for found in (self.meaning(vector, rows, DEPTH), self.words(query, rows, DEPTH)):
            for rank, at in enumerate(found.tolist()):
                scores[at] = scores.get(at, 0.0) + 1 / (61 + rank)
        return sorted(scores, key=lambda at: -scores[at])[:TOP]


def _top(scores: NDArray[np.floating], rows: Rows | None, k: int) -> Rows:
    some = np.argpartition(scores, -k)[-k:]
    some = some[np.argsort(-scores[some])]
    return some if rows is None else rows[some]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--clustered", action="store_true", help="vectors in clusters; always past 100,000 entries")
    parser.add_argument("--peers", nargs="*", choices=["mem0"], default=[])
    asked = parser.parse_args()
    if asked.peers:
        peer(min(asked.entries, 1000))
    elif asked.clustered or asked.entries > PAST:
        with tempfile.TemporaryDirectory() as home:
            measure(asked.entries, asked.repeats, Path(home))
    else:
        with tempfile.TemporaryDirectory() as home:
            texts(asked.entries, asked.repeats, Path(home))


def texts(n: int, repeats: int, home: Path) -> None:
    """Texts that are embedded by their n-grams."""
    rng = Random(0)
    entries = [entry(rng, at) for at in range(n)]
    said, queries = [one.text for one in entries], [entry(rng, at).text for at in range(repeats)]
    took = min(seconds(lambda: NGrams()(said)) for _ in range(3))
    print(f"embedding   {n / took:>10,.0f} texts/s of {statistics.fmean(map(len, said)):.0f} characters")
    notes(entries)
    names, took = list[str](), list[float]()
    for at in range(3):
        disk = Disk(home / str(at))
        took.append(seconds(lambda disk=disk: names.append(Versions(disk).commit("", entries))))
    print(f"commit      {n / min(took):>10,.0f} whole experiences/s, to a folder")
    versions = Versions(Disk(home / "0"))
    print(f"open        {1e3 * seconds(lambda: versions.open(names[0])):>10.1f} ms, digests checked")
    memory, vectors = versions.open(names[0]), NGrams()(queries)
    plain, rows = Plain(np.array(memory.vectors), said), np.arange(3, n, 10)

    def measured(name: str, run: Callable[[int], object], bare: Callable[[int], object]) -> None:
        spent, beside = [[seconds(lambda at=at, job=job: job(at)) for at in range(repeats)] for job in (run, bare)]
        middle, worst, other = statistics.median(spent), sorted(spent)[int(0.95 * repeats)], statistics.median(beside)
        told = f"95th {1e3 * worst:.2f}, {middle / other:.2f} x plain ({1e3 * other:.2f})"
        print(f"{name:<11} {1e3 * middle:>10.2f} ms, {told}")

    print(f"words       {seconds(lambda: memory.search(queries[0], TOP, by='words')):>10.2f} s, the first time")
    for kind, among in (("", None), ("3", rows)):
        told, search = f" {kind}" if kind else "", partial(memory.search, kind=kind)
        measured(
            f"meaning{told}",
            lambda at, search=search: search(queries[at], TOP),
            lambda at, among=among: plain.meaning(vectors[at], among, TOP),
        )
        measured(
            f"words{told}",
            lambda at, search=search: search(queries[at], TOP, by="words"),
            lambda at, among=among: plain.words(queries[at], among, TOP),
        )
        measured(
            f"both{told}",
            lambda at, search=search: search(queries[at], TOP, by="both"),
            lambda at, among=among: plain.both(queries[at], vectors[at], among),
        )
    hits = 0
    for query, vector in zip(queries, vectors, strict=True):
        scores = (plain.matrix[rows].astype(np.float64) * vector).sum(axis=1)
        best = {said[int(at)] for at in rows[np.argsort(-scores)[:TOP]]}
        hits += len(best & {found.text for found in memory.search(query, TOP, kind="3")})
    print(f"recall      {hits / (TOP * len(queries)):>10.4f} of a kind")
    print(f"clusters    {seconds(lambda: memory.spread(queries[0], TOP, 4)):>10.2f} s, once a version")
    spread = statistics.median(seconds(lambda at=at: memory.spread(queries[at], TOP, 4)) for at in range(repeats))
    print(f"spread      {1e3 * spread:>10.2f} ms")


if __name__ == "__main__":
    main()
