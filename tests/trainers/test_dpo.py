import math
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
import torch
from torch import Tensor

from lamarck.core import CapabilityError, Job, Message, Row, UsageError
from lamarck.models.pupil import files, folder, tokenizer
from lamarck.trainers.lean import dpo, sft
from lamarck.trainers.lean.exchange import PairSettings
from lamarck.trainers.lean.trainer import LeanTrainer, resolve, text_of

BASE = files.reference("game24")
SETTINGS = {"optimizer": "adamw", "lr": 2e-4, "batch": 4, "warmup": 1, "weight_decay": 0.0, "beta": 0.5}


class Here:
    """A pool without processes."""

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        future = Future[Any]()
        future.set_result(resolve_name(fn)(*args))
        return future


class Two(torch.nn.Module):
    """A model of two tokens that ignores what it reads: one number decides how likely token 1 is."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = torch.nn.Parameter(torch.tensor(logit))

    def forward(self, ids: Tensor) -> Tensor:
        return torch.stack((torch.zeros(()), self.logit)).expand(*ids.shape, 2)


def _trainer() -> LeanTrainer:
    return LeanTrainer(Here(), kit="lamarck.models.pupil.kit", locate=files.locate)


def _turn(text: str) -> Message:
    return Message(role="assistant", text=text)


def _pair(prompt: str, chosen: str, rejected: str, **more: Any) -> Row:
    messages = (Message(role="user", text=prompt), _turn(chosen))
    return Row(messages=messages, learn=(False, True), rejected=(_turn(rejected),), **more)


ROWS = [_pair(f"{n} 7>{n + 7}|", f"7+{n}={n + 7}", f"7*{n}={7 * n}") for n in range(12)]


def _job(rows: list[Row], seed: int = 1, **settings: Any) -> Job:
    return Job(loss="dpo", rows=rows, settings=SETTINGS | settings, seed=seed)


def _chance(place: Path, prompt: str, answer: str) -> float:
    read = tokenizer.encode(prompt)
    ids = torch.tensor([[*read, *tokenizer.encode(answer), tokenizer.EOS]])
    with torch.no_grad():
        scores = folder.load(place)(ids[:, :-1]).log_softmax(-1)
    return scores.gather(-1, ids[:, 1:, None])[0, len(read) - 1 :].sum().item()


def _loss(
    model: torch.nn.Module, pairs: list[dpo.Pair], reference: torch.nn.Module, **settings: Any
) -> tuple[Any, Any]:
    chosen = PairSettings(**settings)
    batch = dpo.collate(pairs, chosen)
    with torch.no_grad():
        batch = replace(batch, reference=-(sft.surprise(reference, batch.rows) * batch.counts).sum(-1))
    found = dpo.loss_of(model, batch, chosen)
    return found.value, found.figures


# chosen says 1 1, rejected 1 0 0 after the prompt 0
ONE = dpo.Pair(chosen=sft.pack((0,), (1, 1)), rejected=sft.pack((0,), (1, 0, 0)))
UP, EVEN = math.log(3), math.log(0.5)
"""At logit log 3 token 1 has probability 3/4; the frozen model is even."""


def test_the_loss_by_hand() -> None:
    margin = (2 * math.log(0.75) - 2 * EVEN) - (math.log(0.75) + 2 * math.log(0.25) - 3 * EVEN)
    value, figures = _loss(Two(UP), [ONE], Two(0.0), beta=0.3)
    assert value.item() == pytest.approx(math.log(1 + math.exp(-0.3 * margin)), abs=1e-6)
    assert figures == {"margin": pytest.approx(0.3 * margin, abs=1e-6), "accuracy": 1.0}


def test_weights_and_the_added_likelihood_by_hand() -> None:
    other = dpo.Pair(chosen=sft.pack((0,), (0,), weight=0.5), rejected=sft.pack((0,), (1,), weight=0.5))
    one = 0.3 * ((2 * math.log(0.75) - 2 * EVEN) - (math.log(0.75) + 2 * math.log(0.25) - 3 * EVEN))
    two = 0.3 * (math.log(0.25) - math.log(0.75))
    compared = (math.log(1 + math.exp(-one)) + 0.5 * math.log(1 + math.exp(-two))) / 1.5
    surprise = (-2 * math.log(0.75) - 0.5 * math.log(0.25)) / 2.5
    value, figures = _loss(Two(UP), [ONE, other], Two(0.0), beta=0.3, nll=0.7)
    assert value.item() == pytest.approx(compared + 0.7 * surprise, abs=1e-6)
    assert figures["accuracy"] == 0.5


def test_the_gradient_prefers_the_chosen_text_and_is_the_formulas() -> None:
    model = Two(0.0)
    value, _ = _loss(model, [ONE], Two(0.0), beta=0.3)
    value.backward()
    # d margin / d logit = (2 - 2 p) - (1 - 3 p) at p = 1/2; the sigmoid of minus a margin of 0 is 1/2
    assert model.logit.grad is not None
    assert model.logit.grad.item() == pytest.approx(-0.3 * 0.5 * (1.0 + 0.5), abs=1e-6)


def test_step_counts_the_first_token_that_differs_alone() -> None:
    margin = (math.log(0.75) - EVEN) - (math.log(0.25) - EVEN)
    value, figures = _loss(Two(UP), [ONE], Two(0.0), beta=0.3, scope="step")
    assert figures["margin"] == pytest.approx(0.3 * margin, abs=1e-6)
    assert value.item() == pytest.approx(math.log(1 + math.exp(-0.3 * margin)), abs=1e-6)


def test_what_two_texts_begin_with_in_common_cancels_out() -> None:
    def gradient(pair: dpo.Pair) -> list[Tensor]:
        model = folder.load(files.locate(BASE))
        value, _ = _loss(model, [pair], folder.load(files.locate(BASE)), beta=0.5)
        value.backward()
        return [weight.grad for weight in model.parameters() if weight.grad is not None]

    prompt, (same, one, other) = tokenizer.encode("4 6 8 13>24|"), map(tokenizer.encode, ("13-8=5,", "6*4", "8*3"))
    whole = dpo.Pair(chosen=sft.pack(prompt, (*same, *one)), rejected=sft.pack(prompt, (*same, *other)))
    cut = dpo.Pair(chosen=sft.pack((*prompt, *same), one), rejected=sft.pack((*prompt, *same), other))
    for all_of_it, later in zip(gradient(whole), gradient(cut), strict=True):
        assert torch.allclose(all_of_it, later, atol=1e-6)


@pytest.mark.parametrize("scope", ["text", "step"])
def test_training_makes_the_chosen_likelier_relative_to_the_rejected(tmp_path: Path, scope: str) -> None:
    trained = _trainer().fit(BASE, _job(ROWS * 3, scope=scope), str(tmp_path))
    margins = trained.figures["margin"]
    assert trained.losses[0] == pytest.approx(math.log(2), abs=1e-7)
    assert margins[0] == 0.0
    assert margins[-1] > 0.1
    assert trained.figures["accuracy"][-1] > 0.7
    assert len(margins) == trained.steps == 9
    places = files.locate(BASE), Path(trained.model.folder)
    before, after = (_chance(p, "3 7>10|", "7+3=10") - _chance(p, "3 7>10|", "7*3=21") for p in places)
    assert after > before


def test_the_reference_is_what_it_is_told_to_be(tmp_path: Path) -> None:
    other = _trainer().fit(BASE, _job(ROWS), str(tmp_path)).model
    own = _trainer().fit(other, _job(ROWS), str(tmp_path))
    against = _trainer().fit(other, replace(_job(ROWS), reference=BASE), str(tmp_path))
    same = _trainer().fit(other, replace(_job(ROWS), reference=other), str(tmp_path))
    assert own.figures["margin"][0] == 0.0
    assert against.figures["margin"][0] > 0.0
    assert same.model == own.model != against.model


def test_the_same_job_gives_the_same_bits(tmp_path: Path) -> None:
    made = [_trainer().fit(BASE, _job(ROWS, seed=seed), str(tmp_path / str(at))) for at, seed in enumerate((1, 1, 2))]
    assert made[0].model.digest == made[1].model.digest != made[2].model.digest


def test_equal_texts_teach_nothing(tmp_path: Path) -> None:
    same = [_pair("3 7>10|", "7+3=10", "7+3=10")] * 8
    for scope in ("text", "step"):
        trained = _trainer().fit(BASE, _job(same, scope=scope), str(tmp_path))
        assert trained.losses == pytest.approx([math.log(2)] * 2)
        assert _chance(Path(trained.model.folder), "3 7>10|", "7+3=10") == pytest.approx(
            _chance(files.locate(BASE), "3 7>10|", "7+3=10"), abs=1e-3
        )


def test_the_rejected_turns_stand_in_place_of_all_from_the_first_learned_one_on() -> None:
    seen = Message(role="tool", text="seen")
    row = Row(
        messages=(Message(role="user", text="ask"), _turn("act"), seen, _turn("answer")),
        learn=(False, True, False, True),
        rejected=(_turn("other"), seen, _turn("worse")),
    )
    text = text_of(row)
    assert text.parts == (("ask", False), ("act", True), ("seen", False), ("answer", True))
    assert text.rejected == (("ask", False), ("other", True), ("seen", False), ("worse", True))


def test_texts_part_at_the_end_mark_where_one_begins_the_other() -> None:
    pair = dpo.Pair(chosen=sft.pack((5,), (6, 7, 1)), rejected=sft.pack((5,), (6, 1)))
    batch = dpo.collate([pair], PairSettings(scope="step"))
    assert pair.parting == 2
    assert batch.counts.tolist() == [[False, True, False], [False, True, False]]


def test_what_cannot_be_used_is_refused_before_training(tmp_path: Path) -> None:
    bare = Row(messages=ROWS[0].messages, learn=(False, True))
    for job, message in (
        (_job([*ROWS, bare]), "1 of 13 rows have no `rejected`"),
        (_job(ROWS, scope="token"), "unknown value of training setting 'scope': 'token'"),
        (_job(ROWS, optimizer="adam"), "did you mean adamw"),
        (_job(ROWS, beta="high"), "'beta' must be float"),
        (replace(_job(ROWS), loss="sft"), "preference pairs"),
        (Job(loss="sft", rows=[bare], settings=SETTINGS, seed=0), "unknown training setting 'beta'"),
    ):
        with pytest.raises(UsageError, match=message):
            _trainer().fit(BASE, job, str(tmp_path))
    with pytest.raises(CapabilityError, match="trained as a whole; adapter 'judge'"):
        _trainer().fit(BASE, replace(_job(ROWS), adapter="judge"), str(tmp_path))


def test_the_card_of_the_model_is_understood() -> None:
    card = files.card(BASE, "dpo")
    settings = resolve({**card, "beta": 0.1}, rows=65, seed=3, kind=PairSettings)
    assert isinstance(settings, PairSettings)
    assert (settings.steps, settings.optimizer, settings.scope) == (3, "adamw", "step")
