"""What a small model can do, with 95 % intervals; never on sealed puzzles.

    python tools/pupil/measure.py game24 FOLDER [FOLDER ...]

Synthetic problems by number count (greedy), and the real puzzles of the practice and selection splits, none of which
is in the pretraining corpus. Prints a line a folder; writes `abilities.json` into it with --write.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random

from lamarck.core import Estimate, interval, pass_at_k
from lamarck.environments.game24 import corpus
from lamarck.environments.game24.puzzles import TARGET, splits
from lamarck.environments.game24.verify import verify
from lamarck.models.pupil import tokenizer
from lamarck.models.pupil.decode import Decoder
from lamarck.models.pupil.draws import Draw, Manner
from lamarck.models.pupil.folder import load
from lamarck.models.pupil.sampler import sample

SEED = 20_241_121
Item = tuple[tuple[int, ...], int]


def rulings(decoder: Decoder, items: Sequence[Item], samples: int, temperature: float) -> list[list[bool]]:
    """Whether each sample of each item is right."""
    rng = Random(SEED)
    draws = [
        Draw(
            ids=tuple(tokenizer.encode(corpus.prompt_text(numbers, target))),
            seeds=tuple(rng.getrandbits(64) for _ in range(samples)),
        )
        for numbers, target in items
    ]
    drawn = sample(decoder, draws, Manner(temperature=temperature))
    return [
        [verify(numbers, target, tokenizer.decode(one.tokens)).right for one in each]
        for (numbers, target), each in zip(items, drawn, strict=True)
    ]


def synthetic(size: int, n: int) -> list[Item]:
    """Problems as pretraining makes them, from a seed it does not use."""
    rng, found = Random(SEED + size), dict[Item, None]()
    while len(found) < n:
        prompt, _ = corpus.problem(rng, sizes=(float(size == 2), float(size == 3), float(size == 4)), target_24=0.0)
        numbers, _, target = prompt.rstrip("|").partition(">")
        found[tuple(map(int, numbers.split())), int(target)] = None
    return list(found)


def abilities(decoder: Decoder, samples: int) -> dict[str, Estimate]:
    def greedy(items: Sequence[Item]) -> Estimate:
        return interval([float(right) for (right,) in rulings(decoder, items, 1, 0.0)])

    found = {f"{size} numbers, greedy": greedy(synthetic(size, 500)) for size in (2, 3, 4)}
    puzzles = [(numbers, TARGET) for split in ("practice", "selection") for numbers in splits()[split]]
    found["real puzzles, greedy"] = greedy(puzzles)
    right = [sum(each) for each in rulings(decoder, puzzles, samples, 1.0)]
    for k in (1, 16):
        found[f"real puzzles, pass@{k}"] = interval([pass_at_k(samples, n, k) for n in right])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("domain", choices=["game24"])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    for folder in asked.folders:
        found = abilities(Decoder(load(folder)), asked.samples)
        shown = "; ".join(f"{name} {e.value:.3f} [{e.low:.3f}, {e.high:.3f}]" for name, e in found.items())
        print(f"{folder}: {shown}", flush=True)
        if asked.write:
            text = json.dumps({name: asdict(e) for name, e in found.items()}, indent=2)
            (folder / "abilities.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
