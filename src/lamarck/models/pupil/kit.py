"""What the lean trainer needs to know of this kind of model; see its `Kit`. Needs torch."""

from __future__ import annotations

from pathlib import Path

from lamarck.models.pupil import folder, tokenizer
from lamarck.models.pupil.files import digest as digest
from lamarck.models.pupil.llama import Llama

END = tokenizer.EOS
"""The token after a learned turn."""
encode = tokenizer.encode
"""Token ids of a text."""


def open(place: Path) -> Llama:
    """The torch module of a model folder."""
    return folder.load(place)


def open_scorer(place: Path) -> Llama:
    """The same under a head that rates."""
    return folder.with_scores(folder.load(place))


def save(module: Llama, place: Path) -> None:
    """Write what the module has of its own into the folder."""
    folder.save_weights(module, place)
