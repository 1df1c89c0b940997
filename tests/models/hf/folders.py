"""Small random models, made on the spot as `save_pretrained` writes them, and what plain transformers says of them."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast
from transformers.utils import logging

from lamarck.core import Learner, Message, ModelRef, Prompt, Request, Sampling
from lamarck.models import Host, Shelf
from lamarck.models.hf.model import HuggingFace

logging.disable_progress_bar()
TEXTS = ("3 5 7 8 make 24", "the quick brown fox jumps over the lazy dog", "a", "to be or not to be")
NEW = 16


@cache
def tokenizer(template: str = "") -> Any:
    """Byte-level BPE with the marks <pad> and <eos>."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    marks = ["<pad>", "<eos>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        TEXTS * 3, trainers.BpeTrainer(vocab_size=300, special_tokens=marks, initial_alphabet=alphabet)
    )
    found = PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="<eos>")
    if template:
        found.chat_template = template
    return found


SIZE = len(tokenizer())
SHAPE: dict[str, Any] = {
    "vocab_size": SIZE,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 96,
    "bos_token_id": None,
    "eos_token_id": 1,
    "pad_token_id": 0,
}


def llama(**other: Any) -> LlamaConfig:
    return LlamaConfig(**{**SHAPE, **other})


def saved(folder: Path, config: Any, seed: int = 0, template: str = "") -> Path:
    """A random model of this configuration and the tokenizer, in a new folder."""
    torch.manual_seed(seed)
    model: Any = cast("Any", AutoModelForCausalLM).from_config(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:  # far enough apart that every token has a clear winner
                weight.normal_(0.0, 0.15)
    model.save_pretrained(folder)
    tokenizer(template).save_pretrained(folder)
    return folder


def adapter(folder: Path, base: Path, seed: int, targets: Sequence[str] = ("q_proj", "v_proj")) -> Path:
    """A LoRA of the base that changes what it says."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    config = LoraConfig(r=4, lora_alpha=8, target_modules=list(targets), task_type="CAUSAL_LM")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for a name that is on its way out
        made: Any = get_peft_model(plain(base), config)
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if "lora_" in name:
                weight.normal_(0.0, 0.3)
    made.save_pretrained(folder)
    return folder


def plain(folder: Path) -> Any:
    """The model as transformers opens it."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def greedy(model: Any, text: str, new: int = NEW) -> str:
    """What `generate` writes, one prompt alone."""
    ids = torch.tensor([tokenizer()(text)["input_ids"]])
    mask = torch.ones_like(ids)
    out = model.generate(ids, attention_mask=mask, max_new_tokens=new, do_sample=False, pad_token_id=0)
    return str(tokenizer().decode(out[0, ids.shape[1] :], skip_special_tokens=True))


def likelihoods(model: Any, text: str, after: str) -> list[float]:
    """Log-probabilities of a text's tokens and of the end, from one pass over the whole."""
    first, second = tokenizer()(text)["input_ids"], [*tokenizer()(after)["input_ids"], 1]
    with torch.no_grad():
        logits = model(torch.tensor([first + second])).logits[0].log_softmax(-1)
    return [float(logits[len(first) - 1 + at, token]) for at, token in enumerate(second)]


def shelf(**options: Any) -> Shelf:
    return Shelf(Host(options={"hf": options}))


def opened(folder: Path, **options: Any) -> HuggingFace:
    on = shelf(**options)
    return cast("HuggingFace", on.open(on.learner(f"hf/{folder}")))


def ref(on: Shelf, folder: Path) -> ModelRef:
    return on.learner(f"hf/{folder}").model


def learner(on: Shelf, folder: Path, **adapters: Path) -> Learner:
    return Learner(model=ref(on, folder), adapters={name: ref(on, path) for name, path in adapters.items()})


def asking(text: str) -> Prompt:
    return Prompt(name="task/any", messages=(Message(role="user", text=text),))


def request(text: str, *seeds: int, adapter: str = "", **sampling: Any) -> Request:
    given: dict[str, Any] = {"max_tokens": NEW, **sampling}
    how = Sampling(**given)
    return Request(prompt=asking(text), seeds=seeds or (0,), sampling=how, adapter=adapter)
