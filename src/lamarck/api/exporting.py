"""A learner of a run as files that other programs load: its weights with a card, or what it has in words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lamarck import recipes
from lamarck.api.remembering import seen
from lamarck.api.results import Run, of_run
from lamarck.api.weights import Format, fresh, is_adapter, write
from lamarck.core import LamarckError, Learner, UsageError
from lamarck.data.whole import written
from lamarck.report.card import card, carried
from lamarck.report.remembered import Known, known, solved
from lamarck.report.skill import Worded, skill, system_prompt
from lamarck.store import find

WORDS = 1000
"""Of a system prompt, at most."""


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
    run, learner = _found(name)
    folder = Path(out)
    with fresh(folder) as beside:
        write(learner, beside, form, run.info.providers)
        library = "peft" if is_adapter(beside) or form == "adapter" else "transformers"
        text = card(run.reader, learner, paper=_paper(run), base=run.info.learner, library=library)
        (beside / "README.md").write_text(text, encoding="utf-8")
    return Exported(folder=folder, learner=learner.hash, left=carried(learner).told)


def in_words(
    name: str, out: str | Path, *, form: Literal["skill", "prompt"] = "skill", words: int = WORDS, stream: str = ""
) -> Worded:
    """Write a learner's prompt, and what its memory holds in words, for programs without Lamarck.

    In: a learner as for :func:`export`. "skill": a new folder with a SKILL.md, named after the folder. "prompt": a new
    file with one system prompt of at most so many ``words``. Entries of somebody's dialogue are left out, but for those
    of this ``stream``. Out: what was written. Raises: UsageError where something is there already, or nothing to write.
    """
    run, learner = _found(name)
    place = Path(out)
    if place.exists():
        raise UsageError(f"{place} exists; give a new {'folder' if form == 'skill' else 'file'}")
    entries = _known(run, learner)
    if form == "prompt":
        made = system_prompt(learner, entries, words, stream=stream)
        written(place, made.text)
        return made
    made = skill(place.name, run.path.name, run.info, learner, entries, stream=stream)
    with fresh(place) as beside:
        (beside / "SKILL.md").write_text(made.text, encoding="utf-8")
    return made


def _found(name: str) -> tuple[Run, Learner]:
    """The run of a name, and the learner. Raises: UsageError for what is none."""
    learner = of_run(name if ":" in name else f"{name}:champion")
    if learner is None:
        raise UsageError(f"{name} is no learner of a run; type RUN:champion or RUN:<hash>, or see: lamarck lineage RUN")
    return Run(find(name.rpartition(":")[0] or name)), learner


def _known(run: Run, learner: Learner) -> list[Known]:
    """What it remembers, with effects; nothing where it has no memory."""
    if not learner.memory:
        return []
    entries = seen(run.path.absolute()).open(learner.memory).entries
    return known(list(entries), solved(run.reader))


def _paper(run: Run) -> str:
    try:
        return recipes.load(run.info.recipe_file or run.info.recipe).paper
    except LamarckError:  # the user's own file has moved; the card can do without
        return "https://arxiv.org/abs/2404.14387"
