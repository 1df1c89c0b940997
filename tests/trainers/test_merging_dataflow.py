"""Merges in data-flow space: paths through the layers of the shipped pupil and what might be a fine-tune of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.trainers.merging import BASE, configured, copied, merged, ref, tuned, weights
from torch import Tensor
from transformers import AutoModelForCausalLM

from lamarck.core import Hop, Merge, UsageError
from lamarck.models.pupil import folder, tokenizer
from lamarck.models.pupil.llama import Llama
from lamarck.trainers.merging import plan

IDS = torch.tensor([tokenizer.encode("4 6 8 13>24|13-8=5,4 5 6>24;6-5=1,1 4>24;4*1=4.")])
IDENTITY = tuple(Hop(source=0, layer=layer) for layer in range(4))
VISITS = ((0, 0, 1.0), (1, 2, 0.7), (0, 3, 1.6), (1, 2, 0.9), (0, 1, 1.0), (1, 3, 2.5))
MIXED = tuple(Hop(source=source, layer=layer, scale=scale) for source, layer, scale in VISITS)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tuned(tmp_path_factory.mktemp("sources") / "a", 1)


def followed(path: Sequence[Hop], *models: Llama) -> Tensor:
    """Logits by the paper's own words: each layer reads the hidden state times its scale."""
    first, length = models[0], IDS.shape[1]
    x = first.embed(IDS)
    for hop in path:
        block = models[hop.source].blocks[hop.layer]
        x = block(hop.scale * x, first.cos[:length], first.sin[:length], first.mask[:length, :length])
    return first.head(first.norm(x))


def made(into: Path, path: tuple[Hop, ...], *sources: Path, **more: Any) -> Path:
    return merged(into, "path", *sources, base=None, path=path, **more)


def test_the_identity_path_is_source_0_bit_for_bit(other: Path, tmp_path: Path) -> None:
    place = made(tmp_path, IDENTITY, BASE, other)
    found, expected = weights(place), weights(BASE)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], weight) for name, weight in expected.items())
    read = (json.loads((at / "config.json").read_text()) for at in (place, BASE))
    assert next(read) == next(read)


@torch.no_grad()
def test_a_folded_scale_computes_what_the_paper_says(other: Path, tmp_path: Path) -> None:
    place = made(tmp_path, MIXED, BASE, other)
    models = folder.load(BASE), folder.load(other)
    expected, found = followed(MIXED, *models), folder.load(place)(IDS)
    assert (found - expected).abs().max() < 1e-4
    # the scales matter: without them the same layers say something else
    plain = [Hop(source=hop.source, layer=hop.layer) for hop in MIXED]
    assert (followed(plain, *models) - expected).abs().max() > 1e-1
    # and it is an ordinary model
    ordinary = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32)
    assert ordinary.config.num_hidden_layers == 6
    assert (ordinary(IDS).logits - expected).abs().max() < 1e-4


def test_what_is_outside_layers_and_the_type_are_source_0s(other: Path, tmp_path: Path) -> None:
    half = copied(tmp_path / "half", {name: weight.bfloat16() for name, weight in weights(other).items()})
    found = weights(made(tmp_path / "into", (Hop(source=0, layer=1),), half, BASE))
    assert {weight.dtype for weight in found.values()} == {torch.bfloat16}
    found = weights(made(tmp_path / "into", (Hop(source=1, layer=1),), BASE, half))
    assert {weight.dtype for weight in found.values()} == {torch.float32}
    for name in ("model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"):
        assert torch.equal(found[name], weights(BASE)[name])
    name = "model.layers.{}.self_attn.q_proj.weight"
    assert torch.equal(found[name.format(0)], weights(half)[name.format(1)].float())


def test_kinds_of_layers_follow_the_path(tmp_path: Path) -> None:
    base = configured(copied(tmp_path / "base", {}), layer_types=["a", "b", "c", "d"])
    place = made(tmp_path / "into", (Hop(source=0, layer=2), Hop(source=0, layer=0), Hop(source=0, layer=2)), base)
    assert json.loads((place / "config.json").read_text())["layer_types"] == ["c", "a", "c"]


def test_paths_that_cannot_be_are_refused(other: Path, tmp_path: Path) -> None:
    def fails(found: str, *sources: Path, **more: Any) -> None:
        hop = Hop(**{"source": 0, "layer": 0, **more})
        with pytest.raises(UsageError, match=found):
            made(tmp_path / "into", (hop,), *sources)

    fails(r"no tensor model\.layers\.4\..* layers 0 to 3", BASE, layer=4)
    fails("sources 0 to 0", BASE, source=1)
    fails("scales are above 0", BASE, scale=-1.0)
    fails("scales can be folded into llama", configured(copied(tmp_path / "g", {}), model_type="gemma2"), scale=2.0)
    name = "model.layers.0.mlp.down_proj.weight"
    short = copied(tmp_path / "short", {name: weights(other)[name][:5].clone()})
    fails(r"short/model\.safetensors: model\.layers\.0\.mlp\.down_proj", BASE, short, source=1)
    broken = copied(tmp_path / "nan", {name: torch.full_like(weights(other)[name], float("nan"))})
    fails(r"nan/model\.safetensors: model\.layers\.0.*not finite", BASE, broken, source=1)
    with pytest.raises(UsageError, match="has no base"):
        plan.check(Merge(method="path", base=ref(BASE), sources=(ref(other),), path=IDENTITY))
    assert not list((tmp_path / "into").glob("*"))
