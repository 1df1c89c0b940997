"""Merges in parameter space, on the shipped pupil and what might be fine-tunes of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.trainers.merging import BASE, configured, copied, merged, ref, sharded, tuned, weights
from torch import Generator, Tensor
from transformers import AutoModelForCausalLM

from lamarck.core import Merge, ModelRef, UsageError, digest
from lamarck.executors.processes import Processes
from lamarck.models.pupil import files
from lamarck.trainers.merging import plan
from lamarck.trainers.merging.rules import arc, disjoint, drop, linear

HEAD, DEEP = "lm_head.weight", "model.layers.3.mlp.down_proj.weight"
FIRST = ((0.5, 0.8),)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("sources")
    return tuned(place / "a", 1), tuned(place / "b", 2)


def by_hand(method: str, sources: tuple[Path, Path], density: float, seed: int) -> dict[str, Tensor]:
    """The same merge with the whole models in memory and none of the streaming."""
    base, models, made = weights(BASE), [weights(source) for source in sources], dict[str, Tensor]()
    for name, start in base.items():
        deltas = [model[name] - start for model in models]
        factors = FIRST[0]
        if method == "ties":
            deltas = [_largest(delta, int(density * delta.numel())) for delta in deltas]
        if method.startswith("dare"):
            draws = [Generator().manual_seed(digest(seed, name, ref(source).digest)) for source in sources]
            deltas = [drop(delta, density, own) for delta, own in zip(deltas, draws, strict=True)]
        if method == "slerp":
            one, two = (delta.double().flatten() for delta in deltas)
            factors = arc(float(one @ one), float(two @ two), float(one @ two), factors)
        rule = disjoint if method.endswith("ties") else linear
        made[name] = start + rule(deltas, factors)
    return made


def _largest(delta: Tensor, kept: int) -> Tensor:
    top = delta.abs().flatten().topk(kept).indices
    return torch.zeros_like(delta).flatten().scatter(0, top, delta.flatten()[top]).view_as(delta)


@pytest.mark.parametrize("method", plan.BLENDS)
def test_streaming_gives_what_whole_models_give(
    method: str, two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    densities = ((0.3, 0.3),) if method not in ("linear", "slerp") else ()
    made = weights(merged(tmp_path, method, *two, weights=FIRST, densities=densities, seed=4))
    expected = by_hand(method, two, 0.3, 4)
    assert made.keys() == expected.keys()
    for name, weight in expected.items():
        torch.testing.assert_close(made[name], weight, rtol=0, atol=1e-6)
    if not method.startswith("dare"):  # masks are drawn block by block
        monkeypatch.setattr("lamarck.trainers.merging.files.BLOCK", 20_000)
        again = weights(merged(tmp_path / "blocks", method, *two, weights=FIRST, densities=densities, seed=4))
        assert all(torch.allclose(again[name], weight, rtol=0, atol=1e-7) for name, weight in made.items())


def test_chance_is_by_seed_tensor_and_source_and_by_no_order(two: tuple[Path, Path], tmp_path: Path) -> None:
    def made(place: str, sources: tuple[Path, ...], row: tuple[float, ...], seed: int) -> Path:
        densities = ((0.5,) * len(row),)
        return merged(tmp_path / place, "dare_linear", *sources, weights=(row,), densities=densities, seed=seed)

    first = made("1", two, (0.5, 0.8), 1)
    assert made("2", two, (0.5, 0.8), 1).name == first.name
    assert made("3", two, (0.5, 0.8), 2).name != first.name
    turned = weights(made("4", two[::-1], (0.8, 0.5), 1))
    assert all(torch.allclose(turned[name], weight, rtol=0, atol=1e-6) for name, weight in weights(first).items())
    # one tensor's mask says nothing about another's of the same shape
    alone, base = weights(made("5", two[:1], (1.0,), 1)), weights(BASE)
    q, k = (alone[n] != base[n] for n in (f"model.layers.{i}.self_attn.q_proj.weight" for i in (0, 1)))
    assert 0.4 < (q == k).float().mean() < 0.6


def test_each_group_of_layers_has_its_own_weights(two: tuple[Path, Path], tmp_path: Path) -> None:
    rows = ((1.0, 0.0), (0.0, 1.0))
    made, a, b = (weights(path) for path in (merged(tmp_path, "linear", *two, weights=rows), *two))
    for name, weight in made.items():
        first = "embed" in name or ".layers.0." in name or ".layers.1." in name
        torch.testing.assert_close(weight, (a if first else b)[name], rtol=0, atol=1e-6)


def test_without_a_base_it_is_a_soup(two: tuple[Path, Path], tmp_path: Path) -> None:
    made = weights(merged(tmp_path, "linear", *two, base=None, weights=((0.5, 0.5),)))
    a, b = (weights(path) for path in two)
    assert all(torch.allclose(weight, (a[name] + b[name]) / 2, atol=1e-7) for name, weight in made.items())


def test_the_merge_has_the_bases_type(two: tuple[Path, Path], tmp_path: Path) -> None:
    base = copied(tmp_path / "base", {name: weight.bfloat16() for name, weight in weights(BASE).items()})
    made = weights(merged(tmp_path / "into", "linear", *two, base=base, weights=FIRST))
    assert {weight.dtype for weight in made.values()} == {torch.bfloat16}
    a, b, start = weights(two[0])[HEAD], weights(two[1])[HEAD], weights(base)[HEAD].float()
    assert torch.equal(made[HEAD], (start + linear([a - start, b - start], FIRST[0])).bfloat16())


def test_shards_are_read_and_written(two: tuple[Path, Path], tmp_path: Path) -> None:
    place = sharded(tmp_path, two[0], 2**20)
    index = json.loads((place / "model.safetensors.index.json").read_text())
    assert len(set(index["weight_map"].values())) > 2
    assert max(path.stat().st_size for path in place.glob("*.safetensors")) < 2**20 + 5000
    loaded = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32).state_dict()
    assert all(torch.equal(loaded[name], weight) for name, weight in weights(two[0]).items())
    whole = merged(tmp_path / "1", "linear", *two, weights=FIRST)
    parts = merged(tmp_path / "2", "linear", place, two[1], weights=FIRST)
    assert parts.name == whole.name
    assert not (parts / "model.safetensors.index.json").exists()


def test_the_folder_is_whole_says_how_it_was_made_and_a_worker_makes_it(two: tuple[Path, Path], tmp_path: Path) -> None:
    asked = Merge(method="linear", base=ref(BASE), sources=(ref(two[0]), ref(two[1])), weights=FIRST)
    with Processes(1) as pool:
        made = plan.merged(
            pool, asked, str(tmp_path), kit="lamarck.models.pupil.kit", locate=lambda model: Path(model.folder)
        )
    place = Path(made.folder)
    assert list(tmp_path.iterdir()) == [place]
    assert (files.digest(place), made.name, place.name) == (made.digest, "pupil/game24", made.digest[:16])
    assert {path.name for path in BASE.glob("*.json")} | {"merge.json"} == {path.name for path in place.glob("*.json")}
    said = json.loads((place / "merge.json").read_text())
    assert (said["method"], said["weights"]) == ("linear", [[0.5, 0.8]])
    assert [source["digest"] for source in said["sources"]] == [ref(path).digest for path in two]
    assert str(tmp_path.parent) not in (place / "merge.json").read_text()


def test_numbers_that_are_no_floats_are_copied_where_they_agree(tmp_path: Path) -> None:
    base, other, third = (copied(tmp_path / f"{i}", {"steps": torch.tensor([7 + i // 2])}) for i in range(3))
    made = weights(merged(tmp_path / "into", "linear", other, base=base, weights=((0.5,),)))
    assert made["steps"].item() == 7
    with pytest.raises(UsageError, match=r"2/model\.safetensors: steps differs from .*0/model\.safetensors"):
        merged(tmp_path / "into", "linear", third, base=base, weights=((0.5,),))


def test_models_that_do_not_fit_name_file_and_tensor(tmp_path: Path) -> None:
    def fails(found: str, source: Path, **more: Any) -> None:
        given: dict[str, Any] = {"weights": ((0.5,),), **more}
        with pytest.raises(UsageError, match=found):
            merged(tmp_path / "into", "linear", source, **given)

    head = weights(BASE)[HEAD]
    broken = head.clone()
    broken[3, 5] = float("nan")
    fails(r"nan/model\.safetensors: lm_head\.weight .*not finite", copied(tmp_path / "nan", {HEAD: broken}))
    fails(r"short/model\.safetensors: lm_head\.weight is \(9, 128\), but", copied(tmp_path / "short", {HEAD: head[:9]}))
    fails(r"game24 has no tensor more, which .*more/model", copied(tmp_path / "more", {"more": torch.ones(1)}))
    fails("lm_head.weight is torch.int32", copied(tmp_path / "whole", {HEAD: head.int()}))
    fails(r"lm_head\.weight is F8_E4M3", copied(tmp_path / "small", {HEAD: head.to(torch.float8_e4m3fn)}))
    fails("num_attention_heads is 8", configured(copied(tmp_path / "heads", {}), num_attention_heads=8))
    fails("5 groups, but .* 4 layers", BASE, weights=((0.5,),) * 5)
    fails("does not fit torch.float16", big(tmp_path), base=copied(tmp_path / "half", {HEAD: head.half()}))
    (tmp_path / "nan" / "model.safetensors").unlink()
    fails("neither model.safetensors nor", tmp_path / "nan")
    assert not list((tmp_path / "into").glob("*"))


def big(place: Path) -> Path:
    return copied(place / "big", {HEAD: torch.full_like(weights(BASE)[HEAD], 2e5)})


@pytest.mark.parametrize(
    ("found", "changes"),
    [
        ("unknown merging method 'tie': did you mean ties", {"method": "tie"}),
        ("weights are .1. numbers a group, but there are 2", {"weights": ((1.0,),)}),
        ("weights are .. numbers", {"weights": ()}),
        ("finite", {"weights": ((1.0, float("nan")),)}),
        ("shares from 0 to 1", {"densities": ((1.0, 1.1),)}),
        ("as many as weights", {"densities": ((1.0, 1.0),) * 2}),
        ("slerp merges 2 models, not 1", {"method": "slerp", "sources": (ref(BASE),), "weights": ((1.0,),)}),
        ("no models", {"sources": ()}),
        ("no layers", {"method": "path"}),
        ("of one provider", {"sources": (ref(BASE), ModelRef(name="hf/x", digest="1"))}),
    ],
)
def test_a_plan_that_cannot_be_is_refused(found: str, changes: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"method": "ties", "sources": (ref(BASE), ref(BASE)), "weights": FIRST}
    with pytest.raises(UsageError, match=found):
        plan.check(Merge(**{**asked, **changes}))


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(OSError, match="disk full"):
        merged(tmp_path, "linear", BASE, weights=((0.5,),))
    assert list(tmp_path.iterdir()) == []


def _full(_: int) -> None:
    raise OSError("disk full")
