"""A memory as large as wanted whose vectors lie in clusters, as those of real texts do; of random ones all are as far.

n / 500 centres drawn from a normal distribution, 0.6 of noise around them, length 1; queries from the same mixture; ten
kinds. Written in rounds of 100,000, opened anew, searched with its index and without one beside the plain product.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.instructions import Writer
from numpy.typing import NDArray

from lamarck.core import By, Entry
from lamarck.memory import ReadOnly, Version, Versions
from lamarck.store.disk import Disk

TOP, ROUND, WIDTH, POOL = 10, 100_000, 384, 20_000
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Table:
    """An embedder that looks vectors up: a text begins with the number of its own."""

    vectors: Floats
    name: str = "table"

    def __call__(self, texts: Sequence[str], /) -> Floats:
        return self.vectors[[int(text.partition(" ")[0]) for text in texts]]


def clustered(n: int, queries: int) -> Floats:
    """So many vectors and so many queries after them."""
    rng = np.random.Generator(np.random.PCG64(0))
    centres = rng.standard_normal((max(n // 500, 1), WIDTH), np.float32)
    found = np.empty((n + queries, WIDTH), np.float32)
    for at in range(0, len(found), 50_000):
        part = found[at : at + 50_000]
        part[:] = centres[rng.integers(0, len(centres), len(part))]
        part += np.float32(0.6) * rng.standard_normal(part.shape, np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return found


def seconds(run: Callable[[], object]) -> float:
    """CPU seconds."""
    began = time.process_time()
    run()
    return time.process_time() - began


def anonymous() -> float:
    """GB of memory that belong to this process alone; mapped files are not among them."""
    (line,) = (each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("RssAnon"))
    return int(line.split()[1]) / 1e6


def rounds(n: int) -> Generator[list[Entry]]:
    """Entries of about 120 characters, of ten kinds in turn."""
    writer = Writer(0)
    pool = [writer.text()[:140] for _ in range(POOL)]
    for begin in range(0, n, ROUND):
        some = range(begin, min(begin + ROUND, n))
        yield [Entry(text=f"{at} {pool[at * 7919 % POOL]}", kind=str(at % 10)) for at in some]


def written(root: Path, embedder: Table, n: int) -> str:
    """The name of the last version."""
    versions, name, rates = Versions(Disk(root), embedder), "", list[float]()
    for entries in rounds(n):
        began = time.process_time()
        name = versions.commit(name, entries)
        rates.append(len(entries) / (time.process_time() - began))
    print(f"written     {statistics.median(rates):>10,.0f} entries/s, slowest round {min(rates):,.0f}")
    return name


def best(matrix: Floats, rows: NDArray[np.int64], vector: Floats) -> set[int]:
    """The numbers of the nearest, in double precision."""
    rough = matrix @ vector if len(rows) == len(matrix) else matrix[rows] @ vector
    some = rows[np.argpartition(rough, -4 * TOP)[-4 * TOP :]]
    return set(some[np.argsort(-(matrix[some].astype(np.float64) @ vector))[:TOP]].tolist())


def searched(memory: Version, matrix: Floats, queries: Floats, kind: str, by: By = "meaning") -> None:
    """What a search takes and finds, beside the plain product of the same rows."""
    n, spent, plain, hits = len(matrix), list[float](), list[float](), 0
    rows = np.flatnonzero(np.arange(n) % 10 == int(kind)) if kind else np.arange(n)
    for at, vector in enumerate(queries):
        found = list[Entry]()
        text = f"{n + at} what is there"
        spent.append(seconds(lambda text=text, found=found: found.extend(memory.search(text, TOP, kind=kind, by=by))))

        def product(vector: Floats = vector) -> object:
            scores = matrix[rows] @ vector if kind else matrix @ vector
            return np.argpartition(scores, -TOP)[-TOP:]

        if at % 5 == 0:
            plain.append(seconds(product))
        if by == "meaning":
            hits += len({int(each.text.partition(" ")[0]) for each in found} & best(matrix, rows, vector))
    took, worst, beside = statistics.median(spent), sorted(spent)[int(0.95 * len(spent))], statistics.median(plain)
    told = f"{1e3 * took:>10.2f} ms, 95th {1e3 * worst:.2f}, {took / beside:.2f} x plain ({1e3 * beside:.1f})"
    shown = f", recall {hits / TOP / len(queries):.4f}" if by == "meaning" else ""
    print(f"{'of a kind' if kind else 'of all':<11} {told}{shown}, by {by}")


def measure(n: int, repeats: int, home: Path) -> None:
    """Print all figures."""
    table = Table(clustered(n, repeats))
    matrix, queries = table.vectors[:n], table.vectors[n:]
    name, first = written(home, table, n), f"{n} first"
    for called, disk in (("anew", Disk(home)), ("from cache", ReadOnly(home))):
        versions, before = Versions(disk, table), anonymous()
        print(f"open        {seconds(lambda v=versions: v.open(name)):>10.2f} s, digests checked")
        memory = versions.open(name)
        print(f"index       {seconds(lambda m=memory: m.search(first, TOP)):>10.2f} s {called}, ", end="")
        print(f"{anonymous() - before:.2f} GB with all that was opened")
        del versions
    for kind in ("", "3"):
        searched(memory, matrix, queries, kind)
    print(f"words       {seconds(lambda: memory.search(first, TOP, by='words')):>10.2f} s, the first time")
    for kind in ("", "3"):
        searched(memory, matrix, queries, kind, "both")
    looked = memory._near  # pyright: ignore[reportPrivateUsage]
    print(f"lists       {looked.looked if looked else 0:>10} of {len(looked.index) if looked else 0} looked into")
