"""What the trainer needs to know of these model folders. Needs torch; found by name in the training process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from lamarck.core import Message
from lamarck.models.hf import text
from lamarck.models.hf.files import digest as digest
from lamarck.models.hf.loading import load as load_checked
from lamarck.models.hf.loading import scorer
from lamarck.models.hf.reader import Reader


class Words:
    """A folder's tokenizer, with the functions that sampling asks with."""

    def __init__(self, folder: Path) -> None:
        self._reader = Reader(folder, str(folder))
        self.tokenizer: Any = self._reader.tokenizer
        """The library's own."""
        shown, end = self._reader.shown, self._reader.end
        if shown.eos_token_id is None and end is not None:
            # the model's configuration knows an end mark that its tokenizer does not name
            self.tokenizer.eos_token = self.tokenizer.convert_ids_to_tokens(end)
            shown.eos_token, shown.eos_token_id = self.tokenizer.eos_token, end

    def parts(self, messages: Sequence[Message], learn: Sequence[bool]) -> list[text.Part]:
        """A training text, stretch by stretch. Raises: UsageError."""
        found = text.parts(self._reader.shown, messages, learn)
        start = self._start()
        if found and not found[0].ids and start is not None:
            return [text.Part(ids=(start,), learned=False), *found[1:]]
        return found

    def beginning(self, messages: Sequence[Message]) -> list[int]:
        """The tokens that the model goes on from. Raises: UsageError."""
        shown, start = self._reader.shown, self._start()
        ids = text.beginning_ids(shown, text.showable(shown, messages))
        return ids or ([start] if start is not None else [])

    def encode(self, words: str) -> list[int]:
        """Tokens of a text alone."""
        return list(self._reader.encode(words))

    def decode(self, ids: Sequence[int]) -> str:
        """What the model wrote, as sampling reads it."""
        return self._reader.decode(ids)

    def close(self) -> None:
        """End the process that renders the chat template."""
        self._reader.close()

    def _start(self) -> int | None:
        """What stands before a text that begins with nothing."""
        first = self.tokenizer.bos_token_id
        return first if first is not None else self._reader.end


def load(folder: Path, dtype: str) -> Any:
    """The model that writes, all its weights to be trained. Raises: BrokenModel, CapabilityError."""
    return load_checked(folder, torch.device("cpu"), dtype).module.requires_grad_(True).train()


def load_scorer(folder: Path, dtype: str) -> Any:
    """The same with a head that gives one number for a text in place of the one that writes. Raises: BrokenModel."""
    return scorer(folder, dtype)[0]
