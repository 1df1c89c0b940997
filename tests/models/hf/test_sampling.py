"""What a model writes: token by token what transformers writes, whoever asks beside."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.models.hf.folders import (
    NEW,
    SHAPE,
    SIZE,
    TEXTS,
    greedy,
    likelihoods,
    llama,
    opened,
    plain,
    request,
    saved,
    tokenizer,
)
from torch import Tensor
from transformers import (
    BertConfig,
    BertForMaskedLM,
    Gemma2Config,
    GPT2Config,
    MambaConfig,
    MistralConfig,
    Qwen2Config,
    T5Config,
    T5ForConditionalGeneration,
)

from lamarck.core import CapabilityError, Solution
from lamarck.models.hf.batch import Flowing
from lamarck.models.hf.desk import OutOfMemory
from lamarck.models.hf.model import HuggingFace
from lamarck.models.hf.rows import Row

SMALL: dict[str, Any] = {"vocab_size": SIZE, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 96}
FAMILIES = {
    "gpt2": GPT2Config(**SMALL, bos_token_id=None, eos_token_id=1),
    "qwen2": Qwen2Config(**SHAPE),
    "mistral, with a window": MistralConfig(**SHAPE, sliding_window=5),
    "gemma2, with windows and soft caps": Gemma2Config(**SHAPE, head_dim=16, sliding_window=5),
    "mamba, without attention": MambaConfig(
        vocab_size=SIZE, hidden_size=32, num_hidden_layers=2, state_size=4, eos_token_id=1, pad_token_id=0
    ),
}


def texts(found: list[list[Solution]]) -> list[list[str]]:
    return [[solution.text for solution in one] for one in found]


def test_greedy_answers_are_those_of_generate(model: HuggingFace, folder: Path):
    whole = plain(folder)
    found = texts(model.generate([request(text, 1, 2, temperature=0.0) for text in TEXTS]))
    assert found == [[greedy(whole, text)] * 2 for text in TEXTS]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_says_what_generate_says(family: str, tmp_path: Path):
    folder = saved(tmp_path / "model", FAMILIES[family])
    whole, model = plain(folder), opened(folder)
    found = texts(model.generate([request(text, temperature=0.0) for text in TEXTS]))
    assert found == [[greedy(whole, text)] for text in TEXTS]


def test_logprobs_are_those_of_a_plain_pass(model: HuggingFace, folder: Path):
    whole = plain(folder)
    for (solution,) in model.generate([request("a", 7, temperature=0.7, top_k=1, max_tokens=5), request("to be", 3)]):
        assert len(solution.logprobs) == solution.usage.completion > 0
    (solution,) = model.generate([request("a", 7, temperature=0.0, max_tokens=5)])[0]
    ids = tokenizer()(solution.text)["input_ids"]
    if len(ids) == 5:  # bytes that are no text come back as other tokens
        assert solution.logprobs == pytest.approx(likelihoods(whole, "a", solution.text)[:5], abs=1e-4)


def test_a_sample_depends_on_its_seed_alone(model: HuggingFace):
    alone = [model.generate([request(text, seed, temperature=1.0)])[0][0].text for text in TEXTS for seed in (5, 6)]
    beside = texts(model.generate([request(text, 5, 6, temperature=1.0) for text in reversed(TEXTS)]))
    assert alone == [text for one in reversed(beside) for text in one]
    assert len(set(alone)) == len(alone)


def test_seeds_draw_from_the_model_s_distribution(model: HuggingFace, folder: Path):
    found = model.generate([request("a", *range(2000), temperature=1.0, max_tokens=1)])[0]
    drawn = [solution.logprobs[0] for solution in found]
    likeliest = max(drawn)
    share = sum(value == likeliest for value in drawn) / len(drawn)
    expected = 2.718281828**likeliest
    assert abs(share - expected) < 4 * (expected * (1 - expected) / len(drawn)) ** 0.5


def test_top_k_of_zero_allows_every_token(model: HuggingFace):
    assert texts(model.generate([request("a", 9, top_k=0)])) == texts(model.generate([request("a", 9)]))


def test_top_k_one_is_greedy_and_top_p_cuts_the_tail(model: HuggingFace):
    wanted = model.generate([request("a", temperature=0.0)])[0][0].text
    assert model.generate([request("a", 9, temperature=2.0, top_k=1)])[0][0].text == wanted
    assert model.generate([request("a", 9, temperature=2.0, top_p=1e-6)])[0][0].text == wanted


def test_many_threads_get_their_own_answers(model: HuggingFace):
    asked = [request(f"{text} {at}", at, temperature=1.0) for at in range(6) for text in TEXTS]
    wanted = texts(model.generate(asked))
    found: list[list[str]] = [[] for _ in asked]

    def ask(at: int) -> None:
        found[at] = texts(model.generate([asked[at]]))[0]

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == wanted


def test_an_answer_ends_at_a_stop_string(model: HuggingFace):
    whole = model.generate([request("a", temperature=0.0)])[0][0]
    stop = whole.text[4:6]
    at = whole.text.find(stop)
    (cut,) = model.generate([request("a", temperature=0.0, stop=(stop, "never said"))])[0]
    assert (cut.text, cut.stop) == (whole.text[:at], "stop")
    assert cut.logprobs == pytest.approx(whole.logprobs[: len(cut.logprobs)], abs=1e-4)
    assert len(cut.logprobs) == cut.usage.completion < whole.usage.completion == NEW


def test_an_answer_ends_at_the_end_mark_or_at_its_length(folder: Path, model: HuggingFace):
    (solution,) = model.generate([request("a", temperature=0.0, max_tokens=3)])[0]
    assert (solution.stop, solution.usage.completion) == ("length", 3)
    ended = [s for s in model.generate([request("a", *range(300), temperature=1.5)])[0] if s.stop == "stop"]
    assert ended
    assert all(len(s.logprobs) == s.usage.completion <= NEW for s in ended)
    (none,) = model.generate([request("word " * 96)])[0]
    assert (none.text, none.stop, none.usage.completion) == ("", "length", 0)
    (last,) = model.generate([request("a", temperature=0.0, max_tokens=10_000)])[0]
    assert last.usage.prompt + last.usage.completion <= 96


def test_what_the_request_leaves_open_is_the_folder_s_own(folder: Path, tmp_path: Path):
    import shutil

    own = Path(shutil.copytree(folder, tmp_path / "own"))
    (own / "generation_config.json").write_text('{"max_new_tokens": 4, "top_k": 1, "eos_token_id": 1}')
    model = opened(own)
    asked = request("a", 3, 4, temperature=2.0)
    asked = replace(asked, sampling=replace(asked.sampling, max_tokens=None))
    first, second = model.generate([asked])[0]
    assert first.text == second.text
    assert first.usage.completion <= 4


def test_constrained_answers_are_among_those_allowed(model: HuggingFace):
    allowed = ("yes", "no", "nope", "")
    found = model.generate([request("a", *range(60), among=allowed)])[0]
    said = {solution.text for solution in found}
    assert said <= set(allowed)
    assert len(said) > 1
    assert all(solution.stop == "stop" and solution.logprobs for solution in found)
    (best,) = model.generate([request("a", among=("24", "25"), temperature=0.0)])[0]
    scores = {text: sum(model.score([said_after("a", text)])[0][:-1]) for text in ("24", "25")}
    first = {text: model.score([said_after("a", text)])[0] for text in ("24", "25")}
    assert best.text in scores
    assert best.logprobs == pytest.approx(first[best.text][: len(best.logprobs)], abs=1e-4)


def said_after(text: str, after: str) -> Any:
    from tests.models.hf.folders import asking

    from lamarck.core import Continuation

    return Continuation(prompt=asking(text), text=after)


def test_a_small_batch_gives_the_same_answers(folder: Path, model: HuggingFace):
    narrow = opened(folder, batch=3, memory_gb=0.0003)
    asked = [request(text, 1, 2, 3, temperature=1.0) for text in TEXTS]
    assert texts(narrow.generate(asked)) == texts(model.generate(asked))


class Cramped(Flowing):
    """A device on which more than two samples do not fit."""

    def join(self, rows: Sequence[Row], read: int) -> Tensor:
        if len(rows) > 2:
            raise torch.cuda.OutOfMemoryError("full")
        return super().join(rows, read)

    def step(self) -> Tensor:
        if len(self.rows) > 2:
            raise torch.cuda.OutOfMemoryError("full")
        return super().step()


def cramp(engine: Any, kind: type[Cramped]) -> None:
    """Let the engine compute on such a device."""

    def batch(**_asked: object) -> Cramped:
        return kind(engine.loaded, added=True)

    engine.batch = batch


def test_a_full_device_halves_the_batch_and_goes_on(folder: Path, model: HuggingFace):
    full: Any = opened(folder, batch=16)
    full.generate([request("a")])
    (engine,) = full._desk._engines.values()
    cramp(engine, Cramped)
    asked = [request(text, 1, 2, 3, temperature=1.0) for text in TEXTS]
    assert texts(full.generate(asked)) == texts(model.generate(asked))
    assert engine.rows == 2


def test_a_device_without_room_for_one_sample_says_what_to_do(folder: Path):
    full: Any = opened(folder, batch=4)
    full.generate([request("a")])
    (engine,) = full._desk._engines.values()

    class Nothing(Cramped):
        def join(self, rows: Sequence[Row], read: int) -> Tensor:
            raise torch.cuda.OutOfMemoryError("full")

    cramp(engine, Nothing)
    with pytest.raises(OutOfMemory, match="no memory left for a single sample; take a smaller model"):
        full.generate([request("a", 1, 2, 3)])


@pytest.mark.parametrize("kind", ["t5", "bert"])
def test_what_writes_no_text_from_left_to_right_is_refused(kind: str, tmp_path: Path):
    small: dict[str, Any] = {"vocab_size": SIZE, "num_layers": 1, "num_heads": 2}
    made: Any = (
        T5ForConditionalGeneration(T5Config(**small, d_model=16, d_kv=8, d_ff=16))
        if kind == "t5"
        else BertForMaskedLM(
            BertConfig(
                vocab_size=SIZE, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
            )
        )
    )
    made.save_pretrained(tmp_path / "model")
    tokenizer().save_pretrained(tmp_path / "model")
    with pytest.raises(CapabilityError, match=r"encoder with a decoder|no text from left to right"):
        opened(tmp_path / "model").generate([request("a")])


def test_an_unknown_option_is_refused(folder: Path):
    with pytest.raises(Exception, match=r"unknown option of hf 'bach': did you mean batch or"):
        opened(folder, bach=3)
    with pytest.raises(Exception, match="option 'batch' of hf must be int"):
        opened(folder, batch="many")


def test_a_deep_llama_with_tied_weights(tmp_path: Path):
    folder = saved(tmp_path / "tied", llama(tie_word_embeddings=True, num_hidden_layers=4))
    assert opened(folder).generate([request("a", temperature=0.0)])[0][0].text == greedy(plain(folder), "a")
