from random import Random
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from lamarck.models.pupil import folder, tokenizer
from lamarck.models.pupil.chance import choose, uniform
from lamarck.models.pupil.decode import ROWS, Decoder
from lamarck.models.pupil.draws import Draw, Drawn, Manner
from lamarck.models.pupil.files import BUILT_IN
from lamarck.models.pupil.sampler import sample

PROMPTS = ["4 6 8 13>24|", "1 5 7 10>24|", "3 3 8 8>24|", "7 9>63|", "12 20 31>39|", "2 2 2 9>24|"]


@pytest.fixture(scope="module")
def model() -> folder.Llama:
    return folder.load(BUILT_IN / "game24")


@pytest.fixture(scope="module")
def decoder(model: folder.Llama) -> Decoder:
    return Decoder(model)


def _draw(prompt: str, *seeds: int) -> Draw:
    return Draw(ids=tuple(tokenizer.encode(prompt)), seeds=seeds)


def test_a_sample_is_the_same_bits_in_any_company(decoder: Decoder) -> None:
    draws = [_draw(prompt, *range(100 * i, 100 * i + 90)) for i, prompt in enumerate(PROMPTS)]
    manner = Manner(max_tokens=30)
    together = sample(decoder, draws, manner)
    rng = Random(1)
    for number, (draw, found) in enumerate(zip(draws, together, strict=True)):
        at = rng.randrange(90)
        alone = sample(decoder, [Draw(ids=draw.ids, seeds=draw.seeds[at : at + 1])], manner)[0]
        assert alone == [found[at]], number
    order = rng.sample(range(len(draws)), len(draws))
    turned = [Draw(ids=draws[i].ids, seeds=draws[i].seeds[::-1][:33]) for i in order]
    assert sample(decoder, turned, manner) == [together[i][::-1][:33] for i in order]


def test_logits_are_the_same_bits_at_any_number_of_rows(decoder: Decoder) -> None:
    ids = torch.randint(0, 280, (512, 12), generator=torch.Generator().manual_seed(0))

    def logits(rows: slice) -> torch.Tensor:
        some = ids[rows]
        cache = decoder.cache(len(some), 12)
        return torch.stack([decoder.step(some[:, at], at, cache) for at in range(12)])

    with torch.inference_mode():
        everything = logits(slice(0, 512))
        for start, count in ((0, ROWS), (48, 3 * ROWS), (256, 256)):
            rows = slice(start, start + count)
            assert torch.equal(logits(rows), everything[:, rows])


def test_the_fast_pass_agrees_with_the_plain_one(decoder: Decoder, model: folder.Llama) -> None:
    ids = torch.tensor([tokenizer.encode("4 6 8 13>24|13-8=5,4 5 6>24;")] * ROWS)
    with torch.inference_mode():
        cache = decoder.cache(ROWS, ids.shape[1])
        fast = [decoder.step(ids[:, at], at, cache) for at in range(ids.shape[1])]
        assert (torch.stack(fast, 1) - model(ids)).abs().max() < 1e-4


def test_greedy_text_is_that_of_transformers(decoder: Decoder) -> None:
    theirs: Any = AutoModelForCausalLM.from_pretrained(BUILT_IN / "game24", dtype=torch.float32)
    found = sample(decoder, [_draw(prompt, 0) for prompt in PROMPTS], Manner(temperature=0, max_tokens=30))
    for prompt, (ours,) in zip(PROMPTS, found, strict=True):
        ids = torch.tensor([tokenizer.encode(prompt)])
        with torch.no_grad():
            whole = theirs.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=30, do_sample=False)
        expected: list[int] = whole[0, ids.shape[1] :].tolist()
        assert list(ours.tokens) == [token for token in expected if token != tokenizer.EOS]
        assert ours.stop == ("stop" if expected[-1] == tokenizer.EOS else "length")


def test_logprobs_are_those_of_the_plain_model_whatever_the_temperature(decoder: Decoder, model: folder.Llama) -> None:
    draw = _draw("4 6 8 13>24|", 5)
    ((found,),) = sample(decoder, [draw], Manner(temperature=0.5, top_k=3, top_p=0.9))
    ids = torch.tensor([[*draw.ids, *found.tokens, tokenizer.EOS]])
    with torch.inference_mode():
        chances = model(ids).log_softmax(-1)[0]
    ends = len(draw.ids) + len(found.logprobs)
    expected = [chances[at - 1, ids[0, at]].item() for at in range(len(draw.ids), ends)]
    assert found.logprobs == pytest.approx(expected, abs=1e-4)
    assert len(found.logprobs) == len(found.tokens) + (found.stop == "stop")


def test_a_text_that_does_not_end_stops_by_length(decoder: Decoder) -> None:
    ((found,),) = sample(decoder, [_draw("4 6 8 13>24|", 1)], Manner(max_tokens=3))
    assert (len(found.tokens), len(found.logprobs), found.stop) == (3, 3, "length")


def test_a_prompt_that_fills_the_model_gets_nothing(decoder: Decoder) -> None:
    filled = Draw(ids=(5,) * decoder.shape.positions, seeds=(1, 2))
    assert sample(decoder, [filled], Manner()) == [[Drawn(tokens=(), logprobs=(), stop="length")] * 2]


def test_draws_follow_the_distribution() -> None:
    logits, rows = torch.tensor([[9.0, 9, 9], [0.5, 0.3, 0.2]]).log(), torch.ones(30_000, dtype=torch.long)
    noise = uniform(range(30_000), 2)[:, 1]
    for manner, expected in (
        (Manner(), [0.5, 0.3, 0.2]),
        (Manner(temperature=0.5), [0.25 / 0.38, 0.09 / 0.38, 0.04 / 0.38]),
        (Manner(top_k=2), [0.625, 0.375, 0.0]),
        (Manner(top_p=0.6), [0.625, 0.375, 0.0]),
        (Manner(top_p=0.4), [1.0, 0.0, 0.0]),
        (Manner(temperature=0), [1.0, 0.0, 0.0]),
    ):
        ids, logprobs = choose(logits, rows, noise, manner)
        shares = torch.bincount(ids, minlength=3) / len(ids)
        assert shares.tolist() == pytest.approx(expected, abs=0.01), manner
        assert torch.equal(logprobs, logits.log_softmax(-1)[1][ids])


def test_noise_of_a_seed_does_not_depend_on_the_other_seeds() -> None:
    seeds = [0, 1, 2**64 - 1, 77]
    noise = uniform(seeds, 20)
    assert torch.equal(noise[2:3], uniform(seeds[2:3], 20))
    assert torch.equal(noise[:, :5], uniform(seeds, 5))
    assert noise.min() >= 0
    assert noise.max() < 1
    assert torch.unique(noise).numel() == noise.numel()
