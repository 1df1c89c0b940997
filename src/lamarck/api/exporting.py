"""A learner of a run as files that other programs load, with a card that says where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lamarck import recipes
from lamarck.api.results import Run, of_run
from lamarck.api.weights import Format, fresh, is_adapter, write
from lamarck.core import LamarckError, UsageError
from lamarck.report.card import card, carried
from lamarck.store import find


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written."""

    folder: Path
    learner: str
    left: str
    """What the learner is beside its weights, in words; "" where that is nothing."""


def export(name: str, out: str | Path, *, form: Format = "hf") -> Exported:
    """Write a learner of a run to a new folder, with README.md as its model card.

    In: ``RUN:champion``, ``RUN:<hash>`` or ``RUN`` for its champion. Out: "hf" a folder for ``transformers``, with an
    adapter written into its base; "adapter" one for PEFT. Raises: UsageError where the folder exists, or the learner
    has no weights of this form here.
    """
    learner = of_run(name if ":" in name else f"{name}:champion")
    if learner is None:
        raise UsageError(f"{name} is no learner of a run; type RUN:champion or RUN:<hash>, or see: lamarck lineage RUN")
    folder, run = Path(out), Run(find(name.rpartition(":")[0] or name))
    with fresh(folder) as beside:
        write(learner, beside, form, run.info.providers)
        library = "peft" if is_adapter(beside) or form == "adapter" else "transformers"
        text = card(run.reader, learner, paper=_paper(run), base=run.info.learner, library=library)
        (beside / "README.md").write_text(text, encoding="utf-8")
    return Exported(folder=folder, learner=learner.hash, left=carried(learner).told)


def _paper(run: Run) -> str:
    try:
        return recipes.load(run.info.recipe_file or run.info.recipe).paper
    except LamarckError:  # the user's own file has moved; the card can do without
        return "https://arxiv.org/abs/2404.14387"
