"""Which texts have the words of a query: BM25."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

K1, B = 1.2, 0.75
"""How soon a repeated word counts no more, and how much a long text is held back."""


def by_words(query: str, texts: Sequence[str]) -> list[int]:
    """Places of the texts that share a word with the query, best first; of equal ones the first goes first.

    Words are runs of letters and digits, whatever their case. Source: Robertson and Zaragoza 2009, BM25, with the
    logarithm of 1 + (N - n + 0.5)/(n + 0.5), which is never below 0.
    """
    counts = [Counter(re.findall(r"\w+", text.casefold())) for text in texts]
    mean = sum(count.total() for count in counts) / max(1, len(counts)) or 1.0
    scores = [0.0] * len(texts)
    for word in dict.fromkeys(re.findall(r"\w+", query.casefold())):
        having = [at for at, count in enumerate(counts) if word in count]
        rarity = math.log(1 + (len(texts) - len(having) + 0.5) / (len(having) + 0.5))
        for at in having:
            times, length = counts[at][word], counts[at].total()
            scores[at] += rarity * times * (K1 + 1) / (times + K1 * (1 - B + B * length / mean))
    return sorted((at for at, score in enumerate(scores) if score > 0), key=lambda at: (-scores[at], at))
