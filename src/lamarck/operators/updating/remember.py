"""Write experience to the learner's memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Entry, Learner, Names, UsageError


@dataclass(frozen=True, kw_only=True)
class Remember:
    """Add every experience to the memory, to be found by its question. The weights stay.

    In: experiences with a solution. Out: the learner with a new version of its memory; the same one
    where there is nothing to remember. An entry's text is the task's last message, its key the
    environment's canonical key, its source the task's id. Raises: UsageError where the run keeps no
    memory. Source: MoT (arXiv:2305.05181), section 3.1.
    """

    reads: ClassVar[Names] = {"solution"}

    kind: str = "experience"
    """Of the entries, so that they can be searched apart from others."""

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the learner that remembers them too, in the order they came."""
        if ctx.memories is None:
            raise UsageError(f"{ctx.operator} writes memory, but this run keeps none")
        entries = [
            Entry(
                text=experience.task.messages[-1].text,
                kind=self.kind,
                key=ctx.environment.key(experience.task),
                source=experience.task.id,
                experience=experience,
            )
            for experience in batch
            if experience.solution
        ]
        if not entries:
            return learner
        version = ctx.memories.commit(learner.memory, entries)
        if version == learner.memory:  # all of them were held-out items
            return learner
        added = len(ctx.memories.open(version).entries) - len(ctx.memories.open(learner.memory).entries)
        # what an earlier update of this round made is kept nowhere, so it is nobody's parent
        parent = learner.hash if learner.hash == ctx.learner.hash else learner.parent
        made = replace(learner, memory=version, parent=parent)
        ctx.store.event("remembered", learner=made.hash, parent=parent, memory=version, entries=added)
        return made
