"""Right and wrong texts make a classifier of a Hugging Face model, whole or as an adapter."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from tests.trainers.tiny import folder, job, reference, row, trainer

from lamarck.core import Continuation, Learner, Message, ModelRef, Prompt, Rating
from lamarck.models import Host, Shelf

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    return reference(folder(tmp_path_factory.mktemp("hf") / "base"))


@pytest.mark.parametrize("rank", [0, 4])
def test_classifiers_learn_labels_and_rate_texts_above_and_below_zero(base: ModelRef, tmp_path: Path, rank: int):
    rows = [
        replace(row("3 7>10|", text), good=good)
        for text, good in (("7+3=10", True), ("7*3=21", False))
        for _ in "12345678"
    ]
    trained = trainer().fit(base, job("labels", rows * 2, lr=3e-2, rank=rank, positive=1.0), str(tmp_path))
    assert trained.figures["accuracy"][-1] == 1.0
    assert trained.losses[0] == pytest.approx(math.log(2), abs=0.3)
    model = Shelf(Host()).open(Learner(model=trained.model))
    assert isinstance(model, Rating)
    prompt = Prompt(name="task/any", messages=(Message(role="user", text="3 7>10|"),))
    right, wrong = model.ratings([Continuation(prompt=prompt, text=text) for text in ("7+3=10", "7*3=21")])
    assert right > 0 > wrong
