"""Pretrain a small model on synthetic texts: one command, a budget in examples, one thread.

python tools/pupil/pretrain.py game24 --out DIR --seed 1 --examples 288000
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import torch

from lamarck.environments.game24 import corpus
from lamarck.models.pupil import folder, tokenizer
from lamarck.models.pupil.llama import Llama, Shape, initialise
from lamarck.trainers.lean.exchange import Settings
from lamarck.trainers.lean.sft import IGNORED, Row, train


def row_of(pieces: list[corpus.Piece]) -> Row:
    ids, labels = list[int](), list[int]()
    for piece in pieces:
        new = tokenizer.encode(piece.text)
        ids += new
        labels += new if piece.learned else [IGNORED] * len(new)
    return Row(ids=tuple(ids), labels=tuple(labels))


def game24_rows(seed: int, examples: int, target_24: float) -> Iterator[Row]:
    rng = Random(seed)
    for number in range(examples):
        yield row_of(corpus.example(rng, corpus.curriculum(number / examples, target_24)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domain", choices=["game24"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=288_000)
    parser.add_argument("--target-24", type=float, default=0.0, help="share of problems made for target 24")
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--checkpoints", type=int, default=8)
    asked = parser.parse_args()

    torch.set_num_threads(1)
    model = Llama(Shape())
    initialise(model, asked.seed)
    settings = Settings(
        lr=asked.lr,
        batch=asked.batch,
        steps=asked.examples // asked.batch,
        warmup=30,
        schedule="cosine",
        seed=asked.seed,
    )
    rows = game24_rows(asked.seed, asked.examples, asked.target_24)
    every = max(1, settings.steps // asked.checkpoints)
    losses, tokens = list[float](), 0
    for number, step in enumerate(train(model, rows, settings), start=1):
        losses.append(step.loss)
        tokens += step.tokens
        if number % 100 == 0:
            seconds = time.process_time()
            mean = sum(losses[-100:]) / 100
            print(f"step {number} loss {mean:.4f} tokens {tokens} cpu_s {seconds:.0f}", flush=True)
        if number % every == 0 or number == settings.steps:
            last = number == settings.steps
            place = asked.out if last else asked.out / "checkpoints" / f"{number:06d}"
            folder.save(model, place)
            tokenizer.save(place)
            record = {
                "step": number,
                "examples": number * asked.batch,
                "tokens": tokens,
                "cpu_s": round(time.process_time(), 1),
                "seed": asked.seed,
                "parameters": sum(p.numel() for p in model.parameters()),
                "torch": torch.__version__,
            }
            (place / "pretraining.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
