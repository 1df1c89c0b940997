"""A reward model of a Hugging Face folder: a decoder whose head gives a text one number."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn, cast

import torch

from lamarck.core import CapabilityError, Continuation, Message, Prompt, Request, Solution
from lamarck.core.protocols import Capability
from lamarck.models.hf import text
from lamarck.models.hf.desk import Seat
from lamarck.models.hf.engine import Options
from lamarck.models.hf.files import BrokenModel
from lamarck.models.hf.loading import device_of, finite, scorer
from lamarck.models.hf.vetting import vet

TOKENS = 8192
"""Read at once, padding counted."""
LOWEST = float("-inf")
"""Of a text that is longer than the model's positions."""


class Rater:
    """Rates texts in the very tokens that ``updating.RewardModel`` trained it with. Safe to call from many threads."""

    capabilities: frozenset[Capability] = frozenset({"rate", "train"})

    def __init__(self, name: str, seat: Seat, options: Options) -> None:
        self.name = name
        self._seat, self._options, self._reader = seat, options, seat.reader
        self._lock = threading.Lock()
        self._module: Any = None

    def ratings(self, texts: Sequence[Continuation], /) -> list[float]:
        """A number for each text, minus infinity for one that does not fit in the model's positions. Blocks."""
        ids = [self._ids(one) for one in texts]
        found = dict[tuple[int, ...], float]()
        with self._lock, torch.inference_mode():
            module = self._loaded()
            most = getattr(module.config, "max_position_embeddings", None)
            fits = sorted({one for one in ids if not most or len(one) <= most}, key=lambda one: (len(one), one))
            pad = module.config.pad_token_id
            for some in _portions(fits, TOKENS if pad is not None else 0):
                longest = len(some[-1])
                rows = [[*one, *[pad or 0] * (longest - len(one))] for one in some]
                mask = [[1] * len(one) + [0] * (longest - len(one)) for one in some]
                device = module.device
                given = {"input_ids": torch.tensor(rows, device=device)}
                logits = module(**given, attention_mask=torch.tensor(mask, device=device), use_cache=False).logits
                found |= dict(zip(some, cast("list[float]", logits[:, 0].float().tolist()), strict=True))
        return [found.get(one, LOWEST) for one in ids]

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        """The prompt as messages. Raises: CapabilityError for a name that it does not know."""
        return self._reader.render(prompt)

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        """Raises: CapabilityError: it writes nothing."""
        self._refuse("writes no text")

    def score(self, texts: Sequence[Continuation], /) -> list[tuple[float, ...]]:
        """Raises: CapabilityError: it knows no likelihood."""
        self._refuse("knows no likelihood of texts")

    def release(self) -> None:
        """Give the memory back; the next request loads again."""
        with self._lock:
            self._module = None

    def _refuse(self, what: str) -> NoReturn:
        raise CapabilityError(f"{self.name} is a reward model and {what}; take it by feedback.Reward(role=...)")

    def _ids(self, asked: Continuation) -> tuple[int, ...]:
        """The prompt and the text with its end mark, as training has them."""
        rendered = self._reader.render(asked.prompt)
        system = [Message(role="system", text=asked.system)] if asked.system else []
        turns = [*system, *rendered, Message(role="assistant", text=asked.text)]
        parts = text.parts(self._reader.shown, turns, [*(False for _ in turns[1:]), True])
        first = self._reader.tokenizer.bos_token_id
        start = first if first is not None else self._reader.end
        begins = [start] if parts and not parts[0].ids and start is not None else []
        return (*begins, *(one for part in parts for one in part.ids))

    def _loaded(self) -> Any:
        if self._module is None:
            self._module = self._load()
        return self._module

    def _load(self) -> Any:
        folder, device = self._seat.folder, device_of(self._options.device)
        finite(vet(folder))
        dtype = self._options.dtype or ("float32" if device.type == "cpu" else "bfloat16")
        module, missing = scorer(folder, dtype)
        if missing and not self._seat.adapters:
            raise BrokenModel(f"{folder} lacks the weights '{missing[0]}' of a reward model; take an intact copy")
        for adapter in self._seat.adapters:  # its head is the adapter's
            from peft import PeftModel

            finite(vet(adapter))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for a name on its way out
                module = cast("Any", PeftModel).from_pretrained(module, str(adapter)).merge_and_unload()
        return module.to(device).eval().requires_grad_(False)


def _portions(items: Sequence[tuple[int, ...]], most: int) -> list[list[tuple[int, ...]]]:
    """Items, sorted by length, in portions of at most so many tokens when padded; one item at least."""
    found = list[list[tuple[int, ...]]]()
    for one in items:
        if not found or len(one) * (len(found[-1]) + 1) > most:
            found.append([])
        found[-1].append(one)
    return found
