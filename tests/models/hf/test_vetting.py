"""What a folder must not hold is refused, by name, before anything of it is loaded."""

import json
import os
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from tests.models.hf.folders import llama, opened, request, shelf

from lamarck.core import UsageError
from lamarck.models.hf.vetting import header, vet


class Trap:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def with_tensors(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = folder / "model.safetensors"
    tensors = dict(safetensors.numpy.load_file(path))
    change(tensors)
    path.unlink()
    safetensors.numpy.save_file(tensors, path, metadata={"format": "pt"})


def rewritten(folder: Path, file: str, **entries: Any) -> None:
    path = folder / file
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(folder.parent / "sprung")))


def disguised(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(pickle.dumps(Trap(folder.parent / "sprung")))


def zipped(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"PK\x03\x04" + bytes(100))


def index(*shards: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "model.safetensors").rename(folder.parent / "outside.safetensors")
        weights = {f"weight.{at}": shard for at, shard in enumerate(shards)}
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weights}))

    return change


def linked(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder.parent / "outside.safetensors")
    (folder / "model.safetensors").symlink_to(folder.parent / "outside.safetensors")


def code(folder: Path) -> None:
    (folder / "modeling_mine.py").write_text("raise SystemExit")


def long_header(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 60) + b"{}")


def cut(folder: Path) -> None:
    os.truncate(folder / "model.safetensors", 500)


def trailing(folder: Path) -> None:
    with (folder / "model.safetensors").open("ab") as file:
        file.write(b"more")


def nan(folder: Path) -> None:
    def change(tensors: dict[str, Any]) -> None:
        tensors["model.norm.weight"] = np.full_like(tensors["model.norm.weight"], np.nan)

    with_tensors(folder, change)


def lacking(folder: Path) -> None:
    with_tensors(folder, lambda tensors: tensors.pop("model.layers.1.self_attn.q_proj.weight"))


def other_shape(folder: Path) -> None:
    llama(intermediate_size=64).save_pretrained(folder)


def other_tokenizer(folder: Path) -> None:
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    content["model"]["vocab"]["unheard"] = 999
    path.write_text(json.dumps(content))


BAD: dict[str, tuple[Callable[[Path], Any], str]] = {
    "pickle": (pickled, r"no model\.safetensors, only pytorch_model\.bin, a pickle, which can run code; convert it"),
    "pickle in disguise": (disguised, r"model\.safetensors is a pickle or an archive under another name"),
    "zip in disguise": (zipped, r"model\.safetensors is a pickle or an archive under another name"),
    "shard above": (
        index("../outside.safetensors"),
        r"index\.json names '\.\./outside\.safetensors', which is no file",
    ),
    "shard by path": (index("/etc/passwd"), r"index\.json names '/etc/passwd', which is no file of this folder"),
    "shard missing": (index("model-00001.safetensors"), r"names model-00001\.safetensors, which is missing"),
    "link out": (linked, r"model\.safetensors is a link out of its folder"),
    "code": (code, r"modeling_mine\.py is code, which is never run"),
    "auto_map": (
        lambda folder: rewritten(folder, "config.json", auto_map={"AutoModel": "modeling_mine.Mine"}),
        r"config\.json asks for code from elsewhere \('auto_map'\)",
    ),
    "auto_map of the tokenizer": (
        lambda folder: rewritten(folder, "tokenizer_config.json", auto_map={"AutoTokenizer": ["a.B", None]}),
        r"tokenizer_config\.json asks for code from elsewhere",
    ),
    "long header": (long_header, r"model\.safetensors is no safetensors file, or cut short"),
    "cut": (cut, r"model\.safetensors is no safetensors file, or cut short"),
    "trailing bytes": (trailing, r"model\.safetensors: its tensors overlap, or do not fill the file"),
    "nan": (nan, r"model\.safetensors: model\.norm\.weight holds values that are not finite"),
    "a weight lacks": (lacking, r"lacks 1 of the weights that config\.json asks for, first 'model\.layers\.1"),
    "another shape": (other_shape, r"config\.json does not fit the weights beside it"),
    "another tokenizer": (other_tokenizer, r"the tokenizer has a token 999, but the model reads 300 tokens only"),
    "config cut": (lambda folder: (folder / "config.json").write_text("{"), r"config\.json cannot be read as JSON"),
    "config unknown": (
        lambda folder: rewritten(folder, "config.json", model_type="nonesuch"),
        r"config\.json is no configuration that transformers .* knows",
    ),
    "config nonsense": (
        lambda folder: rewritten(folder, "config.json", num_hidden_layers="many"),
        r"config\.json is no configuration|config\.json does not fit",
    ),
    "no tokenizer": (
        lambda folder: (folder / "tokenizer.json").unlink(),
        r"has no tokenizer that can be loaded",
    ),
    "tokenizer cut": (
        lambda folder: (folder / "tokenizer.json").write_text('{"version": "1.0"'),
        r"has no tokenizer that can be loaded",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_folder_is_refused_by_name(fault: str, folder: Path, tmp_path: Path):
    change, said = BAD[fault]
    bad = Path(shutil.copytree(folder, tmp_path / "bad"))
    change(bad)
    with pytest.raises(UsageError, match=said):
        opened(bad).generate([request("a")])
    assert not (tmp_path / "sprung").exists()


def test_a_good_folder_passes(folder: Path):
    assert [path.name for path in vet(folder)] == ["model.safetensors"]
    assert "model.norm.weight" in header(folder / "model.safetensors")


def test_a_hub_s_cache_keeps_its_files_as_links(folder: Path, tmp_path: Path):
    commit, repository = "0123456789abcdef0123456789abcdef01234567", tmp_path / "models--me--small"
    snapshot, blobs = repository / "snapshots" / commit, repository / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    for at, path in enumerate(sorted(folder.iterdir())):
        shutil.copy(path, blobs / f"b{at}")
        (snapshot / path.name).symlink_to(Path("../../blobs") / f"b{at}")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    wanted = opened(folder).generate([request("a", 1)])[0][0].text
    assert opened(snapshot).generate([request("a", 1)])[0][0].text == wanted
    on = shelf(cache=str(tmp_path))
    found = on.learner(f"hf/me/small@{commit}")
    assert (found.model.name, found.model.digest, found.model.folder) == (f"hf/me/small@{commit}", commit, "")
    assert on.open(found).generate([request("a", 1)])[0][0].text == wanted


def test_a_name_that_is_nothing_is_told_with_near_ones(folder: Path):
    on = shelf()
    with pytest.raises(UsageError, match=r"there is no folder .*lama; did you mean llama\?"):
        on.learner(f"hf/{folder.parent / 'lama'}")
    with pytest.raises(UsageError, match=r"neither a folder here nor a hub id; type: hf/\./folder or hf/owner/name"):
        on.learner("hf/nothing")
    with pytest.raises(UsageError, match=r"it has neither config\.json nor adapter_config\.json"):
        on.learner(f"hf/{folder.parent}")


def test_a_digest_tells_weights_and_tokenizers_apart(folder: Path, tmp_path: Path):
    on = shelf()
    same = Path(shutil.copytree(folder, tmp_path / "same"))
    (same / "README.md").write_text("words")
    assert on.learner(f"hf/{same}").hash == on.learner(f"hf/{folder}").hash
    rewritten(same, "tokenizer_config.json", model_max_length=5)
    assert on.learner(f"hf/{same}").hash != on.learner(f"hf/{folder}").hash
