"""A decoder of some twenty thousand weights over words, made and trained on the spot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

WORD = re.compile(r"\w+|[^\w\s]")
PAD, UNKNOWN, ASKED, END = range(4)
"""Filling, a word that was never seen, the end of what was asked, the end of an answer."""
SIZE, LONGEST, RATE = 32, 96, 5e-3


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Words by number."""

    words: tuple[str, ...]

    def encode(self, text: str) -> list[int]:
        known = {word: number for number, word in enumerate(self.words, start=4)}
        return [known.get(word, UNKNOWN) for word in WORD.findall(text)]

    def decode(self, numbers: Sequence[int]) -> str:
        return " ".join(self.words[number - 4] if number > END else "?" for number in numbers)


class Tiny(nn.Module):
    """One block of attention over what stands before."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.words = nn.Embedding(len(vocabulary.words) + 4, SIZE, padding_idx=PAD)
        self.places = nn.Embedding(LONGEST, SIZE)
        self.block = nn.TransformerEncoderLayer(SIZE, 2, 2 * SIZE, dropout=0.0, batch_first=True, norm_first=True)
        self.out = nn.Linear(SIZE, len(vocabulary.words) + 4)

    def forward(self, numbers: Tensor) -> Tensor:
        length = numbers.shape[1]
        before = nn.Transformer.generate_square_subsequent_mask(length)
        return self.out(self.block(self.words(numbers) + self.places(torch.arange(length)), before, is_causal=True))

    @torch.no_grad()
    def answer(self, asked: str, longest: int = 12) -> str:
        """The likeliest words."""
        shown = [*self.vocabulary.encode(asked), ASKED]
        said = list[int]()
        while len(said) < longest:
            next_word = int(self(torch.tensor([[*shown, *said][-LONGEST:]]))[0, -1].argmax())
            if next_word == END:
                break
            said.append(next_word)
        return self.vocabulary.decode(said)


def taught(rows: Sequence[tuple[str, str]], *, steps: int, seed: int = 0, batch: int = 16) -> Tiny:
    """A decoder that saw these pairs of what is asked and what is answered; one word asked in eight is hidden."""
    generator = torch.Generator().manual_seed(seed)
    words = {word for pair in rows for text in pair for word in WORD.findall(text)}
    with torch.random.fork_rng():
        torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType]
        model = Tiny(Vocabulary(words=tuple(sorted(words))))
    encode = model.vocabulary.encode
    pairs = [([*encode(asked), ASKED], [*encode(said), END]) for asked, said in rows]
    width = min(LONGEST, max(len(asked) + len(said) for asked, said in pairs))
    shown, wanted = torch.full((len(rows), width), PAD), torch.full((len(rows), width), -100)
    for at, (asked, said) in enumerate(pairs):
        whole = [*asked, *said][:width]
        shown[at, : len(whole)] = torch.tensor(whole)
        wanted[at, len(asked) - 1 : len(whole) - 1] = torch.tensor(whole[len(asked) :])
    weights = list(model.parameters())
    means, squares = [torch.zeros_like(one) for one in weights], [torch.zeros_like(one) for one in weights]
    for step in range(1, steps + 1):
        chosen = torch.randint(len(rows), (batch,), generator=generator)
        hidden = (torch.rand((batch, width), generator=generator) < 1 / 8) & (wanted[chosen] == -100)
        numbers = shown[chosen].masked_fill(hidden & (shown[chosen] > END), UNKNOWN)
        loss = nn.functional.cross_entropy(model(numbers).transpose(1, 2), wanted[chosen], ignore_index=-100)
        slopes = torch.autograd.grad(loss, weights)
        with torch.no_grad():  # Adam by hand: torch's own takes a second to import
            for one, slope, mean, square in zip(weights, slopes, means, squares, strict=True):
                mean.lerp_(slope, 0.1)
                square.lerp_(slope * slope, 0.01)
                one -= RATE * (mean / (1 - 0.9**step)) / ((square / (1 - 0.99**step)).sqrt() + 1e-8)
    return model.eval()
