"""Pretrain a small model on synthetic texts: one command, a budget in examples, one thread.

python tools/pupil/pretrain.py game24 --out DIR --seed 1 --examples 288000
python tools/pupil/pretrain.py listmachine --out DIR --seed 1
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

import torch

from lamarck.environments.game24 import corpus as game24
from lamarck.environments.listmachine import corpus as listmachine
from lamarck.models.pupil import folder, tokenizer
from lamarck.models.pupil.llama import Llama, Shape, initialise
from lamarck.trainers.lean.exchange import Settings
from lamarck.trainers.lean.sft import IGNORED, Row, pack, train


class Rows(Protocol):
    """What writes a domain's texts."""

    def __call__(self, rng: Random, progress: float, /, **knobs: float) -> Row:
        """The next text; `progress` is the share of the examples already made."""
        ...


@dataclass(frozen=True, kw_only=True)
class Domain:
    """What one small model is pretrained on."""

    row: Rows
    examples: int
    longest: int
    """Tokens of a completion at most, in `generation_config.json`."""
    knobs: Mapping[str, float]
    """Numbers of its curriculum, with their usual values."""


def game24_row(rng: Random, progress: float, /, **knobs: float) -> Row:
    ids, labels = list[int](), list[int]()
    for piece in game24.example(rng, game24.curriculum(progress, **knobs)):
        new = tokenizer.encode(piece.text)
        ids += new
        labels += new if piece.learned else [IGNORED] * len(new)
    return Row(ids=tuple(ids), labels=tuple(labels))


def listmachine_row(rng: Random, progress: float, /, **knobs: float) -> Row:
    text = listmachine.example(rng, listmachine.curriculum(progress, **knobs))
    return pack(tokenizer.encode(text.prompt), [*tokenizer.encode(text.completion), tokenizer.EOS])


DOMAINS: Mapping[str, Domain] = {
    "game24": Domain(row=game24_row, examples=288_000, longest=32, knobs={"target_24": 0.0}),
    "listmachine": Domain(
        row=listmachine_row,
        examples=95_000,
        longest=88,
        knobs={"synth_3": 0.02, "first": 0.4},
    ),
}


def rows(domain: Domain, seed: int, examples: int, knobs: Mapping[str, float]) -> Iterator[Row]:
    """The texts of a run, in order, the same for the same seed."""
    rng = Random(seed)
    for number in range(examples):
        yield domain.row(rng, number / examples, **knobs)


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("domain", choices=list(DOMAINS))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, help="texts to train on; each domain has its own number")
    parser.add_argument("--set", dest="knobs", nargs=2, action="append", default=[], metavar=("KNOB", "VALUE"))
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--checkpoints", type=int, default=8)
    given = parser.parse_args()
    domain = DOMAINS[given.domain]
    for name, _ in given.knobs:
        if name not in domain.knobs:
            parser.error(f"{given.domain} has no knob {name}, only {', '.join(domain.knobs)}")
    given.knobs = {**domain.knobs, **{name: float(value) for name, value in given.knobs}}
    given.examples = given.examples or domain.examples
    return given


def main() -> None:
    given = asked()
    domain = DOMAINS[given.domain]
    torch.set_num_threads(1)
    model = Llama(Shape())
    initialise(model, given.seed)
    settings = Settings(
        lr=given.lr,
        batch=given.batch,
        steps=given.examples // given.batch,
        warmup=30,
        schedule="cosine",
        seed=given.seed,
    )
    every = max(1, settings.steps // given.checkpoints)
    losses, tokens = list[float](), 0
    texts = rows(domain, given.seed, given.examples, given.knobs)
    for number, step in enumerate(train(model, texts, settings), start=1):
        losses.append(step.loss)
        tokens += step.tokens
        if number % 100 == 0:
            mean = sum(losses[-100:]) / 100
            print(f"step {number} loss {mean:.4f} tokens {tokens} cpu_s {time.process_time():.0f}", flush=True)
        last = number == settings.steps
        if last or number % every == 0:
            place = given.out if last else given.out / "checkpoints" / f"{number:06d}"
            folder.save(model, place, longest=domain.longest)
            tokenizer.save(place)
            record = {
                "step": number,
                "examples": number * given.batch,
                "tokens": tokens,
                "cpu_s": round(time.process_time(), 1),
                "seed": given.seed,
                "knobs": dict(given.knobs),
                "parameters": sum(p.numel() for p in model.parameters()),
                "torch": torch.__version__,
            }
            (place / "pretraining.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
