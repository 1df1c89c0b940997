"""The model folder as the main process sees it: where it lies, what it is, what it can be asked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from lamarck.core import CapabilityError, ModelRef, UsageError, unknown
from lamarck.data.strict import table

BUILT_IN = Path(__file__).parent
PROVIDER = "pupil"
_COUNTED = ("config.json", "generation_config.json", "model.safetensors", "prompts.json", "tokenizer.json")
_SLOT = re.compile(r"\{(\w+)\}")


def names() -> list[str]:
    """The models that come with the package: `game24`, ..."""
    return sorted(path.parent.name for path in BUILT_IN.glob("*/model.safetensors"))


def suited(environment: str) -> str | None:
    """The built-in model made for an environment; its `training.json` says for which."""
    return next((name for name in names() if environment in read(BUILT_IN / name, "training.json")["suits"]), None)


def reference(name: str) -> ModelRef:
    """The untouched model of a name like `pupil/game24`, or of a folder like `pupil/./mine`.

    Raises: UsageError with near names.
    """
    short = name.removeprefix(f"{PROVIDER}/")
    if "/" in short:
        folder = Path(short).absolute()
        return ModelRef(name=f"{PROVIDER}/{folder.name}", digest=digest(folder), folder=str(folder))
    if short not in names():
        raise unknown("pupil", short, names(), "or give a model's folder: pupil/./folder")
    folder = BUILT_IN / short
    return ModelRef(name=f"{PROVIDER}/{short}", digest=digest(folder), folder=str(folder))


def locate(model: ModelRef) -> Path:
    """The folder of a model, trained or built in."""
    return Path(model.folder or reference(model.name).folder)


def rates(model: ModelRef) -> bool:
    """Whether a model gives texts a number and writes none."""
    named: Any = read(locate(model), "config.json").get("architectures")
    return isinstance(named, list) and any(
        str(one).endswith("ForSequenceClassification") for one in cast("list[Any]", named)
    )


def digest(folder: Path) -> str:
    """SHA-256 over the files that decide what the model says; cards and READMEs do not count."""
    total = hashlib.sha256()
    for name in _COUNTED:
        path = folder / name
        if not path.is_file():
            raise UsageError(f"{folder} is no model folder of the pupil's: it has no {name}")
        total.update(f"{name} {path.stat().st_size}\n".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def read(folder: Path, name: str) -> dict[str, Any]:
    """A JSON file of the folder that holds an object. Raises: UsageError."""
    return table(folder / name)


def card(model: ModelRef, loss: str) -> Mapping[str, Any]:
    """Training values found to work for this loss. Raises: CapabilityError naming the known losses."""
    known = {key: value for key, value in read(locate(model), "training.json").items() if key != "suits"}
    if loss not in known:
        raise CapabilityError(f"{model.name} has no training values for '{loss}', only for {', '.join(known)}")
    return cast("Mapping[str, Any]", known[loss])


def render(model: str, prompts: Mapping[str, str], name: str, fields: Mapping[str, str]) -> str:
    """A prompt in the model's own format. Raises: CapabilityError for a name or a field it lacks."""
    if name not in prompts:
        raise CapabilityError(
            f"{model} cannot be asked '{name}'; it knows {', '.join(sorted(prompts))}. "
            "Choose another learner, or a recipe that asks only these"
        )
    missing = sorted(set(_SLOT.findall(prompts[name])) - set(fields))
    if missing:
        raise CapabilityError(f"{model}: prompt '{name}' needs the fields {', '.join(missing)}, got {sorted(fields)}")
    return _SLOT.sub(lambda slot: fields[slot[1]], prompts[name])
