"""What is new in a pool of 50,000 instructions, beside comparing with every member, and near copies beside a peer.

    python -m benchmarks.novelty            # --pool, --candidates, --rows make it smaller

Decisions are compared one by one: ROUGE-L with a full comparison by `rapidfuzz`, which is itself compared with
`rouge-score`; near copies with a join that leaves nothing out. Peers: `rouge-score` (the plain loop, timed on a
sample), `rapidfuzz` (all pairs) and `rensa` (MinHash, 32 bands, exact Jaccard on the hits). One that is not
installed is named and skipped. All times are CPU seconds of one process. Ends with 1 where a decision differs.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import re
import sys
import time
from array import array
from collections.abc import Callable, Sequence
from importlib import import_module
from random import Random
from typing import Any, TypeVar

import numpy as np
from benchmarks.instructions import instructions

from lamarck.likeness import Copies, Rouge
from lamarck.likeness.rouge import words

T = TypeVar("T")
MOST, NEAR = 0.7, 0.7
CHECKED = 6_000
"""Pairs on which the full comparison is compared with rouge-score."""
AT_ONCE = 50


def peer(name: str, package: str) -> Any:
    """A module of another package; None, and a line that says so, where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        print(f"  {package} is not installed: skipped (pip install {package})")
        return None


def timed(run: Callable[[], T]) -> tuple[T, float]:
    """What it gives, and its CPU seconds."""
    began = time.process_time()
    return run(), time.process_time() - began


def novelty(pool: Sequence[str], candidates: Sequence[str], pairs: int) -> bool:
    """Print the speed of ROUGE-L novelty. Out: whether all decisions are those of comparing with every member."""
    index = Rouge(MOST)
    _, adding = timed(lambda: index.add(pool))
    reasons, took = timed(lambda: index.sift(candidates))
    each, kept = took / len(candidates), [not why for why in reasons]
    print(f"ROUGE-L above {MOST} in a pool of {len(pool):,}, {len(candidates):,} candidates that join where new")
    print(f"  index: {each * 1e3:.2f} ms a candidate, {adding / len(pool) * 1e6:.0f} us a member; {sum(kept):,} kept")
    scorer = peer("rouge_score.rouge_scorer", "rouge-score")
    if scorer:
        plain = _plain(scorer, pool, candidates, pairs) * len(pool)
        print(f"  rouge-score, a pair at a time: {plain:.1f} s a candidate by {pairs:,} pairs, {plain / each:,.0f} x")
    if not (process := peer("rapidfuzz.process", "rapidfuzz")):
        return True
    full, spent = timed(lambda: _full(process, pool, candidates))
    print(f"  rapidfuzz, all pairs: {spent / len(candidates) * 1e3:.1f} ms a candidate, {spent / took:,.0f} x")
    differ = sum(one != other for one, other in zip(kept, full, strict=True))
    print(f"  decisions that differ: {differ} of {len(full):,}, over {len(pool) * len(full):,} pairs and more")
    wrong = _unlike(scorer, process, pool, candidates) if scorer else 0
    return not differ and not wrong


def _plain(scorer: Any, pool: Sequence[str], candidates: Sequence[str], pairs: int) -> float:
    """CPU seconds of a pair in the plain loop."""
    rng, score = Random(0), scorer.RougeScorer(["rougeL"], use_stemmer=False).score
    drawn = [(rng.choice(candidates), rng.choice(pool)) for _ in range(pairs)]
    return timed(lambda: [score(one, other) for one, other in drawn])[1] / pairs


class Coded:
    """Texts as strings with a sign for each word, for comparing signs."""

    def __init__(self) -> None:
        self._signs = dict[str, str]()

    def __call__(self, text: str) -> str:
        return "".join(self._signs.setdefault(word, chr(len(self._signs) + 0x100)) for word in words(text))


def _measures(process: Any, ones: Sequence[str], others: Sequence[str]) -> Any:
    """F-measures [ones, others] of coded texts, from the length of the longest common subsequence of each pair."""
    metric = import_module("rapidfuzz.distance.LCSseq").similarity
    common = process.cdist(ones, others, scorer=metric, dtype=np.int32, workers=1).astype(np.float64)
    precision = common / np.maximum([[len(one)] for one in ones], 1)
    recall = common / np.maximum([len(other) for other in others], 1)
    return 2 * precision * recall / np.maximum(precision + recall, 1e-300)


def _full(process: Any, pool: Sequence[str], candidates: Sequence[str]) -> list[bool]:
    """Which candidates are new, each compared with every member and every candidate kept before it."""
    coded = Coded()
    members, asked = [coded(text) for text in pool], [coded(text) for text in candidates]
    known = list[bool]()
    for at in range(0, len(asked), AT_ONCE):
        known += (_measures(process, asked[at : at + AT_ONCE], members) > MOST).any(axis=1).tolist()
    among, new = _measures(process, asked, asked) > MOST, np.zeros(len(asked), bool)
    for at in range(len(asked)):
        new[at] = not known[at] and not (among[at, :at] & new[:at]).any()
    return new.tolist()


def _unlike(scorer: Any, process: Any, pool: Sequence[str], candidates: Sequence[str]) -> int:
    """Print on how many pairs the full comparison and rouge-score differ in the last bit; half are near each other."""
    rng, coded = Random(1), Coded()
    score = scorer.RougeScorer(["rougeL"], use_stemmer=False).score
    some = [rng.choice(candidates) for _ in range(CHECKED)]
    others = [_turned(one, rng) if at % 2 else rng.choice(pool) for at, one in enumerate(some)]
    wrong = 0
    for one, other in zip(some, others, strict=True):
        found = _measures(process, [coded(one)], [coded(other)])[0, 0]
        wrong += found != score(one, other)["rougeL"].fmeasure
    print(f"  rapidfuzz and rouge-score differ on {wrong} of {CHECKED:,} pairs")
    return wrong


def _turned(text: str, rng: Random) -> str:
    """The text with some words gone and two parts swapped."""
    left = [word for word in text.split() if rng.random() > 0.2]
    at = rng.randrange(len(left) + 1)
    return " ".join(left[at:] + left[:at])


def copies(texts: Sequence[str]) -> bool:
    """Print the speed of near copies. Out: whether all decisions are the exact join's."""
    print(f"near copies, Jaccard of words {NEAR} or more, {len(texts):,} rows, first come, first kept")
    reasons, took = timed(lambda: Copies(NEAR).sift(texts))
    kept = [not why for why in reasons]
    print(f"  index: {took:.1f} s, {sum(kept):,} kept")
    if rensa := peer("rensa", "rensa"):
        found, spent = timed(lambda: _sketched(rensa, texts))
        differ = sum(one != other for one, other in zip(kept, found, strict=True))
        print(f"  rensa with exact Jaccard: {spent:.1f} s; the index takes {took / spent:.2f} of it; {differ} differ")
    exact, spent = timed(lambda: _joined(texts))
    differ = sum(one != other for one, other in zip(kept, exact, strict=True))
    print(f"  join that leaves nothing out: {spent:.1f} s; {differ} decisions differ")
    return not differ


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _sketched(rensa: Any, texts: Sequence[str]) -> list[bool]:
    """Candidates from MinHash sketches in 32 bands of 4, decided by their words."""
    index = rensa.RMinHashLSH(threshold=NEAR, num_perm=128, num_bands=32)
    members, new = list[set[str]](), list[bool]()
    for text in texts:
        mine, sketch = _words(text), rensa.RMinHash(num_perm=128, seed=42)
        sketch.update(list(mine))
        hits: list[int] = index.query(sketch)
        near = [members[at] for at in hits]
        new.append(not any(len(mine & other) / len(mine | other) >= NEAR for other in near))
        if new[-1]:
            index.insert(len(members), sketch)
            members.append(mine)
    return new


def _joined(texts: Sequence[str]) -> list[bool]:
    """Every row's words counted in every kept row."""
    rows: dict[str, array[int]] = {}
    lengths, kept, new = np.zeros(len(texts), np.int32), 0, list[bool]()
    for text in texts:
        mine = _words(text)
        lists = [np.frombuffer(rows[word], np.int32) for word in mine if word in rows]
        both = np.bincount(np.concatenate(lists), minlength=kept) if lists else np.zeros(kept, np.int64)
        del lists
        new.append(not (both / np.maximum(lengths[:kept] + len(mine) - both, 1) >= NEAR).any())
        if new[-1]:
            for word in mine:
                rows.setdefault(word, array("i")).append(kept)
            lengths[kept] = len(mine)
            kept += 1
    return new


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=int, default=50_000)
    parser.add_argument("--candidates", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=1_500, help="that the plain loop is timed on")
    asked = parser.parse_args()
    made = instructions(asked.pool + asked.candidates, 1, copies=0.5, most=0.7)
    same = novelty(made[: asked.pool], made[asked.pool :], asked.pairs)
    return 0 if copies(instructions(asked.rows, 2, copies=0.485, most=0.25)) and same else 1


if __name__ == "__main__":
    sys.exit(main())
