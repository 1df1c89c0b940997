"""What the trainer needs to know of these model folders. Needs torch; found by name in the training process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from lamarck.core import Message
from lamarck.models.hf import text


class Words:
    """A folder's tokenizer with the functions that sampling asks with."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        self._shown = self.tokenizer

    def parts(self, messages: Sequence[Message], learn: Sequence[bool]) -> list[text.Part]:
        """A training text, stretch by stretch. Raises: UsageError."""
        return text.parts(self._shown, messages, learn)

    def beginning(self, messages: Sequence[Message]) -> list[int]:
        """The tokens that the model goes on from. Raises: UsageError."""
        return text.beginning_ids(self._shown, messages)

    def encode(self, words: str) -> list[int]:
        """Tokens of a text alone."""
        return text.encode(self._shown, words)

    def close(self) -> None:
        """End what renders the chat template."""


def load(folder: Path, dtype: str) -> Any:
    """The model that writes, its weights of a type ("float32") or as they are stored (""), all to be trained."""
    return AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype or "auto", use_safetensors=True, local_files_only=True
    )


def load_scorer(folder: Path, dtype: str) -> Any:
    """The same with a head that gives one number for a text in place of the one that writes."""
    return AutoModelForSequenceClassification.from_pretrained(
        folder,
        dtype=getattr(torch, dtype) if dtype else "auto",
        num_labels=1,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
    )


def digest(folder: Path) -> str:
    """The content of a folder, as in `ModelRef.digest`."""
    import hashlib

    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".json", ".safetensors", ".jinja"):
            total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()
