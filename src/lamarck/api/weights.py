"""A learner's weights as a folder that other programs load: copied, or an adapter written into its base."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from lamarck.core import Learner, UsageError
from lamarck.executors.processes import Processes

Format = Literal["hf", "adapter"]
Providers = Mapping[str, Mapping[str, Any]]
ADAPTER = "adapter_config.json"
"""What makes a folder PEFT's."""
WHOLE = "lamarck.models.hf.whole:write"
"""What writes an adapter into its base; it loads the libraries in a process of its own."""


def is_adapter(folder: Path) -> bool:
    """Whether a folder's weights need a base."""
    return (folder / ADAPTER).is_file()


def write(learner: Learner, folder: Path, form: Format, providers: Providers) -> None:
    """Fill a folder that is there with a learner's weights.

    In: "hf" for a whole model, "adapter" for one of PEFT's, and what the run says about providers (where an adapter's
    base lies). Named adapters of the learner lie in folders of their names, in either form; an only one that is asked
    for as adapter is the folder itself. Raises: UsageError where there are no weights of this form here.
    """
    source = _files(learner)
    worn = {name: Path(ref.folder) for name, ref in learner.adapters.items() if ref.folder}
    if form == "hf":
        if is_adapter(source):
            said = providers.get(learner.model.provider, {})
            with Processes(1) as pool:
                pool.submit(
                    WHOLE, str(source), str(folder), str(said.get("base") or ""), str(said.get("cache") or "")
                ).result()
        else:
            _copied(source, folder)
    elif is_adapter(source):
        _copied(source, folder)
    elif len(worn) == 1:
        _copied(worn.popitem()[1], folder)
    elif not worn:
        raise UsageError(f"{learner.model.name} was trained as a whole and is no adapter; type: --format hf")
    for name, place in worn.items():
        (folder / name).mkdir()
        _copied(place, folder / name)


@contextmanager
def fresh(folder: Path) -> Generator[Path]:
    """A place to fill, which is the folder once the block is over; what fails leaves nothing.

    Raises: UsageError where the folder exists.
    """
    if folder.exists():
        raise UsageError(f"{folder} exists; give a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        yield beside
        beside.chmod(0o755)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _files(learner: Learner) -> Path:
    if not learner.model.folder:
        raise UsageError(
            f"{learner.model.name} keeps its weights elsewhere; what this learner is beside them stays in the run"
        )
    return Path(learner.model.folder)


def _copied(source: Path, target: Path) -> None:
    for path in sorted(source.iterdir()):
        if path.is_file() and path.name != "README.md":
            shutil.copyfile(path, target / path.name)
