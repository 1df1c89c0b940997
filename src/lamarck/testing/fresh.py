"""The folder of a small model with fresh weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lamarck.models.pupil import folder, tokenizer
from lamarck.models.pupil.llama import Llama, Shape, initialise


def write(place: Path, shape: Mapping[str, int], longest: int, seed: int) -> None:
    """Write weights, configuration and tokenizer. In: sizes by the names of ``Shape``, tokens of an answer at most."""
    model = Llama(Shape(**shape))  # type: ignore[arg-type]  # all but "rates" and two floats are whole numbers
    initialise(model, seed)
    folder.save(model, place, longest=longest)
    tokenizer.save(place)
