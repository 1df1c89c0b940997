"""A Hugging Face folder made on the spot: a Llama of a few thousand weights with a tokenizer of bytes."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

CHAT = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
MARKS = ("<|end|>", "<|pad|>", "<|user|>", "<|assistant|>", "<|system|>")


def tokenizer(*, chat: bool = False, extra: int = 0) -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([*MARKS, *(f"<|more{at}|>" for at in range(extra))])
    found = PreTrainedTokenizerFast(tokenizer_object=made, eos_token=MARKS[0], pad_token=MARKS[1])
    if chat:
        found.chat_template = CHAT
    return found


def folder(place: Path, *, width: int = 16, seed: int = 0, chat: bool = False, extra: int = 0) -> Path:
    """A folder with random weights and a tokenizer of so many tokens more than the model knows."""
    words = tokenizer(chat=chat)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=128,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )
    model: Any = LlamaForCausalLM(config)
    model.save_pretrained(place)
    tokenizer(chat=chat, extra=extra).save_pretrained(place)
    return place
