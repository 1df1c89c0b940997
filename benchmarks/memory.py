"""What the memory in process costs, beside the plain product of the same matrix.

    python benchmarks/memory.py --entries 100000

Embedding; a commit to a folder, of words alone with embedding and without, and of whole experiences; opening it again;
search with and without a kind, by words, by both; one demonstration a cluster. CPU seconds; of each search the median
and the 95th of a hundred, and its recall beside brute force in double precision.
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
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from lamarck.core import Entry, Experience, Message, Solution, Task
from lamarck.memory import NGrams, Versions
from lamarck.store.disk import Disk

TOP = 10
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


def seconds(run: Callable[[], object]) -> float:
    """CPU seconds."""
    began = time.process_time()
    run()
    return time.process_time() - began


def notes(entries: Sequence[Entry]) -> None:
    """Say how many entries of words alone one round writes to a folder, with embedding and without."""
    words = [replace(one, experience=None) for one in entries]
    vectors = NGrams()([one.text for one in words])
    for name, embedder in (("notes", NGrams()), (" embedded", Given(vectors))):
        with tempfile.TemporaryDirectory() as home:
            versions, began = Versions(Disk(Path(home)), embedder), time.perf_counter()
            took = seconds(lambda versions=versions: versions.commit("", words))
            wall = time.perf_counter() - began
        print(f"{name:<11} {len(words) / took:>10,.0f} entries/s, by the wall's clock {len(words) / wall:,.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=100)
    asked = parser.parse_args()
    rng, n = Random(0), asked.entries
    entries = [entry(rng, at) for at in range(n)]
    texts = [one.text for one in entries]
    queries = [entry(rng, at).text for at in range(asked.repeats)]

    took = seconds(lambda: NGrams()(texts))
    print(f"embedding   {n / took:>10,.0f} texts/s of {statistics.fmean(map(len, texts)):.0f} characters")
    notes(entries)
    with tempfile.TemporaryDirectory() as home:
        disk = Disk(Path(home))
        names = list[str]()
        took = seconds(lambda: names.append(Versions(disk).commit("", entries)))
        print(f"commit      {n / took:>10,.0f} entries/s, to a folder")
        versions = Versions(disk)
        print(f"open        {1e3 * seconds(lambda: versions.open(names[0])):>10.1f} ms, digests checked")
        memory = versions.open(names[0])
        matrix, vectors = np.array(memory.vectors), NGrams()(queries)

        def plain(at: int) -> object:
            scores = matrix @ vectors[at]
            return np.argpartition(scores, -TOP)[-TOP:]

        of_kind = np.array([at % 10 == 3 for at in range(n)])
        rows = np.flatnonzero(of_kind)

        def plain_of_kind(at: int) -> object:
            scores = matrix[rows] @ vectors[at]
            return rows[np.argpartition(scores, -TOP)[-TOP:]]

        def measured(name: str, run: Callable[[int], object], beside: float | None = None) -> float:
            spent = [seconds(lambda at=at: run(at)) for at in range(asked.repeats)]
            took, worst = statistics.median(spent), sorted(spent)[int(0.95 * len(spent))]
            told = f", {took / beside:.2f} x plain" if beside else ""
            print(f"{name:<11} {1e3 * took:>10.2f} ms, 95th {1e3 * worst:.2f}{told}")
            return took

        def recall(kind: str, among: Rows) -> float:
            hits = 0
            for query, vector in zip(queries, vectors, strict=True):
                scores = (matrix[among].astype(np.float64) * vector).sum(axis=1)
                best = {texts[int(at)] for at in among[np.argsort(-scores)[:TOP]]}
                hits += len(best & {found.text for found in memory.search(query, TOP, kind=kind)})
            return hits / (TOP * len(queries))

        beside, beside_kind = measured("plain", plain), measured("plain, kind", plain_of_kind)
        measured("search", lambda at: memory.search(queries[at], TOP), beside)
        measured("of a kind", lambda at: memory.search(queries[at], TOP, kind="3"), beside_kind)
        print(f"recall      {recall('3', rows):>10.4f} of a kind")
        print(f"words       {seconds(lambda: memory.search(queries[0], TOP, by='words')):>10.2f} s, the first time")
        for by in ("words", "both"):
            measured(f"by {by}", lambda at, by=by: memory.search(queries[at], TOP, by=by), beside)
            measured(f"{by}, kind", lambda at, by=by: memory.search(queries[at], TOP, by=by, kind="3"), beside_kind)
        print(f"clusters    {seconds(lambda: memory.spread(queries[0], TOP, 4)):>10.2f} s, once a version")
        measured("spread", lambda at: memory.spread(queries[at], TOP, 4), beside)


if __name__ == "__main__":
    main()
