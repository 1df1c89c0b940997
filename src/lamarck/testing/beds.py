"""Learners made on the spot, for experiments that need another start than the models that ship.

A bed is data: the same bed from the same model is the same learner, bit for bit on one machine type.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Protocol

from lamarck import environments
from lamarck.core import (
    Environment,
    Experience,
    Job,
    Labelling,
    Message,
    Objective,
    Row,
    UsageError,
    describe,
    digest,
    offers,
)
from lamarck.executors.processes import Processes
from lamarck.models import Host, Shelf
from lamarck.models.pupil import files
from lamarck.testing.blank import Blank
from lamarck.trainers.lean.trainer import LeanTrainer

DIGITS = "0123456789"
GLIMPSE = 64
"""Examples that tell whether a world is still the one that a bed was made in."""


class Pool(Protocol):
    """Where training is done."""

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        """Run the function of this name in a worker process."""
        ...


@dataclass(frozen=True, kw_only=True)
class Bed:
    """A pupil trained further on labelled examples of an environment, before any run."""

    start: str | Bed | Blank = "pupil/listmachine"
    """What it is made from: a learner as ``--learner`` takes it, another bed, or nothing."""
    environment: str = "listmachine"
    objective: Mapping[str, str | int | float | bool | None] = field(
        default_factory=dict[str, "str | int | float | bool | None"]
    )
    """What the examples are about: parameters of the environment's objective."""
    steps: int = 300
    """Updates; each reads a batch of examples that no other reads."""
    share: float = 0.0
    """Of the examples that are corrupted."""
    spares: str = ""
    """Kind of tasks whose examples are never corrupted; the share is of the others."""
    slips: float = 0.0
    """Chance that a digit of a corrupted example's solution is another digit."""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Training values in place of the model card's."""
    seed: int = 0

    def told(self, found: Sequence[Experience]) -> Sequence[Experience]:
        """The labelled examples as they are read: the share of them corrupted; which ones follows from the seed."""
        rng = Random(f"corrupted {self.seed}")
        open_ = [i for i, e in enumerate(found) if not self.spares or e.task.kind != self.spares]
        spoilt = set(rng.sample(open_, round(self.share * len(open_))))
        return [saying(e, lambda t: slipped(t, self.slips, rng)) if i in spoilt else e for i, e in enumerate(found)]


def noisy(*, share: float, slips: float = 0.15, steps: int = 300, **more: Any) -> Bed:
    """The pupil after reading traces of which a share has wrong figures: it knows the form and slips."""
    return Bed(share=share, slips=slips, steps=steps, **more)


def specialist(*, kind: str, steps: int = 300, slips: float = 0.5, **more: Any) -> Bed:
    """The pupil after reading clean traces of one kind of task and wrong ones of all others: good at this kind alone.

    Leaving the others out is not enough: what the kinds have in common is kept by either.
    """
    return Bed(spares=kind, share=1.0, slips=slips, steps=steps, **more)


def made(bed: Bed, folder: Path, pool: Pool | None = None) -> Path:
    """The bed's model folder below ``folder``; trained now, or found as an earlier call left it.

    Raises: UsageError for an unknown model, environment or parameter, or one that has no labelled examples.
    """
    world = environments.load(bed.environment)
    start = Shelf(Host(environment=world.name)).learner(_begun(bed.start, folder, pool))
    read = [(e.prompt.name, e.task.fields, e.solution and e.solution.text) for e in examples(bed, world, GLIMPSE)]
    told = [describe(bed), start.model.digest, describe(read)]
    key = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    note = folder / f"{key}.json"
    if note.is_file() and (found := _whole(folder, note)):
        return found
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        workers = pool or opened.enter_context(Processes(1))
        trainer = LeanTrainer(workers, kit="lamarck.models.pupil.kit", locate=files.locate)
        shelf = Shelf(Host(pool=workers, environment=world.name))
        settings = {**shelf.card(start.model, "sft"), **bed.settings}
        taught = examples(bed, world, bed.steps * int(settings["batch"]))
        render = shelf.open(start).render
        rows = [_row(render(e.prompt), e) for e in taught]
        job = Job(loss="sft", rows=rows, settings=settings, seed=bed.seed)
        trained = trainer.fit(start.model, job, str(folder))
    _written(note, {"bed": describe(bed), "start": start.model.digest, "digest": trained.model.digest,
                    "folder": Path(trained.model.folder).name, "cpu_s": round(trained.seconds, 1)})  # fmt: skip
    return Path(trained.model.folder)


def over(bed: Bed, **changes: Any) -> Bed:
    """The bed with changed fields, and so every bed that it starts from; ``start`` is changed at the bottom alone."""
    rest = {name: value for name, value in changes.items() if name != "start"}
    if isinstance(bed.start, Bed):
        return replace(bed, start=over(bed.start, **changes), **rest)
    return replace(bed, start=changes.get("start", bed.start), **rest)


def examples(bed: Bed, world: Environment, n: int) -> Sequence[Experience]:
    """n labelled examples as the bed has them read."""
    goal = Objective(ability=world.ability, parameters=bed.objective)
    if bed.objective and not offers(world, Labelling):
        raise UsageError(f"{world.name} makes no labelled examples of an objective; take the parameters out of the bed")
    seed = digest("bed", bed.seed)
    found = world.labelled(n, seed, goal) if offers(world, Labelling) else world.examples(n, seed)
    if not found:
        raise UsageError(f"{world.name} makes no labelled examples; a bed needs them")
    return bed.told(found)


def slipped(text: str, chance: float, rng: Random) -> str:
    """The text with each digit replaced by another digit at this chance."""
    return "".join(rng.choice(DIGITS.replace(c, "")) if c in DIGITS and rng.random() < chance else c for c in text)


def saying(experience: Experience, change: Callable[[str], str]) -> Experience:
    """The experience with what its solution says changed."""
    if experience.solution is None:
        return experience
    turns = tuple(replace(m, text=change(m.text)) if m.role == "assistant" else m for m in experience.solution.messages)
    return replace(experience, solution=replace(experience.solution, messages=turns))


def _begun(start: str | Bed | Blank, folder: Path, pool: Pool | None) -> str:
    """The name of the learner that a bed is made from."""
    if isinstance(start, str):
        return start
    found = made(start, folder, pool) if isinstance(start, Bed) else start.made(folder)
    return f"pupil/{found.absolute()}"


def _row(asked: tuple[Message, ...], experience: Experience) -> Row:
    said = experience.solution.messages if experience.solution else ()
    return Row(messages=(*asked, *said), learn=(*(False for _ in asked), *(m.role == "assistant" for m in said)))


def _whole(folder: Path, note: Path) -> Path | None:
    """The model a note speaks of; None where the folder is not what was written."""
    told = files.read(folder, note.name)
    found = folder / str(told.get("folder"))
    try:
        return found if files.digest(found) == told.get("digest") else None
    except UsageError:
        return None


def _written(note: Path, content: Mapping[str, Any]) -> None:
    """Whole or not at all: two processes may make the same bed at once."""
    draft = note.with_name(f".{note.name}.{os.getpid()}")
    draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    draft.replace(note)
