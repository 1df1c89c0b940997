"""In-Memory Learning: A Declarative Learning Framework for Large Language Models. Wang et al., 2024. arXiv:2403.02757.

The learner acts by its notes, draws drafts of notes from what came of a small batch, and revises the notes by them, as
gradient steps change weights. Drafts of earlier batches are shown with fading weight, so that one odd batch does not
turn the notes over.
"""

from lamarck.core import Cycle, Objective, put, recipe, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2403.02757",
    place="solution: grounded; updating: external and working memory",
    ablations={
        "revision": without("updating.Reconcile"),
        "momentum": put("updating.Reconcile.momentum", 0.0),
        "notes": without("updating.AnswerWith"),
    },
)
def iml(
    *, rounds: int = 10, batch: int = 5, parts: int | None = None, momentum: float = 0.5, longest: int = 4000
) -> Cycle:
    """``rounds`` batches, a revision each; with fewer ``parts`` they are met again, an epoch each time.

    Batch and momentum are not in the paper's text as far as it is known. Nobody reads a label: drafts see what the
    environment says of an attempt. Differs: momentum is the weight at which drafts of the round before are shown.
    """
    remind = solutions.Remind(kind="note", by="all", solve=solutions.Sample(prompt="iml/answer", temperature=0.0))
    return Cycle(
        objective=Objective(ability="reasoning", direction="knowledge", metric="greedy"),
        tasks=tasks.Dataset(split="practice", n=batch, of=parts or rounds),
        solutions=remind,
        feedback=feedback.Verifier(),
        refinement=refinement.Conclude(prompts=("iml/induce",), per="batch", kind="note", pattern=r"\w"),
        updating=(
            updating.Reconcile(kind="note", prompt="iml/revise", within="all", momentum=momentum, longest=longest),
            updating.AnswerWith(answer=remind),
        ),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
        rounds=rounds,
    )
