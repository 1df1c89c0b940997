"""Model folders as they lie on disk: which there are, what they are made of, where a hub's copy is. No torch here."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from lamarck.core import MissingExtra, ModelRef, UsageError

PROVIDER = "hf"
ADAPTER, BASE = "adapter_config.json", "base.json"
"""A folder that has the first is an adapter's, not a whole model's; ours say in the second what they stand on."""
_COUNTED = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "chat_template.jinja",
    "preprocessor_config.json",
    "processor_config.json",
    "prompts.json",
    ADAPTER,
    BASE,
)
_WANTED = ("*.safetensors", "*.json", "*.txt", "*.jinja", "tokenizer.model")
"""What is fetched from the hub: no pickles, no code."""
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DIGESTS: dict[tuple[object, ...], str] = {}


class BrokenModel(UsageError):
    """A model folder cannot be used; the message names the file and the cure."""


def is_path(name: str) -> bool:
    """Whether a name means a folder here rather than a model on the hub."""
    return name.startswith((".", "/", "~")) or Path(name).is_dir()


def reference(name: str, cache: str | None = None) -> ModelRef:
    """The untouched model of a folder (`./mine`) or a hub id (`owner/name`, `owner/name@revision`).

    In: the folder of the hub's cache, None = the usual one. Out: the folder's content as digest, or the hub's
    commit. Raises: UsageError with near names.
    """
    if not name:
        raise UsageError("which model? type: hf/owner/name, or hf/./folder")
    if is_path(name):
        folder = Path(name).expanduser().absolute()
        if not folder.is_dir():
            raise _missing(folder)
        return ModelRef(name=f"{PROVIDER}/{folder.name}", digest=digest(folder), folder=str(folder))
    identity, _, revision = name.partition("@")
    if identity.count("/") != 1 or not all(identity.split("/")):
        raise UsageError(f"hf/{name} is neither a folder here nor a hub id; type: hf/./folder or hf/owner/name")
    return ModelRef(name=f"{PROVIDER}/{name}", digest=_commit(identity, revision or "main", cache))


def locate(model: ModelRef, cache: str | None = None) -> Path:
    """The folder of a model: its own, or the hub's copy, fetched where it is not here yet. Raises: UsageError."""
    if model.folder:
        folder = Path(model.folder)
        if not folder.is_dir():
            raise _missing(folder)
        return folder
    identity = model.name.removeprefix(f"{PROVIDER}/").partition("@")[0]
    here = _cached(identity, model.digest, cache)
    if here is not None:
        return here
    try:
        found: Any = _hub().snapshot_download(
            identity, revision=model.digest, cache_dir=cache, allow_patterns=list(_WANTED)
        )
    except Exception as error:
        raise UsageError(f"{model.name} could not be fetched from the hub: {_line(error)}") from error
    return Path(str(found))


def rates(folder: Path) -> bool:
    """Whether a folder's model rates texts and writes none, be it whole or an adapter."""
    if is_adapter(folder):
        return read(folder / ADAPTER).get("task_type") == "SEQ_CLS"
    named = optional(folder, "config.json").get("architectures")
    return isinstance(named, list) and any(
        str(one).endswith("ForSequenceClassification") for one in cast("list[Any]", named)
    )


def digest(folder: Path) -> str:
    """SHA-256 over the files that decide what the model says; cards and READMEs do not count.

    Nor does where an adapter's base lies, if `base.json` beside it says what it is. Raises: BrokenModel where there is
    neither a config.json nor an adapter_config.json, or no weights.
    """
    paths = [path for name in _COUNTED if (path := folder / name).is_file()]
    if not {"config.json", ADAPTER} & {path.name for path in paths}:
        raise BrokenModel(f"{folder} is no model folder: it has neither config.json nor {ADAPTER}")
    paths += sorted(folder.glob("*.safetensors")) + sorted(folder.glob("*.safetensors.index.json"))
    stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    key = (str(folder.resolve()), *stats)
    if key not in _DIGESTS:
        total = hashlib.sha256()
        for path in paths:
            if path.name == ADAPTER and (folder / BASE).is_file():
                total.update(_unplaced(path))
                continue
            total.update(f"{path.name} {path.stat().st_size}\n".encode())
            with path.open("rb") as file:
                while block := file.read(1 << 22):
                    total.update(block)
        _DIGESTS[key] = total.hexdigest()
    return _DIGESTS[key]


def _unplaced(path: Path) -> bytes:
    """An adapter's configuration without the place of its base."""
    told = {name: value for name, value in read(path).items() if name != "base_model_name_or_path"}
    return json.dumps(told, sort_keys=True).encode()


def read(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object. Raises: BrokenModel."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BrokenModel(f"{path} cannot be read as JSON ({_line(error)}); take an intact copy") from error
    if not isinstance(found, dict):
        raise BrokenModel(f"{path} holds no JSON object; take an intact copy")
    return cast("dict[str, Any]", found)


def optional(folder: Path, name: str) -> Mapping[str, Any]:
    """A JSON object of the folder, empty where there is no such file. Raises: BrokenModel."""
    return read(folder / name) if (folder / name).is_file() else {}


def is_adapter(folder: Path) -> bool:
    """Whether the folder holds an adapter, which needs a base."""
    return (folder / ADAPTER).is_file() and not (folder / "config.json").is_file()


def base(folder: Path, given: str = "", cache: str | None = None) -> ModelRef:
    """The model that an adapter sits on: the one the user names, else the one the adapter names.

    Raises: BrokenModel where that is an address, or nothing.
    """
    named = given or str(read(folder / ADAPTER).get("base_model_name_or_path") or "")
    cure = 'name the base: providers={"hf": {"base": "./folder"}}'
    if not named:
        raise BrokenModel(f"{folder / ADAPTER} names no base model; {cure}")
    if "://" in named:
        raise BrokenModel(f"{folder / ADAPTER} names an address as its base ('{named[:80]}'); {cure}")
    place = named if is_path(named) else str(folder / named) if (folder / named).is_dir() else named
    beside = folder.parent / str(optional(folder, BASE).get("digest", "?"))[:16]
    if not given and beside.is_dir() and not Path(place).is_dir():
        place = str(beside)  # the run's folder was moved, and both lie in it
    try:
        return reference(place, cache)
    except UsageError as error:
        raise BrokenModel(f"the base that {folder / ADAPTER} names: {error}; {cure}") from error


def _commit(identity: str, revision: str, cache: str | None) -> str:
    if _COMMIT.fullmatch(revision):
        return revision
    try:
        return str(_hub().HfApi().model_info(identity, revision=revision, timeout=20).sha)
    except Exception as error:
        here = _cached(identity, revision, cache)
        if here is not None:
            return here.name
        cure = "check the name, or give a folder: hf/./folder"
        raise UsageError(
            f"hf/{identity} is neither on the hub nor in its cache here ({_line(error)}); {cure}"
        ) from None


def _hub() -> Any:
    """The hub's library, which folders do without. Raises: MissingExtra."""
    try:
        import huggingface_hub
    except ModuleNotFoundError as missing:
        raise MissingExtra(f"models of the hub (no module {missing.name})", "local") from missing
    return huggingface_hub


def _cached(identity: str, revision: str, cache: str | None) -> Path | None:
    try:
        found: Any = _hub().snapshot_download(identity, revision=revision, cache_dir=cache, local_files_only=True)
    except Exception:  # not here; asking the hub is next
        return None
    return Path(str(found))


def _missing(folder: Path) -> UsageError:
    siblings = [path.name for path in folder.parent.glob("*/")] if folder.parent.is_dir() else []
    near = difflib.get_close_matches(folder.name, siblings, n=3, cutoff=0.5)
    return UsageError(f"there is no folder {folder}" + (f"; did you mean {' or '.join(near)}?" if near else ""))


def _line(error: BaseException) -> str:
    return (str(error).strip() or repr(error)).splitlines()[0][:200]
