import json
from pathlib import Path
from typing import Any

import pytest
from tests.models.hf.folders import llama, saved

from lamarck.core import CapabilityError
from lamarck.models.hf import cards
from lamarck.trainers.settings import resolved
from lamarck.trainers.trl.exchange import LOSSES


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("card") / "m", llama())


@pytest.mark.parametrize(("count", "size"), [(900_000, "tiny"), (500_000_000, "small"), (7_000_000_000, "large")])
def test_every_size_has_values_of_a_stated_source_that_the_trainer_takes(count: int, size: str):
    name, by_loss = cards.published(count)
    assert (name, by_loss.keys()) == (size, LOSSES.keys())
    for loss, values in by_loss.items():
        firsts: dict[str, Any] = {
            key: value[:1] if isinstance(value, list) else [value] for key, value in values.items()
        }
        told = {key: value[0] for key, value in firsts.items() if key != "source"}
        assert values["source"].startswith("ours: ") if size == "tiny" else "arXiv:" in values["source"]
        assert len(values["source"]) > 15
        assert resolved(told, 100, 0, LOSSES[loss]).lr == values["lr"]
        assert {"steps", "epochs"} & told.keys()
        assert bool(told.get("rank")) == (size == "large")


def test_the_folders_own_card_goes_before_and_each_value_says_where_it_is_from(place: Path):
    before = cards.card(place, "sft")
    assert set(before["source"].values()) == {f"card of tiny models: {cards.published(1)[1]['sft']['source']}"}
    (place / "training.json").write_text(json.dumps({"sft": {"lr": 0.5, "epochs": 2}, "suits": ["x"]}))
    after = cards.card(place, "sft")
    assert (after["lr"], after["epochs"], after["batch"]) == (0.5, 2, before["batch"])
    assert "steps" not in after, "who says epochs does not mean the published steps"
    assert after["source"]["lr"] == cards.OWN != after["source"]["batch"]
    assert cards.card(place, "dpo")["lr"] == cards.published(1)[1]["dpo"]["lr"]


def test_a_loss_that_nobody_trains_is_refused(place: Path):
    with pytest.raises(CapabilityError, match="cannot be trained with 'ppo'; there is clm, distill"):
        cards.card(place, "ppo")
