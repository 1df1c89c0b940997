"""How much of what leaks is found, how often a clean text is suspected, and what the look costs.

    python benchmarks/leakage.py
    python benchmarks/leakage.py --file gsm8k.jsonl --field question

Held-out items and clean texts come from a generator of natural-like text, or are two halves of a file's rows. Each
copy is one item in disguise: wrapped anew, in other letter case, other spacing, other quotation marks, cut to a part of
thirteen words or more, all of these at once, or inside another text.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import re
import textwrap
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from random import Random

from lamarck.memory import NGrams
from lamarck.trust.leakage import RUN, Index, Item
from lamarck.trust.nearly import Nearly
from lamarck.trust.normal import words

QUOTES = (("“", "”"), ("«", "»"), ("„", "“"), ("‘", "’"), ("「", "」"))
SPACES = ("  ", "\t", "\u00a0", " \n", "\u2009", "   ")
SMALL = [
    "the",
    "of",
    "to",
    "a",
    "in",
    "and",
    "that",
    "for",
    "is",
    "on",
    "with",
    "as",
    "it",
    "by",
    "at",
    "from",
    "was",
    "were",
    "his",
    "her",
    "its",
    "an",
    "this",
    "they",
    "but",
    "which",
    "not",
    "or",
    "be",
    "had",
    "has",
    "have",
    "one",
    "their",
    "there",
    "when",
    "who",
    "will",
    "more",
    "if",
    "out",
    "so",
]


class Prose:
    """Natural-like text: 8,000 words by Zipf's law, each with a few likely followers; numbers, names, quotations."""

    def __init__(self, seed: int) -> None:
        rng = Random(f"prose {seed}")
        parts = [
            "".join(p) for p in zip(rng.choices("bcdfghklmnprstvw", k=400), rng.choices("aeiou", k=400), strict=True)
        ]
        made = {"".join(rng.choices(parts, k=rng.choice((1, 2, 2, 3, 3, 4)))) for _ in range(9000)}
        self.words = [*SMALL, *sorted(made)[:8000]]
        rng.shuffle(self.words)
        self.words.sort(key=lambda word: word not in SMALL)
        self.shares = list(accumulate(1 / (at + 3) for at in range(len(self.words))))
        self.after = {word: rng.choices(self.words, cum_weights=self.shares, k=4) for word in self.words}

    def text(self, rng: Random, sentences: int) -> str:
        """Some sentences, a third of their words likely followers of the word before."""
        return " ".join(self._sentence(rng) for _ in range(sentences))

    def _sentence(self, rng: Random) -> str:
        said = rng.choices(self.words, cum_weights=self.shares)
        for _ in range(rng.randint(6, 20)):
            follows = rng.random() < 1 / 3
            said += [rng.choice(self.after[said[-1]])] if follows else rng.choices(self.words, cum_weights=self.shares)
        shown = [word.capitalize() if rng.random() < 0.06 else word for word in said]
        shown = [f"{word}," if rng.random() < 0.08 else word for word in shown]
        if rng.random() < 0.3:
            shown.insert(rng.randrange(len(shown)), str(rng.randint(2, 5000)))
        if rng.random() < 0.3:
            at = rng.randrange(len(shown) - 2)
            shown[at], shown[at + 2] = f'"{shown[at]}', f'{shown[at + 2]}"'
        return f"{' '.join(shown).rstrip(',').capitalize()}{rng.choice('...?')}"


def wrapped(text: str, rng: Random) -> str:
    return textwrap.fill(text, rng.randint(12, 60))


def cased(text: str, rng: Random) -> str:
    return rng.choice((str.upper, str.lower, str.title, str.swapcase))(text)


def spaced(text: str, rng: Random) -> str:
    text = re.sub(r"([,.?;:])", lambda m: rng.choice((m[1], f" {m[1]}")), text)
    return re.sub(r"\s+", lambda _: rng.choice((" ", *SPACES)), text)


def quoted(text: str, rng: Random) -> str:
    left, right = rng.choice(QUOTES)
    text = re.sub(r'"([^"]*)"', lambda m: f"{left}{m[1]}{right}", text).replace("'", "’")
    return f"{left}{text}{right}"


def cut(text: str, rng: Random) -> str:
    found = text.split()
    n = rng.randint(min(RUN, len(found)), len(found))
    at = rng.randint(0, len(found) - n)
    return " ".join(found[at : at + n])


def everything(text: str, rng: Random) -> str:
    return wrapped(spaced(quoted(cased(cut(text, rng), rng), rng), rng), rng)


DISGUISES: dict[str, Callable[[str, Random], str]] = {
    "wrapped anew": wrapped, "other case": cased, "other spacing": spaced, "other quotation marks": quoted,
    "cut to a part": cut, "all of these": everything,
}  # fmt: skip


def sharing(text: str, copy: str) -> bool:
    """Whether they share thirteen words in a row, told without the code under test's index."""
    whole, part = f" {' '.join(words(text))} ", words(copy)
    return any(f" {' '.join(part[at : at + RUN])} " in whole for at in range(len(part) - RUN + 1))


def recall(index: Index, near: Nearly, items: Sequence[str], hosts: Sequence[str], n: int, rng: Random) -> None:
    """Print the share of n disguised copies that is found and named right, by disguise, alone and inside a text."""
    long = [at for at, text in enumerate(items) if len(words(text)) >= RUN]
    names, rows = list(DISGUISES), list[tuple[str, bool, int, str]]()
    while len(rows) < n:
        at = len(rows)
        which, name, inside = rng.choice(long), names[at % len(names)], rng.random() < 0.5
        text = DISGUISES[name](items[which], rng)
        if not sharing(items[which], text):
            continue
        host = rng.choice(hosts)
        rows.append(
            (name, inside, which, f"{host[: len(host) // 2]} {text} {host[len(host) // 2 :]}" if inside else text)
        )
    found = index.look([text for *_, text in rows], near)
    right = [hit is not None for hit in found]
    named = [hit is not None and hit.item == str(which) for hit, (_, _, which, _) in zip(found, rows, strict=True)]
    print(f"recall {sum(right)}/{n} = {sum(right) / n:.4f}; the right item named: {sum(named) / n:.4f}")
    for name in names:
        for inside in (False, True):
            mine = [hit for hit, row in zip(right, rows, strict=True) if row[0] == name and row[1] == inside]
            if mine:
                print(f"  {name}{', inside a text' if inside else ''}: {sum(mine)}/{len(mine)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", help="JSON lines; without it, the generator")
    parser.add_argument("--field", default="question")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--copies", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="so many false alarms are printed")
    asked = parser.parse_args()
    rng = Random(asked.seed)
    if asked.file:
        lines = Path(asked.file).read_text(encoding="utf-8").splitlines()
        texts = list(dict.fromkeys(str(json.loads(line)[asked.field]) for line in lines if line.strip()))
        rng.shuffle(texts)
        items, clean = texts[: min(asked.items, len(texts) // 2)], texts[len(texts) // 2 :]
    else:
        prose = Prose(asked.seed)
        items, clean = ([prose.text(rng, rng.randint(1, 6)) for _ in range(asked.items)] for _ in range(2))
    began = time.process_time()
    index = Index([Item(name=str(at), texts=(text,)) for at, text in enumerate(items)])
    built = time.process_time()
    first = index.look(clean)
    looked = time.process_time()
    near = Nearly(index, NGrams())
    both = index.look(clean, near)
    again = time.process_time()
    mean = sum(len(words(text)) for text in items) / len(items)
    print(f"{len(items):,} items, {len(clean):,} clean texts, {mean:.0f} words each")
    print(f"index {built - began:.2f} s, first look {looked - built:.2f} s, both looks {again - looked:.2f} s of CPU")
    print(f"false alarms: first look {sum(map(bool, first))}, both looks {sum(map(bool, both))} of {len(clean):,}")
    for text, hit in [(t, h) for t, h in zip(clean, both, strict=True) if h][: asked.show]:
        print(f"  {hit}\n    {text}\n    {items[int(hit.item)] if hit else ''}")
    recall(index, near, items, clean, asked.copies, rng)


if __name__ == "__main__":
    main()
