"""Versions of a learner that are adapters share one base in memory."""

import shutil
import threading
import warnings
from pathlib import Path
from typing import Any, cast

import pytest
from peft import PeftModel
from tests.models.hf.folders import TEXTS, greedy, learner, llama, plain, request, saved, shelf

from lamarck.core import CapabilityError, UsageError
from lamarck.models.hf.provider import HuggingFaceProvider


def provider(on: Any) -> HuggingFaceProvider:
    return cast("HuggingFaceProvider", on._provider("hf"))


def said(on: Any, folder: Path, name: str = "", **adapters: Path) -> list[str]:
    model = on.open(learner(on, folder, **adapters))
    return [one[0].text for one in model.generate([request(text, temperature=0.0, adapter=name) for text in TEXTS])]


def by_peft(folder: Path, adapter: Path) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model: Any = PeftModel.from_pretrained(plain(folder), str(adapter)).eval()
    return [greedy(model, text) for text in TEXTS]


def test_an_adapter_s_folder_is_a_model_over_one_base(folder: Path, adapters: tuple[Path, Path]):
    on = shelf()
    base = said(on, folder)
    first, second = (said(on, adapter) for adapter in adapters)
    assert [first, second] == [by_peft(folder, adapter) for adapter in adapters]
    assert base not in (first, second)
    assert first != second
    assert said(on, folder) == base  # and without any again
    assert provider(on).loaded == 1


def test_a_request_names_an_adapter_of_the_learner(folder: Path, adapters: tuple[Path, Path]):
    on = shelf()
    first, second = adapters
    assert said(on, folder, "planner", planner=first, actor=second) == by_peft(folder, first)
    assert said(on, folder, "actor", planner=first, actor=second) == by_peft(folder, second)
    with pytest.raises(CapabilityError, match="no adapter 'judge' here; the learner's adapters: actor, planner"):
        said(on, folder, "judge", planner=first, actor=second)


def test_learners_of_one_base_answer_at_once(folder: Path, adapters: tuple[Path, Path]):
    on = shelf()
    wanted = {one: said(on, one) for one in (folder, *adapters)}
    found: list[tuple[Path, list[str]]] = []

    def ask(one: Path) -> None:
        found.append((one, said(on, one)))

    threads = [threading.Thread(target=ask, args=(one,)) for one in list(wanted) * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 15
    assert all(wanted[one] == texts for one, texts in found)
    assert provider(on).loaded == 1


def test_whole_versions_are_kept_in_a_bounded_number(folder: Path, tmp_path: Path):
    on = shelf(loaded=2)
    folders = [folder, *(saved(tmp_path / f"v{seed}", llama(), seed=seed) for seed in (1, 2))]
    wanted = [[greedy(plain(one), text) for text in TEXTS] for one in folders]
    for _ in range(2):
        for one, texts in zip(folders, wanted, strict=True):
            assert said(on, one) == texts
            assert provider(on).loaded <= 2


def test_released_memory_comes_back_when_it_is_needed(folder: Path):
    on = shelf()
    before = said(on, folder)
    provider(on).release()
    assert provider(on).loaded == 0
    assert said(on, folder) == before


def test_a_damaged_adapter_is_refused_and_the_base_goes_on(folder: Path, adapters: tuple[Path, Path], tmp_path: Path):
    on = shelf()
    base = said(on, folder)
    broken = Path(shutil.copytree(adapters[0], tmp_path / "broken"))
    weights = broken / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])
    with pytest.raises(UsageError, match=r"adapter_model\.safetensors: its tensors overlap, or do not fill the file"):
        said(on, broken)
    pickled = Path(shutil.copytree(adapters[0], tmp_path / "pickled"))
    (pickled / "adapter_model.safetensors").unlink()
    (pickled / "adapter_model.bin").write_bytes(b"PK")
    with pytest.raises(UsageError, match=r"only adapter_model\.bin, a pickle"):
        said(on, pickled)
    other = saved(tmp_path / "other", llama(hidden_size=32, num_attention_heads=2))
    config = broken / "adapter_config.json"
    shutil.copy(adapters[0] / "adapter_model.safetensors", weights)
    config.write_text(config.read_text().replace(str(folder), str(other)))
    with pytest.raises(UsageError, match="does not fit"):
        said(on, broken)
    assert said(on, folder) == base


@pytest.mark.parametrize("base", ["https://example.org/model", "./not-there", ""])
def test_an_adapter_s_base_is_a_folder_or_a_hub_id(
    base: str, adapters: tuple[Path, Path], folder: Path, tmp_path: Path
):
    moved = Path(shutil.copytree(adapters[0], tmp_path / "moved"))
    config = moved / "adapter_config.json"
    config.write_text(config.read_text().replace(str(folder), base))
    with pytest.raises(UsageError, match=r"adapter_config\.json.*name the base: providers="):
        said(shelf(), moved)
    assert said(shelf(base=str(folder)), moved) == by_peft(folder, adapters[0])
