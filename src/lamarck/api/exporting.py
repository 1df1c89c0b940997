"""A learner of a run as files that other programs load, with a card that says where it came from."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lamarck import recipes
from lamarck.api.results import Run, of_run
from lamarck.core import LamarckError, Learner, UsageError
from lamarck.report.card import card, carried
from lamarck.store import find

Format = Literal["hf", "adapter"]
ADAPTER = "adapter_config.json"
"""What makes a folder PEFT's."""
INNER = ("training.json", "prompts.json")
"""Ours, but part of what the learner is: they go along."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written."""

    folder: Path
    learner: str
    left: str
    """What the learner is beside its weights, in words; "" where that is nothing."""


def export(name: str, out: str | Path, *, form: Format = "hf") -> Exported:
    """Write a learner of a run to a new folder, with README.md as its model card.

    In: ``RUN:champion``, ``RUN:<hash>`` or ``RUN`` for its champion. Out: "hf" a folder for ``transformers``,
    "adapter" one for PEFT. Raises: UsageError where the folder exists, or the learner has no weights of this form here.
    """
    learner = of_run(name if ":" in name else f"{name}:champion")
    if learner is None:
        raise UsageError(f"{name} is no learner of a run; type RUN:champion or RUN:<hash>, or see: lamarck lineage RUN")
    folder = Path(out)
    if folder.exists():
        raise UsageError(f"{folder} exists; give a new folder")
    source, run = _files(learner), Run(find(name.rpartition(":")[0] or name))
    is_adapter = (source / ADAPTER).is_file()
    if form == "adapter" and not is_adapter:
        raise UsageError(f"{learner.model.name} was trained as a whole and is no adapter; type: --format hf")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        _copied(source, beside)
        library = "peft" if is_adapter else "transformers"
        text = card(run.reader, learner, paper=_paper(run), base=run.info.learner, library=library)
        (beside / "README.md").write_text(text, encoding="utf-8")
        beside.chmod(0o755)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Exported(folder=folder, learner=learner.hash, left=carried(learner).told)


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


def _paper(run: Run) -> str:
    try:
        return recipes.load(run.info.recipe_file or run.info.recipe).paper
    except LamarckError:  # the user's own file has moved; the card can do without
        return "https://arxiv.org/abs/2404.14387"
