"""Samples on their way: what each was asked, what it has said, and the token it says next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import torch
from torch import Tensor

from lamarck.models.hf.reader import Reader
from lamarck.models.hf.trie import Node
from lamarck.models.pupil.chance import choose
from lamarck.models.pupil.draws import Manner


@dataclass(kw_only=True, eq=False)
class Row:
    """One sample."""

    ids: tuple[int, ...]
    """Of the prompt."""
    manner: Manner
    noise: Sequence[float]
    """In [0,1), one a token: from the sample's own seed."""
    reader: Reader
    stop: tuple[str, ...] = ()
    node: Node | None = None
    """Where the sample stands in the tree of allowed answers."""
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the model is given besides tokens: pictures."""
    tokens: list[int] = field(default_factory=list[int])
    logprobs: list[float] = field(default_factory=list[float])
    """The end mark's too, where it came."""
    done: Literal["", "stop", "length"] = ""

    @property
    def said(self) -> tuple[int, ...]:
        """All tokens so far, the prompt's and its own."""
        return (*self.ids, *self.tokens)

    @property
    def length(self) -> int:
        """Tokens so far."""
        return len(self.ids) + len(self.tokens)

    @property
    def left(self) -> int:
        """Tokens that it may still write."""
        return self.manner.max_tokens - len(self.tokens)

    def hear(self, token: int, logprob: float) -> None:
        """Go on by a token."""
        self.logprobs.append(logprob)
        if self.node is not None:
            if token in self.node.after:
                self.tokens.append(token)
                self.node = self.node.after[token]
            if token not in self.reader.ends and self.node.after:
                return
            self.done = "stop"
        elif token in self.reader.ends:
            self.done = "stop"
        else:
            self.tokens.append(token)
            if self.stop and self._stopped():
                self.done = "stop"
            elif self.left <= 0:
                self.done = "length"

    def _stopped(self) -> bool:
        # a character has at most four bytes, and a token at least one
        longest = 4 * max(map(len, self.stop)) + 4
        tail = self.reader.decode(self.tokens[-longest:])
        return any(mark in tail for mark in self.stop)


def advance(rows: Sequence[Row], logits: Tensor) -> None:
    """Give every row its next token. In: logits (R,V) in the rows' order."""
    logits = logits.float()
    free = dict[tuple[float, int | None, float | None], list[int]]()
    for at, row in enumerate(rows):
        if row.node is None:
            manner = row.manner
            free.setdefault((manner.temperature, manner.top_k, manner.top_p), []).append(at)
        else:
            _constrained(row, logits[at])
    for (temperature, _, _), places in free.items():
        some = logits if len(places) == len(rows) else logits[places]
        drawn = [rows[at].noise[len(rows[at].tokens)] if temperature else 0.0 for at in places]
        noise = torch.tensor(drawn, device=logits.device)
        order = torch.arange(len(places), device=logits.device)
        tokens, chances = choose(some, order, noise, rows[places[0]].manner)
        pairs = zip(cast("list[int]", tokens.tolist()), cast("list[float]", chances.tolist()), strict=True)
        for at, (token, chance) in zip(places, pairs, strict=True):
            rows[at].hear(token, chance)


def _constrained(row: Row, logits: Tensor) -> None:
    """The next token of an answer that is one of a few. Its log-probability is that among all tokens."""
    assert row.node is not None
    allowed = [*row.node.after, *([row.reader.end] if row.node.ends and row.reader.end is not None else [])]
    plain = logits.log_softmax(-1)[allowed]
    at = 0
    if row.manner.temperature == 0:
        at = int(plain.argmax())
    elif len(allowed) > 1:
        ladder = (plain / row.manner.temperature).softmax(-1).cumsum(-1)
        noise = row.noise[len(row.tokens)] * float(ladder[-1])
        at = min(int((ladder <= noise).sum()), len(allowed) - 1)
    row.hear(allowed[at], float(plain[at]))
