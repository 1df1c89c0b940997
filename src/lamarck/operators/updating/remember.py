"""Write experience to the learner's memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

from lamarck.core import Batch, Context, Entry, Experience, Learner, Names, unknown
from lamarck.operators.remembering import committed

Source = Literal["solution", "feedback", "writes"]


@dataclass(frozen=True, kw_only=True)
class Remember:
    """Add what experiences say to the memory. The weights stay, and what looks like a secret is left out.

    In: experiences. Out: the learner with a new version of its memory; the same one where there is nothing to
    remember. By source: "solution", an entry for each experience with one, its text the task's last message;
    "feedback", one for each with words of feedback, which are its text; "writes", the entries of this kind that earlier
    operators have left there, as they are. Of the first two the key is the environment's canonical key, the source the
    task's id. Raises: UsageError where the run keeps no memory.
    Source: MoT (arXiv:2305.05181), section 3.1; Reflexion (2303.11366), section 3 for "feedback"; MemGPT (2310.08560),
    section 2 for "writes".
    """

    reads: ClassVar[Names] = {"solution"}

    kind: str = "experience"
    """Of the entries, so that they can be searched apart from others; with "writes", "" = all."""
    source: Source = "solution"

    def __post_init__(self) -> None:
        """What is read depends on the source; the checker asks the instance."""
        if self.source not in get_args(Source):
            raise unknown("source", self.source, get_args(Source), "give it as updating.Remember(source=...)")
        object.__setattr__(self, "reads", frozenset({self.source}))

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the learner that remembers them too, in the order they came."""
        return committed(learner, [entry for experience in batch for entry in self._entries(experience, ctx)], ctx)

    def _entries(self, experience: Experience, ctx: Context) -> Sequence[Entry]:
        if self.source == "writes":
            return [entry for entry in experience.writes if self.kind in ("", entry.kind)]
        if self.source == "feedback":
            text = experience.feedback.text.strip() if experience.feedback else ""
        else:
            text = experience.task.messages[-1].text if experience.solution else ""
        if not text:
            return []
        task = experience.task
        made = Entry(text=text, kind=self.kind, key=ctx.key(task), source=task.id, experience=experience)
        return [replace(made, stream=task.stream, round=ctx.round)]
