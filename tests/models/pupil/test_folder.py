import json
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer

from lamarck.models.pupil import folder, tokenizer
from lamarck.models.pupil.files import BUILT_IN
from lamarck.models.pupil.llama import Llama, Shape, initialise

IDS = torch.tensor([tokenizer.encode("4 6 8 13>24|13-8=5,4 5 6>24;6-5=1,1 4>24;4*1=4.")])


def _small(**changes: Any) -> Llama:
    model = Llama(Shape(width=64, layers=2, heads=2, feed_forward=96, **changes))
    initialise(model, seed=3)
    return model.eval()


@pytest.mark.parametrize("key_heads", [1, 2])
def test_transformers_computes_the_same_from_the_saved_folder(tmp_path: Path, key_heads: int) -> None:
    ours = _small(key_heads=key_heads)
    folder.save(ours, tmp_path)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    with torch.no_grad():
        mine, other = ours(IDS), theirs(IDS, labels=IDS)
    assert (mine - other.logits).abs().max() <= 1e-5
    loss = F.cross_entropy(mine[:, :-1].flatten(0, 1), IDS[:, 1:].flatten())
    assert loss.item() == pytest.approx(other.loss.item(), abs=1e-5)


def test_reading_back_gives_the_same_bits(tmp_path: Path) -> None:
    ours = _small()
    folder.save(ours, tmp_path)
    again = folder.load(tmp_path).state_dict()
    assert all(torch.equal(weight, again[name]) for name, weight in ours.state_dict().items())
    assert (tmp_path / folder.WEIGHTS).stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("name", "text"),
    [("game24", "4 6 8 13>24|13-8=5,4 5 6>24;6-5=1,1 4>24;4*1=4."), ("listmachine", "E27253:sc=s22357:c;c24729:;.")],
)
def test_a_shipped_model_loads_in_transformers_with_its_tokenizer(name: str, text: str) -> None:
    place, ids = BUILT_IN / name, torch.tensor([tokenizer.encode(text)])
    theirs = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32)
    with torch.no_grad():
        assert (folder.load(place)(ids) - theirs(ids).logits).abs().max() <= 1e-4
    assert AutoTokenizer.from_pretrained(place)(text)["input_ids"] == ids[0].tolist()


def test_how_long_a_completion_may_be_is_the_models_own(tmp_path: Path) -> None:
    folder.save(_small(), tmp_path, longest=88)
    assert json.loads((tmp_path / "generation_config.json").read_text())["max_new_tokens"] == 88


def test_a_weight_that_is_not_finite_names_the_file(tmp_path: Path) -> None:
    model = _small()
    with torch.no_grad():
        model.head.weight[0, 0] = float("nan")
    folder.save(model, tmp_path)
    with pytest.raises(folder.BrokenModel, match=r"model\.safetensors: lm_head\.weight"):
        folder.load(tmp_path)


def test_a_cut_file_and_a_wrong_shape_are_refused(tmp_path: Path) -> None:
    folder.save(_small(), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(folder.BrokenModel, match="does not fit"):
        folder.load(tmp_path)
    weights = tmp_path / folder.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(folder.BrokenModel, match="cannot be read"):
        folder.load(tmp_path)
