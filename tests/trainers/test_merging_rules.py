"""The rules by hand, and beside PEFT."""

from __future__ import annotations

import math
import warnings
from typing import Literal

import pytest
import torch
from peft import LoraConfig, get_peft_model
from peft.utils import merge_utils
from torch import Generator, Tensor
from transformers import LlamaConfig, LlamaForCausalLM

from lamarck.trainers.merging.rules import arc, disjoint, drop, linear, trim

WEIGHTS = (0.7, 1.3, -0.4)


def deltas(seed: int = 0) -> list[Tensor]:
    draws = Generator().manual_seed(seed)
    return [torch.randn(7, 11, generator=draws) for _ in WEIGHTS]


def trimmed(delta: Tensor, density: float, *, rows: int = 2) -> Tensor:
    blocks = [delta[at : at + rows] for at in range(0, len(delta), rows)]
    cut = trim(lambda: blocks, int(density * delta.numel()))
    return torch.cat([cut(block) for block in blocks])


def test_ties_by_hand() -> None:
    # signs of the sums: + (3-1), - (-2-4), + (2-2 is zero: plus)
    one, two = torch.tensor([3.0, -2.0, 2.0]), torch.tensor([-1.0, -4.0, -2.0])
    assert disjoint([one, two], [1.0, 1.0]).tolist() == [3.0, -3.0, 2.0]
    assert disjoint([one, two], [1.0, 0.5]).tolist() == [3.0, -2.0, 2.0]
    assert linear([one, two], [1.0, 0.5]).tolist() == [2.5, -4.0, 1.0]


def test_an_entry_that_was_dropped_does_not_count() -> None:
    assert disjoint([torch.tensor([0.0]), torch.tensor([4.0])], [1.0, 1.0]).tolist() == [4.0]
    assert disjoint([torch.zeros(1), torch.zeros(1)], [1.0, 1.0]).tolist() == [0.0]


def test_the_largest_are_kept_whatever_their_sign_and_of_equals_the_first() -> None:
    delta = torch.tensor([0.1, -5.0, 2.0, -2.0, 2.0, 0.0])
    assert trimmed(delta, 0.5, rows=2).tolist() == [0.0, -5.0, 2.0, -2.0, 0.0, 0.0]
    assert trimmed(delta, 0.0).tolist() == [0.0] * 6
    # sizes that differ in the last bit of float32 only
    near = torch.tensor([1.0, 1.0 + 2**-23, 1.0 - 2**-24])
    assert trimmed(near, 0.34).tolist() == [0.0, near[1].item(), 0.0]


@pytest.mark.parametrize("density", [0.03, 0.2, 0.5, 0.99])
def test_trimming_in_blocks_is_pefts_pruning_of_the_whole(density: float) -> None:
    for delta in deltas():
        assert torch.equal(trimmed(delta, density), merge_utils.magnitude_based_pruning(delta, density))


def test_what_is_kept_by_chance_keeps_the_mean() -> None:
    delta = torch.ones(400_000)
    kept = drop(delta, 0.1, Generator().manual_seed(3))
    assert kept.unique().tolist() == pytest.approx([0.0, 10.0])
    assert kept.mean().item() == pytest.approx(1.0, abs=0.02)
    assert drop(delta, 0.0, Generator()).count_nonzero() == 0


@pytest.mark.parametrize("density", [0.2, 0.5, 1.0])
def test_the_rules_are_pefts(density: float) -> None:
    ours, weights = deltas(), torch.tensor(WEIGHTS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PEFT says that a density of 1 prunes nothing
        kept = [trimmed(delta, density) if density < 1 else delta for delta in ours]
        close(disjoint(kept, WEIGHTS), merge_utils.ties(ours, weights, density))
        close(linear(kept, WEIGHTS), merge_utils.magnitude_prune(ours, weights, density))
        close(linear(ours, WEIGHTS), merge_utils.task_arithmetic(ours, weights))
        for rule, theirs in ((linear, merge_utils.dare_linear), (disjoint, merge_utils.dare_ties)):
            torch.manual_seed(5)
            expected = theirs(ours, weights, density)
            torch.manual_seed(5)  # theirs draws from the global source; the masks must be the same to compare
            masks = [torch.bernoulli(torch.full_like(delta, density)) for delta in ours]
            close(rule([d * mask / density for d, mask in zip(ours, masks, strict=True)], WEIGHTS), expected)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")  # PEFT asks for it
@pytest.mark.parametrize("method", ["ties", "magnitude_prune"])
def test_merged_adapters_of_a_small_llama_are_pefts(method: Literal["ties", "magnitude_prune"]) -> None:
    config = LlamaConfig(
        vocab_size=32, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2
    )
    lora = LoraConfig(r=4, lora_alpha=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False)
    torch.manual_seed(0)
    model = get_peft_model(LlamaForCausalLM(config), lora, adapter_name="one")
    model.add_adapter("two", lora)
    model.add_weighted_adapter(["one", "two"], [0.5, 0.9], "both", combination_type=method, density=0.5)
    found = {name: weight.detach() for name, weight in model.named_parameters() if "lora_" in name}
    merged = [name for name in found if ".both." in name]
    assert len(merged) == 4
    rule = {"ties": disjoint, "magnitude_prune": linear}[method]
    for name in merged:
        # PEFT weighs an adapter by the root in both of its factors, as their product is what is added
        parts = [trimmed(found[name.replace(".both.", f".{each}.")], 0.5) for each in ("one", "two")]
        close(rule(parts, [math.sqrt(0.5), math.sqrt(0.9)]), found[name])


def test_an_arc_by_hand() -> None:
    # a third of the way from (1, 0) to (0, 1) on the circle
    first, second = arc(1.0, 1.0, 0.0, (2 / 3, 1 / 3))
    assert (first, second) == pytest.approx((math.cos(math.pi / 6), math.sin(math.pi / 6)))
    # twice the weights is twice as far; lengths do not turn the arc
    assert arc(4.0, 9.0, 0.0, (4 / 3, 2 / 3)) == pytest.approx((2 * first, 2 * second))


@pytest.mark.parametrize(("one", "two", "product"), [(1.0, 4.0, 2.0), (1.0, 1.0, -1.0), (0.0, 1.0, 0.0)])
def test_an_arc_between_nearly_parallel_vectors_is_a_line(one: float, two: float, product: float) -> None:
    assert arc(one, two, product, (0.25, 0.75)) == (0.25, 0.75)


def close(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
