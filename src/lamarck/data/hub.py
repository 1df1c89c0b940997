"""Rows of a data set by its name, or saved to a folder, through the `datasets` library. Scripts are not run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from lamarck.core import MissingExtra, UsageError

SPLIT = "split"
"""The column that says which of the data set's splits a row is from, where the data set has none of that name."""


def rows(name: str) -> Iterator[dict[str, Any]]:
    """Every row of every split, in order. In: ``owner/name`` or ``owner/name:configuration``.

    Raises: MissingExtra; UsageError that repeats why the library could not load it.
    """
    if find_spec("datasets") is None:
        raise MissingExtra(f"the data set {name}", "local")
    import datasets

    data_set, _, configuration = name.partition(":")
    try:
        loaded: Any = datasets.load_dataset(data_set, configuration or None)
    except Exception as error:  # the library's own errors have no common base
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UsageError(
            f"the data set {data_set} cannot be loaded: {reason}; give owner/name, owner/name:configuration or a file"
        ) from error
    yield from _parts(loaded)


def saved(folder: Path) -> Iterator[dict[str, Any]]:
    """Every row of what `save_to_disk` wrote to a folder. Raises: MissingExtra; UsageError that repeats why not."""
    if find_spec("datasets") is None:
        raise MissingExtra(f"the saved data set {folder}", "local")
    import datasets

    try:
        loaded: Any = datasets.load_from_disk(str(folder))
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UsageError(f"the saved data set {folder} cannot be loaded: {reason}; save it again") from error
    yield from _parts(loaded)


def _parts(loaded: Any) -> Iterator[dict[str, Any]]:
    parts = cast("Mapping[str, Any]", loaded) if isinstance(loaded, Mapping) else {"": loaded}
    for split, part in parts.items():
        yield from ({**({SPLIT: split} if split else {}), **row} for row in part)
