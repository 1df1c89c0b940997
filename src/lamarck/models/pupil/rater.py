"""The small model with a head that rates: a number for a text, and no word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from lamarck.core import CapabilityError, Continuation, Message, ModelRef, Prompt, Request, Solution
from lamarck.core.protocols import Capability
from lamarck.models.pupil import files, tokenizer
from lamarck.models.pupil.joining import Joined, Piece, Pool

RATE = "lamarck.models.pupil.worker:rate"
"""Called in a worker process by name: importing it here would import torch."""
LOWEST = float("-inf")
"""Of a text that it cannot read whole."""


class PupilRater:
    """Rates texts in the very tokens that ``updating.RewardModel(loss="labels")`` trained it with."""

    capabilities: frozenset[Capability] = frozenset({"rate", "train"})

    def __init__(self, model: ModelRef, pool: Pool) -> None:
        self.name = model.name
        folder = files.locate(model)
        self._prompts = files.read(folder, "prompts.json")
        self._positions = int(files.read(folder, "config.json")["max_position_embeddings"])
        self._workers = Joined(pool, str(folder), model.digest)

    def ratings(self, texts: Sequence[Continuation], /) -> list[float]:
        """A number for each text, minus infinity where a character or its length is beyond the pupil. Blocks."""
        found, pieces = [LOWEST] * len(texts), dict[int, Piece]()
        for place, one in enumerate(texts):
            ids = self._ids(one)
            if ids and len(ids) <= self._positions:
                pieces[place] = Piece(fn=RATE, content=ids, length=len(ids))
        for place, number in zip(pieces, self._workers.work(list(pieces.values())), strict=True):
            found[place] = number
        return found

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        """The prompt in the pupil's own format. Raises: CapabilityError for a name it lacks."""
        return (Message(role="user", text=files.render(self.name, self._prompts, prompt.name, prompt.fields)),)

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        """Raises: CapabilityError: it writes nothing."""
        self._refuse("writes no text")

    def score(self, texts: Sequence[Continuation], /) -> list[tuple[float, ...]]:
        """Raises: CapabilityError: it knows no likelihood."""
        self._refuse("knows no likelihood of texts")

    def _refuse(self, what: str) -> NoReturn:
        raise CapabilityError(f"{self.name} is a reward model and {what}; take it by feedback.Reward(role=...)")

    def _ids(self, asked: Continuation) -> tuple[int, ...]:
        """Prompt and text with the end mark, () where it holds a character that the pupil cannot read."""
        if asked.system:
            raise CapabilityError(f"{self.name} reads no system prompt; leave the learner's prompt empty")
        try:
            read = tokenizer.encode(self.render(asked.prompt)[0].text)
            return (*read, *tokenizer.encode(asked.text), tokenizer.EOS)
        except tokenizer.UnknownCharacter:
            return ()
