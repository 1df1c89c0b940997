"""Hugging Face folders made on the spot: a Llama of a few thousand weights with a tokenizer of bytes."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from lamarck.core import Job, Message, ModelRef, Row, Scoring
from lamarck.models.hf import files
from lamarck.trainers.fitted import Fitted
from lamarck.trainers.trl import fit
from lamarck.trainers.trl.exchange import Order, TrainingFailed
from lamarck.trainers.trl.trainer import TrlTrainer

CHAT = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
MARKS = ("<|end|>", "<|pad|>", "<|user|>", "<|assistant|>", "<|system|>")
END = 256
"""Of the byte tokenizer: behind the 256 bytes."""


class Here:
    """Training without a process of its own."""

    def run(self, order: Order, score: Scoring, /) -> Fitted:
        return fit.fit(order, score) or _nothing()

    def close(self) -> None:
        pass


def _nothing() -> Fitted:
    raise TrainingFailed("no model")


def trainer(**options: Any) -> TrlTrainer:
    kit, where = "lamarck.models.hf.kit", "lamarck.models.hf.files"
    pool: Any = None
    return TrlTrainer(pool, kit=kit, files=where, options=options, training=Here())


def tokenizer(*, chat: bool = False, extra: int = 0) -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # pyright: ignore[reportAttributeAccessIssue]
    made.decoder = decoders.ByteLevel()  # pyright: ignore[reportAttributeAccessIssue]
    made.add_special_tokens([*MARKS, *(f"<|more{at}|>" for at in range(extra))])
    found = PreTrainedTokenizerFast(tokenizer_object=made, eos_token=MARKS[0], pad_token=MARKS[1])
    if chat:
        found.chat_template = CHAT
    return found


def folder(place: Path, *, width: int = 16, layers: int = 2, seed: int = 0, chat: bool = False, extra: int = 0) -> Path:
    """Random weights, and a tokenizer of so many tokens more than the model knows."""
    words: Any = tokenizer(chat=chat)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=128,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )
    model: Any = LlamaForCausalLM(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:  # far enough apart that losses differ
                weight.normal_(0.0, 0.15)
    model.save_pretrained(place)
    tokenizer(chat=chat, extra=extra).save_pretrained(place)
    return place


def reference(place: Path) -> ModelRef:
    return files.reference(str(place))


def plain(place: Path) -> Any:
    """The model as transformers opens it."""
    return AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32).eval()


def chances(model: Any, prompt: str, answer: str) -> list[float]:
    """Log-probabilities of the answer's bytes and of the end mark."""
    first, second = list(tokenizer()(prompt)["input_ids"]), [*tokenizer()(answer)["input_ids"], END]
    with torch.no_grad():
        logits = model(torch.tensor([first + second])).logits[0].log_softmax(-1)
    return [float(logits[len(first) - 1 + at, token]) for at, token in enumerate(second)]


def turn(role: Any, text: str, author: str = "") -> Message:
    return Message(role=role, text=text, author=author)


def row(prompt: str, answer: str, *, worse: str = "", **more: Any) -> Row:
    messages = (turn("user", prompt), turn("assistant", answer))
    rejected = (turn("assistant", worse),) if worse else ()
    return Row(messages=messages, learn=(False, True), rejected=rejected, **more)


ROWS = [row(f"{n} 7>{n + 7}|", f"7+{n}={n + 7}") for n in range(12)]
PAIRS = [row(f"{n} 7>{n + 7}|", f"7+{n}={n + 7}", worse=f"7*{n}={7 * n}") for n in range(12)]
SETTINGS = {"lr": 1e-2, "batch": 4, "micro": 4}


def job(loss: str, rows: Sequence[Row], seed: int = 1, score: Scoring | None = None, **settings: Any) -> Job:
    return Job(loss=loss, rows=rows, settings=SETTINGS | settings, seed=seed, score=score)
