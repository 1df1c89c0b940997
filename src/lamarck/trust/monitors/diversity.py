"""How different texts are: figures for which more samples of the same learner are not more diverse.

Each is unbiased at its number of draws, so that rounds of any size are compared.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from lamarck.trust.monitors.figures import distinct

WORD = re.compile(r"\w+|[^\w\s]")
ORDER = 4
"""Longest n-grams that BLEU compares."""
Vectors = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to vectors of length 1, a row a text."""


def words(text: str) -> list[str]:
    """Words and marks, without case."""
    return WORD.findall(text.casefold())


def grams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """Runs of n tokens."""
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def distinct_n(texts: Sequence[str], n: int, draws: int) -> float | None:
    """Different runs of n words among so many drawn from the texts, as a share of them; None where there are fewer.

    Source: Li et al. 2016 (arXiv:1510.03055), section 5, distinct-1 and distinct-2. Differs: at a fixed number of
    draws, since the share falls with the length of the text.
    """
    found = [gram for text in texts for gram in grams(words(text), n)]
    return distinct(found, draws) / draws if len(found) >= draws > 0 else None


def self_bleu(texts: Sequence[str]) -> float:
    """Mean BLEU of each text against all others: 1 where they are the same, near 0 where they share nothing.

    A precision of 0 counts as half a hit, and orders longer than a text are left out. It rises with the number of
    texts, so compare equal numbers. Raises: ValueError for fewer than two. Source: Zhu et al. 2018
    (arXiv:1802.01886), section 3.3; BLEU: Papineni et al. 2002 (ACL P02-1040), sections 2.1 to 2.3.
    """
    if len(texts) < 2:
        raise ValueError("self-BLEU compares at least two texts")
    split = [words(text) for text in texts]
    logs = [list[float]() for _ in texts]
    for n in range(1, ORDER + 1):
        counts = [Counter(grams(tokens, n)) for tokens in split]
        most = _two_most(counts)
        for at, mine in enumerate(counts):
            if mine:
                # of the others, the one that has a run most often: the second where that is this text itself
                hits = sum(min(k, most[gram][most[gram][2] == at]) for gram, k in mine.items())
                logs[at].append(math.log((hits or 0.5) / mine.total()))
    scores = [math.exp(fmean(each) + _short(split, at)) if each else 0.0 for at, each in enumerate(logs)]
    return fmean(scores)


def _two_most(counts: Sequence[Counter[tuple[str, ...]]]) -> dict[tuple[str, ...], tuple[int, int, int]]:
    """Run -> how often the text has it that has it most, how often the next one, and which the first is."""
    found = dict[tuple[str, ...], tuple[int, int, int]]()
    for at, each in enumerate(counts):
        for gram, k in each.items():
            first, second, where = found.get(gram, (0, 0, -1))
            found[gram] = (k, first, at) if k > first else (first, max(second, k), where)
    return found


def _short(split: Sequence[Sequence[str]], at: int) -> float:
    """Logarithm of the brevity penalty: of a text that is shorter than the other nearest to it in length."""
    mine = len(split[at])
    closest = min((len(one) for i, one in enumerate(split) if i != at), key=lambda n: (abs(n - mine), n))
    return min(0.0, 1 - closest / mine) if mine else 0.0


def entropy_of(kinds: Sequence[Hashable], draws: int) -> float:
    """Expected entropy, in nats, of the kinds among so many draws without replacement; unbiased.

    Raises: ValueError for more draws than there are.
    """
    n = len(kinds)
    if not 1 <= draws <= n:
        raise ValueError(f"{draws} draws from {n} samples are not defined")
    found = 0.0
    for count in Counter(kinds).values():
        for k in range(1, min(count, draws) + 1):
            chance = math.comb(count, k) * math.comb(n - count, draws - k) / math.comb(n, draws)
            found -= chance * k / draws * math.log(k / draws)
    return found


def apart(vectors: NDArray[np.float32]) -> float:
    """Mean of 1 - cosine over all pairs: the unbiased variance of vectors of length 1. Raises: ValueError for one."""
    n = len(vectors)
    if n < 2:
        raise ValueError("a variance needs at least two vectors")
    total = vectors.sum(axis=0, dtype=np.float64)
    same = float((vectors.astype(np.float64) ** 2).sum())
    return 1.0 - (float(total @ total) - same) / (n * (n - 1))


def clustered(vectors: NDArray[np.float32], alike: float) -> list[int]:
    """The group of each vector: of the first one before it whose cosine with it is at least ``alike``, else its own."""
    leaders, found = list[int](), list[int]()
    for at, vector in enumerate(vectors):
        near = next((leader for leader in leaders if float(vectors[leader] @ vector) >= alike), at)
        if near == at:
            leaders.append(at)
        found.append(near)
    return found


def rare(texts: Sequence[str], share: float) -> frozenset[str]:
    """The least frequent words of real texts that make up this share of all their words."""
    counts = Counter(word for text in texts for word in words(text))
    most, found, so_far = share * counts.total(), set[str](), 0
    for word, count in sorted(counts.items(), key=lambda item: (item[1], item[0])):
        if so_far + count > most:
            break
        found.add(word)
        so_far += count
    return frozenset(found)


def recall(texts: Sequence[str], items: frozenset[str], draws: int) -> list[float] | None:
    """For each item, the chance to meet it among so many words drawn from the texts; None where there are fewer.

    Source: rarefaction, as :func:`lamarck.trust.monitors.distinct`, in logarithms: there are many words.
    """
    counts = Counter(word for text in texts for word in words(text))
    n = counts.total()
    if not items or not 0 < draws <= n:
        return None
    return [1 - _missed(n, counts[item], draws) for item in sorted(items)]


def _missed(n: int, count: int, draws: int) -> float:
    """Chance that none of so many draws out of n is one of ``count``."""
    if draws > n - count:
        return 0.0
    logs = math.lgamma(n - count + 1) - math.lgamma(n - count - draws + 1) - math.lgamma(n + 1)
    return math.exp(logs + math.lgamma(n - draws + 1))
