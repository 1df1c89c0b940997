"""Tokens a CPU-second of `hf/`, beside one big padded `generate` batch of the same model and prompts.

    python benchmarks/hf_sampling.py

Both greedy, one thread, lengths mixed as they come, in turn; the texts must be identical. First the shipped small model
in its own language, whose answers end by themselves; then a random Llama whose answers never end: what is gained there
is gained by prompts alone. Last what a round asks for: 32 samples of every prompt at temperature 1.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

from lamarck.core import Message, Prompt, Request, Sampling
from lamarck.environments.game24.corpus import problem
from lamarck.models import Host, Shelf
from lamarck.models.hf.reader import Reader
from lamarck.models.pupil import files, tokenizer

Texts = list[str]


@dataclass(frozen=True, kw_only=True)
class Work:
    """One model, its prompts, and how long answers may be."""

    name: str
    folder: Path
    prompts: Sequence[str]
    new: int
    samples: int = 1
    temperature: float = 0.0


def ours(work: Work) -> Callable[[], Texts]:
    shelf = Shelf(Host())
    model = shelf.open(shelf.learner(f"hf/{work.folder}"))
    how = Sampling(temperature=work.temperature, max_tokens=work.new, top_p=1.0)
    requests = [Request(prompt=_asking(text), seeds=tuple(range(work.samples)), sampling=how) for text in work.prompts]
    return lambda: [one.text for found in model.generate(requests) for one in found]


def theirs(work: Work) -> Callable[[], Texts]:
    reader = Reader(work.folder, "plain")
    model: Any = AutoModelForCausalLM.from_pretrained(work.folder, dtype=torch.float32).eval()
    how: dict[str, Any] = {"do_sample": False}
    if work.temperature:
        how = {"do_sample": True, "temperature": work.temperature, "top_k": 0, "num_return_sequences": work.samples}

    def run() -> Texts:
        found = [reader.encode(text) for text in work.prompts]
        longest = max(map(len, found))
        ids = torch.tensor([[*[0] * (longest - len(one)), *one] for one in found])
        mask = torch.tensor([[*[0] * (longest - len(one)), *[1] * len(one)] for one in found])
        out = model.generate(ids, attention_mask=mask, max_new_tokens=work.new, pad_token_id=0, **how)
        return [reader.decode(_until(row, reader)) for row in out[:, longest:].tolist()]

    return run


def _until(row: list[int], reader: Reader) -> list[int]:
    return next((row[:at] for at, token in enumerate(row) if token in reader.ends), row)


def _asking(text: str) -> Prompt:
    return Prompt(name="task/any", fields={"text": text}, messages=(Message(role="user", text=text),))


def compared(work: Work, repeats: int) -> float:
    """CPU seconds of both in turn; prints them with the ratio of medians, which it gives."""
    mine, other = ours(work), theirs(work)
    first, second = mine(), other()  # warm
    if not work.temperature and first != second:
        raise SystemExit(f"{work.name}: the texts differ")
    spent: dict[str, list[float]] = {"hf": [], "generate": []}
    for _ in range(repeats):
        for name, run in (("hf", mine), ("generate", other)):
            began = time.process_time()
            run()
            spent[name].append(time.process_time() - began)
    fast, slow = statistics.median(spent["hf"]), statistics.median(spent["generate"])
    characters = statistics.fmean(map(len, first))
    print(f"{work.name:<44} {fast:>7.2f} {slow:>9.2f} {slow / fast:>6.2f}   {characters:.0f} characters an answer")
    return slow / fast


def shipped(home: Path, n: int, samples: int = 1, temperature: float = 0.0) -> Work:
    """The small model of game24, asked problems of two to four numbers."""
    folder = home / "shipped"
    if not folder.exists():
        shutil.copytree(files.locate(files.reference("game24")), folder)
        (folder / "prompts.json").write_text('{"task/any": "{text}"}')
    rng = Random(0)
    prompts = list({problem(rng, sizes=(1, 1, 1))[0]: None for _ in range(4 * n)})[:n]
    name = f"shipped, {n} prompts x {samples}, temperature {temperature:g}"
    return Work(name=name, folder=folder, prompts=prompts, new=48, samples=samples, temperature=temperature)


def endless(home: Path, n: int) -> Work:
    """A random Llama that never ends, asked 8 to 120 tokens."""
    folder = home / "endless"
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=tokenizer.SIZE,
        hidden_size=128,
        intermediate_size=448,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        bos_token_id=None,
        eos_token_id=tokenizer.EOS,
        pad_token_id=tokenizer.PAD,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, 0.1)
        model.lm_head.weight[tokenizer.EOS] = 0.0
        model.lm_head.weight[tokenizer.PAD] = 0.0
    model.save_pretrained(folder)
    tokenizer.save(folder)
    (folder / "prompts.json").write_text('{"task/any": "{text}"}')
    rng = Random(0)
    prompts = ["".join(rng.choices("abcdefgh+-*/", k=rng.randrange(8, 121))) for _ in range(n)]
    return Work(name=f"random and endless, {n} prompts", folder=folder, prompts=prompts, new=64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    print(f"torch {torch.__version__}, one thread; CPU seconds\n{'':<44} {'hf':>7} {'generate':>9} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        compared(shipped(home, 64), asked.repeats)
        compared(shipped(home, 256), asked.repeats)
        compared(endless(home, 64), asked.repeats)
        compared(shipped(home, 64, samples=32, temperature=1.0), asked.repeats)


if __name__ == "__main__":
    main()
