"""The model that is checked where none is named, and what models are asked and taught."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from lamarck.core import Message, Prompt, Request, Row, Sampling

MARKS = ("<|end|>", "<|pad|>")


def made(place: Path) -> Path:
    """A random Llama of half a million weights with a tokenizer of bytes, as `save_pretrained` writes it."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(alphabet)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # pyright: ignore[reportAttributeAccessIssue]
    raw.decoder = decoders.ByteLevel()  # pyright: ignore[reportAttributeAccessIssue]
    raw.add_special_tokens(list(MARKS))
    words: Any = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token=MARKS[0], pad_token=MARKS[1])
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        bos_token_id=None,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )
    model: Any = LlamaForCausalLM(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:  # far enough apart that each token has a clear winner
                weight.normal_(0.0, 0.1)
    model.save_pretrained(place)
    words.save_pretrained(place)
    return place


def questions(n: int) -> list[str]:
    """Sums of two to twenty numbers: prompts of mixed lengths."""
    rng = Random(0)
    sums = ([rng.randrange(100) for _ in range(rng.randrange(2, 21))] for _ in range(n))
    return [f"Add these numbers and tell the sum: {' + '.join(map(str, numbers))}" for numbers in sums]


def requests(n: int, samples: int, new: int, temperature: float) -> list[Request]:
    """One for each question."""
    how = Sampling(temperature=temperature, max_tokens=new)
    seeds = tuple(range(samples))
    return [Request(prompt=asking(text), seeds=seeds, sampling=how) for text in questions(n)]


def asking(text: str) -> Prompt:
    return Prompt(name="task/sum", fields={"text": text}, messages=(Message(role="user", text=text),))


def rows(n: int, *, pairs: bool = False) -> Sequence[Row]:
    """Questions with their answers; for pairs also with a wrong one."""
    found = list[Row]()
    for text in questions(n):
        total = sum(int(word) for word in text.rpartition(": ")[2].split(" + "))
        told = (Message(role="user", text=text), Message(role="assistant", text=f"The sum is {total}."))
        worse = (Message(role="assistant", text=f"The sum is {total + 1}."),) if pairs else ()
        found.append(Row(messages=told, learn=(False, True), rejected=worse))
    return found
