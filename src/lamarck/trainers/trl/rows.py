"""Training rows as tokens: which of them are learned, in what order they come, and batches of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, Protocol

import torch
from torch import Tensor

from lamarck.core import Message, Row, UsageError
from lamarck.trainers.lean import dpo, sft
from lamarck.trainers.lean.exchange import PairSettings
from lamarck.trainers.lean.loop import alike
from lamarck.trainers.lean.sft import IGNORED
from lamarck.trainers.trl.exchange import Order


class Words(Protocol):
    """What a kind of model makes of messages; the same as in sampling."""

    tokenizer: Any
    """The library's own."""

    def parts(self, messages: Sequence[Message], learn: Sequence[bool]) -> Sequence[Any]:
        """A training text in stretches: `ids`, and whether they are `learned`."""
        ...

    def beginning(self, messages: Sequence[Message]) -> list[int]:
        """The tokens that the model goes on from."""
        ...

    def encode(self, words: str) -> list[int]:
        """Tokens of a text alone."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """What the model wrote."""
        ...

    def close(self) -> None:
        """It will not be asked again."""
        ...


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Makes rows of tokens, cut to a length."""

    words: Words
    length: int

    def text(self, messages: Sequence[Message], learn: Sequence[bool], weight: float) -> sft.Row:
        """A text as a row."""
        if any(message.images for message in messages):
            raise UsageError("training reads text only, but a row holds images; leave such experiences out")
        ids, labels = list[int](), list[int]()
        for part in self.words.parts(messages, learn):
            ids += part.ids
            labels += part.ids if part.learned else [IGNORED] * len(part.ids)
        return sft.Row(ids=tuple(ids[: self.length]), labels=tuple(labels[: self.length]), weight=weight)

    def pair(self, row: Row) -> dpo.Pair:
        """A preference pair: what is rejected stands in place of all from the first learned message on."""
        start = next((at for at, learned in enumerate(row.learn) if learned), len(row.learn))
        other = (*(False for _ in range(start)), *(message.role == "assistant" for message in row.rejected))
        return dpo.Pair(
            chosen=self.text(row.messages, row.learn, row.weight),
            rejected=self.text((*row.messages[:start], *row.rejected), other, row.weight),
        )

    def stream(self, rows: Sequence[Row], seed: int) -> list[sft.Row]:
        """Whole texts one after the other, an end mark behind each, cut into rows of the full length."""
        order = Random(seed).sample(range(len(rows)), len(rows))
        ids = list[int]()
        for at in order:
            text = "\n".join(message.text for message in rows[at].messages)
            ids += [*self.words.encode(text), self.words.tokenizer.eos_token_id]
        cut = [tuple(ids[at : at + self.length]) for at in range(0, len(ids), self.length)]
        return [sft.Row(ids=part, labels=part) for part in cut if len(part) > 1]


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """A row's tokens, and the number of the row they came from."""

    row: int
    made: sft.Row
    rejected: sft.Row | None = None
    good: bool = True
    """Of single verdicts."""

    @property
    def length(self) -> int:
        """Tokens of the longer text."""
        return max(len(self.made.ids), len(self.rejected.ids) if self.rejected else 0)

    @property
    def taught(self) -> bool:
        """Whether anything is left to learn after the cut."""
        both = (self.made, *((self.rejected,) if self.rejected else ()))
        return all(any(label != IGNORED for label in text.labels[1:]) for text in both)


def numbered(order: Order, reader: Reader) -> list[Numbered]:
    """All rows as the loss reads them, in the order of training. Raises: UsageError where nothing is left."""
    if order.loss == "clm":
        made = [Numbered(row=at, made=row) for at, row in enumerate(reader.stream(order.rows, order.settings.seed))]
    else:
        made = [one for at, row in enumerate(order.rows) for one in _read(order.loss, at, row, reader)]
    left = [one for one in made if one.taught]
    if not left:
        raise UsageError(
            f"none of the {len(made):,} texts has a learned token within length={reader.length:,}; raise length"
        )
    return _ordered(left, order)


def _read(loss: str, at: int, row: Row, reader: Reader) -> list[Numbered]:
    if loss == "kto" and row.rejected:
        pair = reader.pair(row)
        return [Numbered(row=at, made=pair.chosen), Numbered(row=at, made=pair.rejected, good=False)]
    if row.rejected:
        pair = reader.pair(row)
        return [Numbered(row=at, made=pair.chosen, rejected=pair.rejected)]
    return [Numbered(row=at, made=reader.text(row.messages, row.learn, row.weight), good=row.good)]


def _ordered(rows: Sequence[Numbered], order: Order) -> list[Numbered]:
    """Shuffled, rows of like length in one batch, as the lean loop orders them; a short batch comes last.

    With ``ordered`` they stay as they are.
    """
    settings, mixed = order.settings, list(rows)
    if settings.ordered:
        return mixed
    Random(settings.seed).shuffle(mixed)
    cut = list(alike(mixed, settings.batch, Random(settings.seed), lambda one: one.length))
    return [one for batch in sorted(cut, key=lambda batch: len(batch) < settings.batch) for one in batch]


def padded(rows: Sequence[sft.Row], filler: int) -> dict[str, Tensor]:
    """Rows side by side, padded on the right: ids, attention, labels (not shifted), and weights."""
    longest = max(len(row.ids) for row in rows)

    def tensor(values: Sequence[Sequence[int]], fill: int) -> Tensor:
        return torch.tensor([(*some, *(fill for _ in range(longest - len(some)))) for some in values])

    return {
        "input_ids": tensor([row.ids for row in rows], filler),
        "attention_mask": tensor([[1] * len(row.ids) for row in rows], 0),
        "labels": tensor([row.labels for row in rows], IGNORED),
        "weights": torch.tensor([row.weight for row in rows]),
    }


def counted(pairs: Sequence[dpo.Pair], scope: Literal["text", "step"]) -> Tensor:
    """Which tokens of the chosen texts, then of the rejected ones, the comparison counts, (2B,T)."""
    shifted = dpo.collate(pairs, PairSettings(scope=scope)).counts
    return torch.cat((torch.zeros(len(shifted), 1, dtype=torch.bool), shifted), dim=1)
