"""MoT: Memory-of-Thought Enables ChatGPT to Self-Improve. Li and Qiu, 2023. arXiv:2305.05181.

Think first: many rationales of every unlabelled question; where the answers agree, one goes into memory. Then
recall: from each of four clusters the learner itself picks the example that helps most, and answers with those.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, recipe, without
from lamarck.operators import evaluation, solutions, tasks


@recipe(
    paper="arXiv:2305.05181",
    place="solution: grounded; updating: external memory",
    labels="none",
    ablations={"entropy": without("refinement.Certain"), "memory": without("updating.Remember")},
)
def mot(*, samples: int = 16, temperature: float = 1.2, below: float = 0.3, shots: int = 4) -> Cycle:
    """Weights stay; memory and the way of answering are the candidate. Entropy is in nats."""
    return Cycle(
        objective=Objective(ability="reasoning", direction="knowledge", metric="greedy"),
        tasks=tasks.Dataset(split="practice"),
        solutions=solutions.Sample(n=samples, prompt="mot/rationale", temperature=temperature, top_p=1.0),
        feedback=stub.Vote(),
        refinement=stub.Certain(below=below),
        updating=(
            stub.Remember(),
            stub.AnswerWith(answer=stub.Recall(prompt="mot/answer", clusters=shots, nearest=10)),
        ),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
    )
