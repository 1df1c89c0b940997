"""The memory of a run: what makes its vectors, what it begins with, and what it gives to those who share it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from lamarck import operators
from lamarck.api.results import of_run
from lamarck.core import CapabilityError, Learner, Models, PausedRun, UsageError
from lamarck.core.protocols import Embedding
from lamarck.likeness import ByModel, NGrams
from lamarck.memory import Embedder, ReadOnly, Versions
from lamarck.memory.shared import Shared
from lamarck.memory.unsearched import unsearched
from lamarck.store import RunInfo, RunReader, RunStore, find
from lamarck.store.archive import BASE
from lamarck.store.disk import called
from lamarck.store.folder import is_run

NGRAMS, LEARNER = "ngrams", "learner"
"""Embedders that are no model's name: counts of letters, and the learner as its run began."""
DIGITS = 12
"""Of a digest, in an embedder's name."""


def embedder_of(said: str, learner: Learner, models: Models, *, tried: bool = True) -> Embedder:
    """What a word for an embedder means.

    In: "ngrams", "learner", or a model as for a role; the learner that the run began with; whether the model was
    tried before, so that an endpoint need not be asked what it can do. Raises: UsageError for a model there is not,
    CapabilityError for one that makes no vectors.
    """
    if said == NGRAMS:
        return NGrams()
    found = learner if said == LEARNER else of_run(said) or models.learner(said)
    model = models.open(found)
    if not isinstance(model, Embedding) or not (tried or "embed" in model.capabilities):
        raise CapabilityError(
            f"--embedder {said}: {found.model.name} makes no embeddings; type --embedder {NGRAMS}, or name a model "
            "that does: hf/<model>, pupil/<name>, or openai/<model> of an endpoint with /embeddings"
        )
    # what a learner wears does not count: an embedding is the bare model's
    return ByModel(model=model, name=f"{found.model.name}@{found.model.digest[:DIGITS]}")


def embedder_in(run: Path, models: Models) -> Embedder:
    """What makes the vectors of a run's memory."""
    reader = RunReader(run, known=operators.table())
    info = reader.info
    return NGrams() if info.embedder == NGRAMS else embedder_of(info.embedder, reader.learner(info.base), models)


def seen(run: Path) -> Versions:
    """The versions in a run folder, to be looked at; only those of hashed n-grams can be searched too."""
    return unsearched(run, RunReader(run).info.vectors)


@dataclass(kw_only=True)
class Remembering:
    """The memory of a run at work."""

    versions: Versions
    base: Learner
    """The learner that the run begins with, and what it remembers then."""
    shared: Shared | None

    def publish(self, store: RunStore, champion: Learner) -> None:
        """Give what the champion remembers beyond the beginning to those who share the memory, once for this run.

        Raises: PausedRun where they cannot be reached.
        """
        if not self.shared or store.info.published or champion.memory == self.base.memory:
            return
        before, after = self.versions.open(self.base.memory), self.versions.open(champion.memory)
        once = f"{store.info.started} {self.base.hash} {champion.hash}"
        try:
            made = self.shared.publish(before, after, once=once)
        except (PausedRun, UsageError) as error:
            cure = f"what was learned is in the run; to give it again, type: lamarck resume {called(store.root)}"
            raise PausedRun(f"{error}; {cure}") from None
        store.progress(published=made)
        store.event("published", memory=str(self.shared.address), version=made, learner=champion.hash)


@contextmanager
def sharing(path: Path, info: RunInfo, base: Learner, embedder: Embedder) -> Generator[Shared | None]:
    """The shared memory that a run asks for, None for none. Where the run is new, it is looked at before anything is
    made. Raises: UsageError where the learner brings a memory of its own, or the shared one cannot be read."""
    if not info.memory:
        yield None
        return
    if base.memory:
        raise UsageError(
            f"--memory: the learner remembers something already (version {base.memory}), and a run has one memory; "
            "type: lamarck memory publish RUN ADDRESS, then begin with a model, or leave --memory out"
        )
    shared = Shared(info.memory, embedder)
    try:
        if not is_run(path):
            shared.now()
        yield shared
    finally:
        shared.close()


def remembered(store: RunStore, info: RunInfo, base: Learner, embedder: Embedder, shared: Shared | None) -> Remembering:
    """The run's memory in its folder. What a learner of another run brings along becomes this run's own, as does what
    a shared memory holds when the run begins: others change it as they like, and the run can be repeated."""

    def tell(done: int, total: int) -> None:
        store.event("progress", done=done, total=total)

    if isinstance(embedder, ByModel):
        embedder = replace(embedder, tell=tell)
    store.progress(vectors=embedder.name)
    versions = Versions(store.disk, embedder)
    if shared:
        kept = store.read(BASE, Learner)
        base = replace(base, memory=kept.memory if kept else shared.version)
        versions.take(shared.versions, base.memory)
    elif base.memory:
        there = find(info.learner.rpartition(":")[0]).absolute()
        versions.take(Versions(ReadOnly(there), embedder), base.memory)
    return Remembering(versions=versions, base=base, shared=shared)
