"""An adapter is written into its base: the result is a whole model that says what PEFT says."""

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from tests.models.hf.folders import TEXTS, greedy, llama, plain, saved

from lamarck.models.hf import files, whole
from lamarck.models.hf.files import BrokenModel


def by_peft(folder: Path, adapter: Path) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model: Any = PeftModel.from_pretrained(plain(folder), str(adapter)).eval()
    return [greedy(model, text) for text in TEXTS]


def test_the_whole_model_loads_in_transformers_and_says_what_peft_says(
    folder: Path, adapters: tuple[Path, Path], tmp_path: Path
):
    made = tmp_path / "made"
    made.mkdir()
    assert whole.write(str(adapters[0]), str(made)) == f"hf/{folder.name}"
    assert [greedy(plain(made), text) for text in TEXTS] == by_peft(folder, adapters[0])
    assert [greedy(plain(folder), text) for text in TEXTS] != by_peft(folder, adapters[0])
    assert not files.is_adapter(made)
    assert not [path for path in made.iterdir() if path.stat().st_mode & 0o777 != 0o644]
    assert json.loads((made / "config.json").read_text()) == json.loads((folder / "config.json").read_text())


def test_weights_keep_the_type_that_the_base_stores(adapters: tuple[Path, Path], folder: Path, tmp_path: Path):
    half, made = tmp_path / "half", tmp_path / "made"
    shutil.copytree(folder, half)
    plain(folder).to(torch.bfloat16).save_pretrained(half)
    made.mkdir()
    whole.write(str(adapters[0]), str(made), given=str(half))
    assert whole.stored(half) == whole.stored(made) == "bfloat16"


def test_a_base_that_has_changed_is_refused(folder: Path, adapters: tuple[Path, Path], tmp_path: Path):
    adapter = Path(shutil.copytree(adapters[0], tmp_path / "adapter"))
    (adapter / "base.json").write_text(json.dumps({"name": "hf/it", "digest": files.digest(folder)}))
    other = saved(tmp_path / "other", llama(), seed=3)
    (tmp_path / "made").mkdir()
    with pytest.raises(BrokenModel, match=r"trained on other weights than .*other holds now"):
        whole.write(str(adapter), str(tmp_path / "made"), given=str(other))


def test_an_adapter_of_another_shape_does_not_fit(adapters: tuple[Path, Path], tmp_path: Path):
    other = saved(tmp_path / "other", llama(hidden_size=32), seed=3)
    (tmp_path / "made").mkdir()
    with pytest.raises(BrokenModel, match="does not fit"):
        whole.write(str(adapters[0]), str(tmp_path / "made"), given=str(other))
