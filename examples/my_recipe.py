"""A method of your own: learn from your shortest right answers.

Sample every task many times, keep what the rules accept, of that each task's shortest, and fine-tune on it. After
"Self-Training Elicits Concise Reasoning in Large Language Models", Munkhbat et al., 2025.

    lamarck run my_recipe.py --learner pupil --environment game24
"""

from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Context, Cycle, Experience, Names, Objective, Scope, passed, recipe
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@dataclass(frozen=True, kw_only=True)
class Shortest:
    """Of a task's solutions keep the n shortest."""

    scope: ClassVar[Scope] = "task"  # it is called with all solutions of one task
    reads: ClassVar[Names] = {"solution"}  # checked before anything runs
    writes: ClassVar[Names] = set[str]()

    n: int = 2

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the shortest, the rest dropped with a reason that `lamarck lineage` shows."""
        ranked = sorted(batch, key=_length)
        for long in ranked[self.n :]:
            ctx.drop(long, f"not among the {self.n} shortest")
        return ranked[: self.n]


def _length(experience: Experience) -> int:
    return len(experience.solution.text) if experience.solution else 0


@recipe(paper="arXiv:2502.20122")
def concise(*, rounds: int = 2, samples: int = 16, keep: int = 2, items: int = 100) -> Cycle:
    """The cycle as data; each option here is a flag of `lamarck run`."""
    return Cycle(
        objective=Objective(ability="short answers", metric="pass@1"),
        tasks=tasks.Dataset(split="practice"),
        solutions=solutions.Sample(n=samples, temperature=0.7),
        feedback=feedback.Verifier(),
        refinement=(refinement.Filter(where=passed), refinement.Distinct(), Shortest(n=keep)),
        updating=updating.SFT(start="base"),
        evaluation=evaluation.Accuracy(split="selection", samples=8, limit=items, protected=100),
        rounds=rounds,
    )
