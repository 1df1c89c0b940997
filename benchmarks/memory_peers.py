"""Another library over the same texts: mem0 with its faiss store, no language model, an embedder that is a table.

pip install mem0ai faiss-cpu
"""

from __future__ import annotations

import importlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from benchmarks.memory_clustered import TOP, WIDTH, Table, clustered

from lamarck.core import Entry
from lamarck.memory import Versions

QUERIES = 100


def _mem0(home: str, table: Table) -> Any:
    """A memory of mem0's that calls nobody."""
    os.environ |= {"MEM0_TELEMETRY": "False", "MEM0_DIR": home, "OPENAI_API_KEY": "none"}
    made = importlib.import_module("mem0").Memory.from_config(
        {
            "vector_store": {
                "provider": "faiss",
                "config": {"path": f"{home}/faiss", "embedding_model_dims": WIDTH, "distance_strategy": "cosine"},
            },
            "embedder": {"provider": "openai", "config": {"embedding_dims": WIDTH}},
            "history_db_path": f"{home}/history.db",
        }
    )

    class Looked:
        """Looks the vector up instead of asking for it."""

        config = made.embedding_model.config

        def embed(self, text: str, memory_action: str = "") -> list[float]:
            return table([text])[0].tolist()

        def embed_batch(self, texts: list[str], memory_action: str = "") -> list[list[float]]:
            return table(texts).tolist()

    made.embedding_model = Looked()
    return made


def peer(n: int) -> None:
    """Write so many entries one by one, as it does, and search them with a filter; the same of ours, a round each."""
    table = Table(clustered(n, QUERIES))
    texts = [f"{at} an entry of a memory" for at in range(n)]
    right = [set(np.argsort(-(table.vectors[3:n:10] @ vector))[:TOP].tolist()) for vector in table.vectors[n:]]
    with tempfile.TemporaryDirectory() as home:
        memory, spent = _mem0(home, table), list[float]()
        for at, text in enumerate(texts):
            began = time.perf_counter()
            memory.add(text, user_id="one", metadata={"kind": str(at % 10)}, infer=False)
            spent.append(time.perf_counter() - began)
        first, last = (1e3 * statistics.mean(some) for some in (spent[: n // 10], spent[-n // 10 :]))
        print(f"mem0 {n:,}: {n / sum(spent):,.0f} entries/s, {first:.1f} ms each at first, {last:.1f} at the end")

        def theirs(query: str) -> list[str]:
            filters = {"user_id": "one", "kind": "3"}
            return [each["memory"] for each in memory.search(query, filters=filters, top_k=TOP)["results"]]

        _told("mem0", theirs, n, right)
    began, versions = time.perf_counter(), Versions(embedder=table)
    name = versions.commit("", [Entry(text=text, kind=str(at % 10)) for at, text in enumerate(texts)])
    print(f"ours {n:,}: {n / (time.perf_counter() - began):,.0f} entries/s in one round")
    ours = versions.open(name)
    _told("ours", lambda query: [each.text for each in ours.search(query, TOP, kind="3")], n, right)


def _told(name: str, search: Callable[[str], list[str]], n: int, right: list[set[int]]) -> None:
    spent, hits = list[float](), 0
    for at, best in enumerate(right):
        began = time.perf_counter()
        found = search(f"{n + at} a query")
        spent.append(time.perf_counter() - began)
        hits += len({(int(text.partition(" ")[0]) - 3) // 10 for text in found} & best)
    p95 = sorted(spent)[int(0.95 * len(spent))]
    middle = 1e3 * statistics.median(spent)
    print(f"{name} of a kind: {middle:.2f} ms, 95th {1e3 * p95:.2f}, recall {hits / TOP / len(right):.3f}")
