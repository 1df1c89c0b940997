"""Tokens a CPU-second of the small model's sampler, beside `transformers` on the same weights.

    python benchmarks/sampling.py

First greedy, the same prompts, as many rows side by side, one thread each: the texts must be identical. Then what a
round of self-evolution asks for: prompts of any length, 32 samples each at temperature 1, 256 rows side by side.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, cast

import torch
from transformers import AutoModelForCausalLM

from lamarck.environments.game24.corpus import problem
from lamarck.models.pupil import files, tokenizer
from lamarck.models.pupil.decode import Decoder
from lamarck.models.pupil.draws import Draw, Manner
from lamarck.models.pupil.folder import load
from lamarck.models.pupil.sampler import AT_ONCE, sample

NEW = 32
Texts = list[list[int]]


@dataclass(frozen=True, kw_only=True)
class Timing:
    tokens: int
    cpu_s: float
    texts: Texts

    @property
    def rate(self) -> float:
        return self.tokens / self.cpu_s


def measured(run: Callable[[], Texts], repeats: int) -> Timing:
    """The best of `repeats` runs: others on the machine only ever make a run slower."""
    best: Timing | None = None
    for _ in range(repeats):
        began = time.process_time()
        texts = run()
        spent = time.process_time() - began
        if best is None or spent < best.cpu_s:
            best = Timing(tokens=sum(map(len, texts)), cpu_s=spent, texts=texts)
    assert best
    return best


def prompts(n: int, length: int | None = None) -> list[tuple[int, ...]]:
    """Four-number problems; of one length where one is asked for, so that neither side pads."""
    rng, found = Random(0), dict[tuple[int, ...], None]()
    while len(found) < n:
        ids = tuple(tokenizer.encode(problem(rng, sizes=(0, 0, 1))[0]))
        if length in (None, len(ids)):
            found[ids] = None
    return list(found)


def ours(decoder: Decoder, asked: list[tuple[int, ...]], samples: int = 1, temperature: float = 0.0) -> Texts:
    draws = [Draw(ids=ids, seeds=tuple(range(samples * at, samples * (at + 1)))) for at, ids in enumerate(asked)]
    found = sample(decoder, draws, Manner(temperature=temperature, max_tokens=NEW))
    return [[*one.tokens, *([tokenizer.EOS] if one.stop == "stop" else [])] for samples_ in found for one in samples_]


def theirs(model: Any, asked: list[tuple[int, ...]], samples: int = 1, temperature: float = 0.0) -> Texts:
    texts: Texts = []
    for at in range(0, len(asked), max(1, AT_ONCE // samples)):
        some = asked[at : at + max(1, AT_ONCE // samples)]
        length = max(map(len, some))
        ids = torch.tensor([(tokenizer.PAD,) * (length - len(one)) + one for one in some])
        settings: dict[str, Any] = {"do_sample": False}
        if temperature:
            settings = {"do_sample": True, "temperature": temperature, "top_k": 0, "num_return_sequences": samples}
        out = model.generate(
            ids,
            attention_mask=(ids != tokenizer.PAD).long(),
            max_new_tokens=NEW,
            pad_token_id=tokenizer.PAD,
            **settings,
        )
        rows = cast("Texts", out[:, length:].tolist())
        texts += [row[: row.index(tokenizer.EOS) + 1] if tokenizer.EOS in row else row for row in rows]
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="game24")
    parser.add_argument("--batches", type=int, nargs="+", default=[16, 64, 256])
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    folder = files.locate(files.reference(asked.model))
    decoder = Decoder(load(folder))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    print(f"pupil/{asked.model}, torch {torch.__version__}, one thread; tokens a CPU-second")
    print(f"{'rows':>6} {'ours':>8} {'transformers':>14} {'ratio':>7}")
    for batch in asked.batches:
        some = prompts(batch, length=7)
        fast = measured(partial(ours, decoder, some), asked.repeats)
        slow = measured(partial(theirs, model, some), asked.repeats)
        assert fast.texts == slow.texts, "the two samplers disagree"
        print(f"{batch:>6} {fast.rate:>8.0f} {slow.rate:>14.0f} {fast.rate / slow.rate:>7.1f}", flush=True)

    some = prompts(64)
    print("a round's work: 64 prompts of any length x 32 samples at temperature 1")
    fast = measured(partial(ours, decoder, some, 32, 1.0), asked.repeats)
    slow = measured(partial(theirs, model, some, 32, 1.0), asked.repeats)
    print(f"{2048:>6} {fast.rate:>8.0f} {slow.rate:>14.0f} {fast.rate / slow.rate:>7.1f}")


if __name__ == "__main__":
    main()
