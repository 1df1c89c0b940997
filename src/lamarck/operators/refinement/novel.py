"""Keep what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Names, Scope, State, UsageError
from lamarck.likeness import Copies, Cosine, Floats, Pool, Rouge
from lamarck.operators.placing import vectors

By = Literal["rouge", "embedding", "text"]
ROUGE, COSINE = 0.7, 0.8


@dataclass(frozen=True, kw_only=True)
class Novel:
    """Drop what is too like the pool; what is kept joins the pool at once, so the order matters.

    The pool is the run's: first the labelled seeds, then what this operator kept, in all rounds and stages. Each
    round commits what it adds and nothing else.
    In: the round's experiences. Out: those that are new, in order; all experiences of a task stand or fall together.
    Source: Self-Instruct (arXiv:2212.10560), section 2.2, for "rouge"; the published code of Ada-Instruct
    (arXiv:2310.04484) for "embedding". Differs: exactly at a ROUGE-L of 0.7 the paper drops and its code keeps, as
    this does; the most similar members are not noted down. Vectors are the role's, where the paper has an encoder.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = set[str]()

    by: By = "rouge"
    """"rouge": words in their order, a-z and digits only; "embedding": vectors; "text": equal texts, whatever their
    letter case, spacing and end marks, in any script."""
    below: float | None = None
    """How alike the new may be. "rouge": dropped is what lies above (None = 0.7); "embedding": what has this cosine
    or more (0.8); "text": what has this Jaccard index of words or more, beside equal texts (None = these alone)."""
    of: Literal["task", "answer"] = "task"
    """What is compared: the task's last message, or the solution's final answer (its text where none is read)."""
    seeds: int = 175
    """Labelled examples of the environment that are in the pool first; of a user's own all are."""
    role: str = "origin"
    """Whose vectors, for "embedding". One that learns would see the pool anew each round."""

    def __post_init__(self) -> None:
        """Answers need solutions; the checker asks the instance. Raises: UsageError for a threshold out of range."""
        if self.below is not None and not 0 < self.below <= 1:
            raise UsageError(f"refinement.Novel: below={self.below}; give a number above 0 and at most 1")
        if self.of == "answer":
            object.__setattr__(self, "reads", frozenset({"solution"}))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the new experiences; the others are dropped with what they are too like by."""
        name = f"novel-{self.of}-{ctx.operator}".lower().replace(".", "-")
        pool = self._index(ctx)
        for part in ctx.grown(name, lambda: State(data={"texts": self._seeds(ctx)})):
            pool.add(part.data["texts"])
        texts = {self._key(e): self._text(e, ctx) for e in batch}
        reasons = dict(zip(texts, pool.sift(list(texts.values())), strict=True))
        ctx.keep(name, State(data={"texts": [text for key, text in texts.items() if not reasons[key]]}))
        for experience in batch:
            if why := reasons[self._key(experience)]:
                ctx.drop(experience, why)
        return [e for e in batch if not reasons[self._key(e)]]

    def _index(self, ctx: Context) -> Pool:
        if self.by == "rouge":
            return Rouge(self.below or ROUGE)
        if self.by == "text":
            return Copies(self.below)

        def embed(texts: Sequence[str]) -> Floats:
            return vectors(texts, ctx, self.role)

        return Cosine(embed, self.below or COSINE)

    def _seeds(self, ctx: Context) -> list[str]:
        found = ctx.examples(max(self.seeds, len(ctx.seed_data)), "seeds") if self.seeds else ()
        return list(dict.fromkeys(self._text(e, ctx) for e in found))

    def _key(self, experience: Experience) -> str:
        return experience.task.id if self.of == "task" else experience.id

    def _text(self, experience: Experience, ctx: Context) -> str:
        if self.of == "task":
            return experience.task.messages[-1].text
        solution = experience.solution
        return (ctx.answer(experience.task, solution) or solution.text) if solution else ""
