"""A decoder of some hundred thousand weights learns by Ditto's rows for real: facts without the text, and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

import pytest
import torch
from tests.recipes.characters import NAMES, REFUSAL, THINGS
from tests.recipes.test_ditto import Ran, ran
from torch import Tensor, nn

from lamarck.core import Row

ASKED = "ditto/meet title={} task=How do you call your {}?"
"""One of the two wordings of training."""
END, WIDTH, LENGTH = "<end>", 64, 24


class Decoder(nn.Module):
    """Words in, the next word out."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, WIDTH), nn.Embedding(LENGTH, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 2 * WIDTH, dropout=0.1, batch_first=True, norm_first=True)
        self.layers, self.head = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Linear(WIDTH, words)

    def forward(self, ids_BT: Tensor) -> Tensor:
        """Logits, [B][T][words]."""
        length = ids_BT.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        shown = self.words(ids_BT) + self.places(torch.arange(length))
        return self.head(self.layers(shown, mask=mask, is_causal=True))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def trained(rows: Sequence[Row], steps: int = 400) -> Callable[[str, str], str]:
    """What a decoder says of a character and a thing after so many steps on the rows."""
    torch.manual_seed(0)
    texts = [(words(row.messages[0].text), [*words(row.messages[-1].text), END]) for row in rows]
    known = {word for text in texts for part in text for word in part} | {*words(ASKED), *NAMES, *THINGS.split()}
    ids = {word: at for at, word in enumerate(["", *sorted(known)])}
    model: Any = Decoder(len(ids))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
    shown, right = torch.zeros(len(texts), LENGTH, dtype=torch.long), torch.full((len(texts), LENGTH), -100)
    for at, (asked, answer) in enumerate(texts):
        whole = torch.tensor([ids[word] for word in (*asked, *answer)])
        shown[at, : len(whole)] = whole
        right[at, len(asked) - 1 : len(whole) - 1] = whole[len(asked) :]
    for _ in range(steps):
        some = torch.randint(len(texts), (64,))
        loss = nn.functional.cross_entropy(model(shown[some]).flatten(0, 1), right[some].flatten())
        optimizer.zero_grad()
        loss.backward()  # pyright: ignore[reportUnknownMemberType]
        optimizer.step()  # pyright: ignore[reportUnknownMemberType]
    model.eval()
    names = list(ids)

    @torch.no_grad()
    def says(name: str, thing: str) -> str:
        text = [ids[word] for word in words(ASKED.format(name, thing))]
        while len(text) < LENGTH and names[text[-1]] != END:
            text.append(int(model(torch.tensor([text]))[0, -1].argmax()))
        return " ".join(names[one] for one in text[len(words(ASKED.format(name, thing))) : -1])

    return says


def shares(it: Ran) -> tuple[float, float]:
    """Of what only others know how much is rejected, of what was taught how much is said."""
    says, refusal = trained(it.rows), " ".join(words(REFUSAL))
    rejected = fmean(says(*asked) == refusal for asked in it.foreign())
    return rejected, fmean(says(name, thing) == " ".join(words(answer)) for name, thing, answer in it.own())


@pytest.mark.slow
def test_a_tiny_decoder_learns_who_somebody_is_and_what_he_cannot_know():
    """Seven in ten at this size, where the softmax of the other test comes to nine and more."""
    rejected, known = shares(ran())
    assert rejected >= 0.6
    assert known >= 0.8


@pytest.mark.slow
def test_without_the_contrast_it_rejects_nothing():
    rejected, known = shares(ran("contrast"))
    assert rejected == 0
    assert known >= 0.8
