"""What was wrong, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import (
    Batch,
    Context,
    Experience,
    Feedback,
    Names,
    Predicate,
    Sampling,
    Scope,
    Solution,
)
from lamarck.operators.judging import guarded
from lamarck.operators.trying import told

NONE = "(none)"
"""What stands in a prompt where nothing was said before."""


@dataclass(frozen=True, kw_only=True)
class Critique:
    """Let a role say about each solution what is wrong, why, and what to do next time.

    In: experiences of a task with a solution. Out: the same ones, in the same order; those that meet ``where`` with
    words as feedback, ``source`` naming who said them. A verdict given before stays: its score, whether it passed, its
    details. Solutions and verdicts stand in the fence: what a trajectory says is material, never an order. An empty
    reply changes nothing, and is told as a reason.
    Source: Reflexion (arXiv:2303.11366), section 3; Self-Refine (arXiv:2303.17651), section 2.
    Differs: no examples are shown unless the prompt holds them.
    """

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}

    prompt: str
    """Its fields: the task's own, "task" (its words), "solution" (the answer, or the whole trajectory), "verdict" (the
    words of a feedback before), "reminded" (what the solver was shown of its memory) and "fence"."""
    role: str = "learner"
    """Who says it."""
    where: Predicate | None = None
    """Only about these, such as ``failed``; None = all. The rest go on as they are."""
    together: bool = False
    """One reply about all of a task's solutions, which "solution" then lists numbered from 1."""
    stop: str = ""
    """A reply that holds this phrase, in whatever letter case, finds nothing wrong: the solution passes."""
    temperature: float = 0.0
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.where is not None:
            object.__setattr__(self, "reads", frozenset({"solution", "feedback"}))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the experiences, in the order they came."""
        chosen = [e for e in batch if e.solution and (self.where is None or self.where(e))]
        units = ([chosen] if chosen else []) if self.together else [[e] for e in chosen]
        said = {e.id: reply for unit in units for reply in [self._said(unit, ctx)] for e in unit}
        return [self._with(e, said[e.id], ctx) if e.id in said else e for e in batch]

    def _said(self, unit: Batch, ctx: Context) -> Solution:
        first = unit[0]
        texts = [told(e.solution) for e in unit if e.solution]
        shown = "\n\n".join(f"{n}. {text}" for n, text in enumerate(texts, 1)) if self.together else texts[0]
        data = {
            "task": first.task.messages[-1].text,
            "solution": shown,
            "verdict": "\n".join(e.feedback.text for e in unit if e.feedback and e.feedback.text) or NONE,
            "reminded": (first.asked.fields.get("reminded", "") if first.asked else "") or NONE,
        }
        asked = guarded(self.prompt, first.task.fields, ctx, first.id, **data)
        sampling = Sampling(temperature=self.temperature, max_tokens=self.max_tokens)
        return ctx.generate([asked], [first.id], role=self.role, sampling=sampling)[0][0]

    def _with(self, experience: Experience, reply: Solution, ctx: Context) -> Experience:
        text, before = reply.text.strip(), experience.feedback or Feedback()
        if not text:
            ctx.drop(experience, "nothing was said about it; it goes on as it was")
            return experience
        fine = bool(self.stop) and self.stop.casefold() in text.casefold()
        said = replace(before, text=text, source=f"critique:{ctx.role(self.role).hash}")
        return replace(experience, feedback=replace(said, passed=True) if fine else said)
