"""A model of 0.4M weights that was taught for seconds to make a number of two, in the format `3 8>24|`."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from lamarck.environments.game24.corpus import options, prompt_text, trace_text

ROWS = 32
LENGTH = 128
HIGHEST = 9


def taught(folder: Path, steps: int = 200) -> Path:
    """Problems and the traces that solve them, one pass, answers learned only."""
    torch.manual_seed(0)
    rng = Random(0)
    rows = [_problem(rng) for _ in range(ROWS * steps)]
    tokenizer = _tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=96,
        intermediate_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=LENGTH,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    _train(model, tokenizer, rows)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "prompts.json").write_text('{"task/countdown": "{numbers}>{target}|"}')
    return folder


def _problem(rng: Random) -> tuple[str, str]:
    while True:
        numbers = [rng.randint(1, HIGHEST), rng.randint(1, HIGHEST)]
        step = rng.choice(options(*numbers))
        if step.c > 0:
            return prompt_text(numbers, step.c), trace_text(numbers, step.c, [step])


def _train(model: Any, tokenizer: Any, rows: list[tuple[str, str]]) -> None:
    steps = len(rows) // ROWS
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for step in range(steps):
        some = [_row(tokenizer, *row) for row in rows[step * ROWS : (step + 1) * ROWS]]
        longest = max(len(ids) for ids, _ in some)
        ids = torch.tensor([[*ids, *[0] * (longest - len(ids))] for ids, _ in some])
        labels = torch.tensor([[-100] * read + ids[read:] + [-100] * (longest - len(ids)) for ids, read in some])
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()


def _row(tokenizer: Any, prompt: str, answer: str) -> tuple[list[int], int]:
    """All tokens of a problem and its answer, and how many are the problem's."""
    asked = tokenizer(prompt)["input_ids"]
    return [*asked, *tokenizer(answer)["input_ids"], tokenizer.eos_token_id], len(asked)


def _tokenizer() -> Any:
    """Byte-level, every byte a token but for the two marks."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={one: at for at, one in enumerate(["<pad>", "<eos>", *alphabet])}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="<eos>")
