from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pkgutil import resolve_name
from random import Random
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from lamarck.core import CapabilityError, Continuation, Prompt, Request
from lamarck.executors.processes import Processes
from lamarck.models.pupil import files, tokenizer
from lamarck.models.pupil.decode import Decoder
from lamarck.models.pupil.draws import Said
from lamarck.models.pupil.folder import load
from lamarck.models.pupil.model import IMPOSSIBLE, Pupil
from lamarck.models.pupil.scorer import chances

BASE = files.reference("game24")
TEXTS = ["13-8=5,4 5 6>24;6*4=24,", "", "1 2", "10-7=3,1 3 5>24;", "8*3=24,", "7*9=63,x", "13-8=5,4 5 6>24;6*4=25,"]
PROMPTS = ["4 6 8 13>24|", "1 5 7 10>24|", "7 9>63|", "12 20 31>39|"]


class Here:
    """A pool without processes, which notes the function and size of each shard."""

    workers = 1

    def __init__(self) -> None:
        self.shards = list[tuple[str, int]]()
        self._threads = ThreadPoolExecutor(1)

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        self.shards.append((fn.rpartition(":")[2], len(args[2])))
        return self._threads.submit(resolve_name(fn), *args)


@pytest.fixture(scope="module")
def pupil() -> Iterator[Pupil]:
    with Processes(1) as processes:
        yield Pupil(BASE, processes)


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return Decoder(load(files.locate(BASE)))


def _said(prompt: str, text: str) -> Said:
    read = tokenizer.encode(prompt)
    return Said(ids=(*read, *tokenizer.encode(text)), read=len(read))


def _text(text: str, numbers: str = "4 6 8 13", **more: Any) -> Continuation:
    return Continuation(prompt=_prompt(numbers), text=text, **more)


def _prompt(numbers: str) -> Prompt:
    return Prompt(name="task/countdown", fields={"numbers": numbers, "target": "24"})


def test_a_score_is_the_same_bits_in_any_company(decoder: Decoder) -> None:
    rng = Random(0)
    long = ["".join(rng.choices("0123456789+-*/=,;>", k=rng.randrange(60))) for _ in range(600)]
    texts = [_said(PROMPTS[at % 4], text) for at, text in enumerate(TEXTS * 4 + long)]
    together = chances(decoder, texts)
    for at in (0, 5, 27, 100, 400, len(texts) - 1):
        assert chances(decoder, texts[at : at + 1]) == [together[at]]
    order = rng.sample(range(len(texts)), 50)
    assert chances(decoder, [texts[at] for at in order]) == [together[at] for at in order]


def test_a_text_has_a_value_for_each_token_and_one_for_its_end(decoder: Decoder) -> None:
    for text in TEXTS:
        (found,) = chances(decoder, [_said(PROMPTS[0], text)])
        assert len(found) == len(tokenizer.encode(text)) + 1
        assert all(chance < 0 for chance in found)


def test_the_samplers_own_logprobs_bit_for_bit(pupil: Pupil) -> None:
    asked = [Request(prompt=_prompt(n), seeds=tuple(range(8))) for n in ("4 6 8 13", "1 5 7 10", "2 3")]
    drawn = [(request, one) for request, found in zip(asked, pupil.generate(asked), strict=True) for one in found]
    ended = [(request, one) for request, one in drawn if one.stop == "stop"]
    assert len(ended) > 10
    found = pupil.score([Continuation(prompt=request.prompt, text=one.text) for request, one in ended])
    assert found == [one.logprobs for _, one in ended]


def test_the_likelihood_is_that_of_transformers(pupil: Pupil) -> None:
    theirs: Any = AutoModelForCausalLM.from_pretrained(files.locate(BASE), dtype=torch.float32)
    read = tokenizer.encode("4 6 8 13>24|")
    for text, found in zip(TEXTS, pupil.score([_text(text) for text in TEXTS]), strict=True):
        ids = torch.tensor([[*read, *tokenizer.encode(text), tokenizer.EOS]])
        with torch.no_grad():
            whole = theirs(ids).logits.log_softmax(-1)[0]
        expected = [whole[at - 1, ids[0, at]].item() for at in range(len(read), ids.shape[1])]
        assert found == pytest.approx(expected, abs=1e-4)


def test_a_likelier_text_scores_higher(pupil: Pupil) -> None:
    right, wrong = pupil.score([_text(TEXTS[0]), _text(TEXTS[-1])])
    assert sum(right) > sum(wrong) + 1
    assert right[:10] == wrong[:10]


def test_what_the_pupil_could_never_write_has_probability_zero(pupil: Pupil) -> None:
    found = pupil.score([_text("4é"), _text("4\n6"), _text("+" * 300), _text("4", numbers="é"), _text("4")])
    assert found[:4] == [IMPOSSIBLE] * 4
    assert sum(found[4]) > float("-inf")
    assert pupil.score([]) == []


def test_a_system_prompt_is_refused(pupil: Pupil) -> None:
    with pytest.raises(CapabilityError, match="no system prompt"):
        pupil.score([_text("4", system="Be brief.")])


def test_calls_of_many_threads_are_joined_scores_with_scores() -> None:
    here = Here()
    pupil = Pupil(BASE, here)
    alone = [pupil.score([_text(text)])[0] for text in TEXTS]
    here.shards.clear()
    with ThreadPoolExecutor(2 * len(TEXTS)) as threads:
        asked = [threads.submit(pupil.generate, [Request(prompt=_prompt("1 5"), seeds=(at,))]) for at in range(9)]
        together = [future.result()[0] for future in [threads.submit(pupil.score, [_text(text)]) for text in TEXTS]]
        assert all(future.result() for future in asked)
    assert together == alone
    assert {fn for fn, _ in here.shards} == {"score", "answer"}
    assert sum(count for fn, count in here.shards if fn == "score") == len(TEXTS)
    assert len(here.shards) < len(TEXTS) + 9
