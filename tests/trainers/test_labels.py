"""A classifier of right and wrong texts: trained by the lean loop, it rates texts as it read them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.trainers.test_lean import Here

from lamarck.core import (
    CapabilityError,
    Continuation,
    Job,
    Learner,
    Message,
    ModelRef,
    Prompt,
    Rating,
    Request,
    Row,
    Trained,
    UsageError,
)
from lamarck.models import Host, Shelf
from lamarck.models.pupil import files, folder, kit, tokenizer
from lamarck.models.pupil.rater import PupilRater
from lamarck.trainers.lean import labels
from lamarck.trainers.lean.trainer import LeanTrainer

BASE = files.reference("listmachine")
SETTINGS = {"optimizer": "adamw", "lr": 1e-3, "batch": 8, "warmup": 2, "weight_decay": 0.0}
LINES = [f"E{n}:rs=" for n in range(20000, 20080, 4)]


def row(line: str, text: str, good: bool) -> Row:
    messages = (Message(role="user", text=line), Message(role="assistant", text=text))
    return Row(messages=messages, learn=(False, True), good=good)


ROWS = [row(line, text, text == "1") for line in LINES for text in ("1", "22")] * 2


def fitted(into: Path, model: ModelRef = BASE, **settings: Any) -> Trained:
    trainer = LeanTrainer(Here(), kit="lamarck.models.pupil.kit", locate=files.locate)
    return trainer.fit(model, Job(loss="labels", rows=ROWS, settings=SETTINGS | settings, seed=1), str(into))


def asked(text: str, line: str = "E30000:rs=") -> Continuation:
    return Continuation(prompt=Prompt(name="task/exec", fields={"line": line}), text=text)


class Pool(Here):
    workers = 1


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return fitted(tmp_path_factory.mktemp("labels"))


@pytest.fixture(scope="module")
def rater(trained: Trained) -> PupilRater:
    found: Any = Shelf(Host(pool=Pool(), environment="listmachine")).open(Learner(model=trained.model))
    assert isinstance(found, PupilRater)
    return found


def test_it_tells_right_from_wrong_and_says_how_often(trained: Trained, rater: PupilRater):
    assert trained.figures["accuracy"][-1] == 1.0
    right, wrong = rater.ratings([asked("1"), asked("22")])
    assert right > 0 > wrong
    assert isinstance(rater, Rating)


def test_a_number_is_the_same_alone_and_among_others_and_the_trained_modules(trained: Trained, rater: PupilRater):
    many = rater.ratings([asked("1" * n) for n in range(1, 20)])
    assert [rater.ratings([asked("1" * n)])[0] for n in (1, 7, 19)] == [many[0], many[6], many[18]]
    ids = torch.tensor([[*tokenizer.encode("E30000:rs="), *tokenizer.encode("1"), tokenizer.EOS]])
    with torch.no_grad():
        number = folder.load(Path(trained.model.folder))(ids)[0, -1, 0].item()
    assert many[0] == pytest.approx(number, abs=1e-4)


def test_transformers_reads_the_folder_as_a_classifier(trained: Trained, rater: PupilRater):
    transformers: Any = pytest.importorskip("transformers")
    scorer = transformers.AutoModelForSequenceClassification.from_pretrained(trained.model.folder).eval()
    ids = torch.tensor([[*tokenizer.encode("E30000:rs="), *tokenizer.encode("22"), tokenizer.EOS]])
    with torch.no_grad():
        assert scorer(ids).logits.item() == pytest.approx(rater.ratings([asked("22")])[0], abs=1e-4)


def test_what_it_cannot_read_whole_has_no_number(rater: PupilRater):
    assert rater.ratings([asked("ä"), asked("1" * 300)]) == [float("-inf")] * 2


def test_it_writes_nothing(rater: PupilRater):
    with pytest.raises(CapabilityError, match="is a reward model and writes no text"):
        rater.generate([Request(prompt=asked("").prompt, seeds=(1,))])
    with pytest.raises(CapabilityError, match="knows no likelihood"):
        rater.score([asked("1")])


def test_it_is_gone_on_with_as_it_is(trained: Trained, tmp_path: Path):
    again = fitted(tmp_path, trained.model)
    assert again.losses[0] < 0.8 * trained.losses[0]


def test_a_new_head_says_nothing_and_the_rest_is_the_models():
    model = kit.open_scorer(files.locate(BASE))
    with torch.no_grad():
        assert not model(torch.tensor([[1, 2, 3]])).any()
    whole = folder.load(files.locate(BASE))
    assert torch.equal(model.blocks[0].qkv.weight, whole.blocks[0].qkv.weight)  # type: ignore[union-attr]


def test_right_ones_weigh_as_much_as_told():
    class Flat(torch.nn.Module):
        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return torch.full((*ids.shape, 1), 1.0)

    rows = [labels.Row(ids=(1, 2), good=True), labels.Row(ids=(3,), good=False)]
    found = labels.loss_of(Flat(), labels.collate(rows, positive=3.0))
    low, high = math.log1p(math.exp(-1.0)), math.log1p(math.exp(1.0))
    assert found.value.item() == pytest.approx((3 * low + high) / 4)
    assert found.figures == {"accuracy": 0.5}


def test_pairs_are_no_labels(tmp_path: Path):
    pair = Row(messages=ROWS[0].messages, learn=(False, True), rejected=ROWS[1].messages[1:])
    trainer = LeanTrainer(Here(), kit="lamarck.models.pupil.kit", locate=files.locate)
    with pytest.raises(UsageError, match="labels was given preference pairs"):
        trainer.fit(BASE, Job(loss="labels", rows=[pair], settings=SETTINGS, seed=1), str(tmp_path))
