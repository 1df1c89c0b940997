"""SFT through TRL against a bare PyTorch loop over the same batches, in one warm process: steps a second, as a ratio.

Type: python -m benchmarks.training [steps] [repeats] [width] [layers]
What TRL does beside the model's own work is the same at every size: the smallest model shows it largest.
The two take turns, so that a machine with other work slows both alike; medians are printed.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, cast

import torch
import torch.nn.functional as F
from tests.trainers.tiny import folder, job, reference, row, trainer
from transformers import AutoModelForCausalLM

from lamarck.trainers.lean.sft import IGNORED
from lamarck.trainers.trl import sft
from lamarck.trainers.trl.exchange import Order
from lamarck.trainers.trl.fit import prepared, settled
from lamarck.trainers.trl.library import logging
from lamarck.trainers.trl.model import opened
from lamarck.trainers.trl.rows import Reader, numbered

BATCH = 16


def order_of(place: Path, steps: int) -> Order:
    """An order of so many steps for a model of about a million weights."""
    rows = [row(f"{n} {n % 7}>{n + n % 7}|", f"{n}+{n % 7}={n + n % 7}, and so on {n}") for n in range(steps * BATCH)]
    asked = job("sft", rows, lr=1e-3, batch=BATCH, micro=BATCH)
    make = cast("Any", trainer())._order
    return make(reference(place), asked, str(place.parent / "out"))


def through_trl(order: Order, kit: Any) -> float:
    """Seconds of the processor for all steps, as training does them."""
    ready = prepared(order, opened(order, kit), lambda _: ())
    began = time.process_time()
    ready.train()
    return time.process_time() - began


def bare(order: Order, kit: Any) -> float:
    """The same batches, optimiser, clipping and schedule, written out."""
    ready = opened(order, kit)
    rows = numbered(order, Reader(words=ready.words, length=order.settings.length))
    collate = sft.collator(rows, ready.words.tokenizer)
    model: Any = AutoModelForCausalLM.from_pretrained(order.model, dtype=torch.float32).train()
    optimizer = torch.optim.AdamW(model.parameters(), order.settings.lr, weight_decay=0.0)
    steps = -(-len(rows) // BATCH)
    fall = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    began = time.process_time()
    for at in range(steps):
        batch = collate([{"at": i} for i in range(at * BATCH, (at + 1) * BATCH)])
        logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1]
        labels = batch["labels"][:, 1:]
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), order.settings.clip)
        optimizer.step()
        fall.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()
    return time.process_time() - began


def main(told: Sequence[str]) -> None:
    steps, repeats, width, layers = (*map(int, told), *(60, 5, 128, 4)[len(told) :])
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    from lamarck.models.hf import kit

    with tempfile.TemporaryDirectory() as home:
        order = order_of(folder(Path(home) / "model", width=width, layers=layers), steps)
        for run in (bare, through_trl):  # warm
            run(order, kit)
        settled()  # as the training process does
        ours, theirs = zip(*((through_trl(order, kit), bare(order, kit)) for _ in range(repeats)), strict=True)
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    print(f"width {width}, {layers} layers: {steps} steps of {BATCH} rows, {repeats} repeats, CPU seconds (median)")
    print(f"through TRL  {median(ours):7.2f}   {steps / median(ours):6.1f} steps/s")
    print(f"bare loop    {median(theirs):7.2f}   {steps / median(theirs):6.1f} steps/s")
    print(f"ratio        {median(ratios):7.2f}   (each {', '.join(f'{one:.2f}' for one in ratios)})")


if __name__ == "__main__":
    main(sys.argv[1:])
