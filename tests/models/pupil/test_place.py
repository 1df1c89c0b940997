"""Where the pupil places texts: the mean of its last layer's vectors, the same alone and among others."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
import torch
from transformers import AutoModel

from lamarck.core import Embedding
from lamarck.executors.processes import Processes
from lamarck.models.pupil import files, tokenizer
from lamarck.models.pupil.decode import Decoder
from lamarck.models.pupil.folder import load
from lamarck.models.pupil.model import Pupil
from lamarck.models.pupil.placer import places

BASE = files.reference("game24")
TEXTS = ["4 6 8 13>24|13-8=5,4 5 6>24;6*4=24,", "1 5 7 10>24|", "x", "8*3=24,", "12 20 31>39|", "1 2"]


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return Decoder(load(files.locate(BASE)))


@pytest.fixture(scope="module")
def pupil() -> Iterator[Pupil]:
    with Processes(1) as processes:
        yield Pupil(BASE, processes)


def test_a_text_lies_where_the_same_weights_in_transformers_put_it(decoder: Decoder):
    model = cast("Any", AutoModel).from_pretrained(files.locate(BASE), dtype=torch.float32)
    ids = [tuple(tokenizer.encode(text)) for text in TEXTS]
    for said, vector in zip(ids, places(decoder, ids), strict=True):
        with torch.inference_mode():
            mean = model(torch.tensor([said])).last_hidden_state[0].mean(0)
        assert torch.allclose(torch.tensor(vector), mean / mean.norm(), atol=2e-5)


def test_alone_and_among_others_is_the_same_to_the_last_bit(decoder: Decoder):
    ids = [tuple(tokenizer.encode(text)) for text in TEXTS]
    many = places(decoder, ids * 9 + [ids[0][:n] for n in range(1, 20)])
    assert [places(decoder, [said])[0] for said in ids] == many[: len(ids)] == many[len(ids) : 2 * len(ids)]


def test_callers_get_unit_vectors_of_what_it_can_read(pupil: Pupil):
    assert isinstance(pupil, Embedding)
    assert "embed" in pupil.capabilities
    found = pupil.embed(["1 5 7 10>24|", "1 5 7 10>24|\n", "Ünreadable é", "nreadable ", "…", "", "x" * 1000])
    assert all(abs(sum(x * x for x in vector) - 1) < 1e-5 for vector in found)
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert found[4] == found[5] != found[0]
    assert pupil.embed([]) == []
