"""A learner that is an adapter is written as one, or into its base; both load where they say."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lamarck import operators
from lamarck.api import Run
from lamarck.core import Learner, ModelRef, UsageError
from lamarck.store import RunInfo, RunStore

Lamarck = Callable[..., Any]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def ref(place: Path, provider: str = "hf") -> ModelRef:
    return ModelRef(name=f"{provider}/{place.name}", digest=place.name, folder=str(place))


def kept(name: str, champion: Learner, **providers: Mapping[str, Any]) -> Path:
    """A run whose champion is this learner."""
    path = Path("runs") / name
    info = RunInfo(recipe="rest_em", learner=champion.model.name, environment="toy", providers=providers)
    with RunStore.hold(path, info, known=operators.table()) as store:
        store.progress(base=store.keep(champion), status="done", champion=champion.hash)
    return path


def like_peft(place: Path, rank: int = 4) -> Path:
    place.mkdir(parents=True)
    (place / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": rank}))
    (place / "adapter_model.safetensors").write_bytes(b"weights")
    (place / "README.md").write_text("PEFT's own")
    return place


def test_an_adapter_is_written_as_it_is(lamarck: Lamarck):
    kept("mine", Learner(model=ref(like_peft(Path("made") / "adapter"))))
    said = lamarck("export", "mine", "out", "--format", "adapter")
    assert said.code == 0, said
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    assert "library_name: peft" in Path("out/README.md").read_text()


def test_named_adapters_lie_in_folders_of_their_names(lamarck: Lamarck):
    whole = Path("made") / "whole"
    whole.mkdir(parents=True)
    (whole / "config.json").write_text("{}")
    roles = {name: ref(like_peft(Path("made") / name, rank)) for name, rank in (("planner", 2), ("actor", 8))}
    kept("two", Learner(model=ref(whole), adapters=roles))
    kept("one", Learner(model=ref(whole), adapters={"actor": roles["actor"]}))
    assert lamarck("export", "two", "all").code == 0
    assert lamarck("export", "two", "both", "--format", "adapter").code == 0
    assert lamarck("export", "one", "single", "--format", "adapter").code == 0
    ranks = {str(path): json.loads(path.read_text())["r"] for path in Path().glob("[abs]*/**/adapter_config.json")}
    assert ranks == {
        "all/actor/adapter_config.json": 8,
        "all/planner/adapter_config.json": 2,
        "both/actor/adapter_config.json": 8,
        "both/planner/adapter_config.json": 2,
        "single/adapter_config.json": 8,
    }
    assert Path("all/config.json").exists()


@pytest.mark.slow  # a process of its own loads torch and PEFT
def test_an_adapter_is_written_into_its_base(lamarck: Lamarck, tmp_path: Path):
    folders = pytest.importorskip("tests.models.hf.folders", reason="needs the extra 'local'")
    by_peft = pytest.importorskip("tests.models.hf.test_whole").by_peft
    base = folders.saved(tmp_path / "base", folders.llama())
    adapter = folders.adapter(tmp_path / "adapter", base, 1)
    moved = base.rename(tmp_path / "moved")
    path = kept("mine", Learner(model=ref(adapter, "vllm")), vllm={"base": str(moved)})
    said = lamarck("export", "mine", "out")
    assert said.code == 0, said
    assert "library_name: transformers" in Path("out/README.md").read_text()
    wanted = by_peft(moved, adapter)
    assert [folders.greedy(folders.plain(Path("out")), text) for text in folders.TEXTS] == wanted
    saved = Run(path).champion.save("saved")
    assert (saved / "model.safetensors").read_bytes() == Path("out/model.safetensors").read_bytes()
    with pytest.raises(UsageError, match="saved exists; give a new folder"):
        Run(path).champion.save("saved")
    lost = lamarck("export", "mine", "other") if moved.rename(tmp_path / "gone") else None
    assert lost
    assert (lost.code, Path("other").exists()) == (2, False)
    assert "name the base" in lost.err
