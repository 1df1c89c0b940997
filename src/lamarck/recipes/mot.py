"""MoT: Memory-of-Thought Enables ChatGPT to Self-Improve. Li and Qiu, 2023. arXiv:2305.05181.

Think first: many rationales of every unlabelled question; where the answers agree, one of them goes into the
memory. Then recall: from each of four clusters of the memory the learner itself picks the example that helps
most, and answers with these.
"""

from lamarck.core import Cycle, Objective, put, recipe, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating
from lamarck.operators.solutions.recall import Choose


@recipe(
    paper="arXiv:2305.05181",
    place="solution: grounded; updating: external memory",
    labels="none",
    ablations={
        "entropy": put("refinement.below", None),
        "memory": without("updating.Remember"),
        "recall": put("updating.AnswerWith.answer.choose", "random"),
        "clusters": put("updating.AnswerWith.answer.clustered", False),
    },
)
def mot(
    *, samples: int = 16, temperature: float = 1.2, below: float = 0.3, shots: int = 4, choose: Choose = "learner"
) -> Cycle:
    """Weights stay; the memory and the way of answering are the candidate. Entropy is in nats.

    Differs: rationales are asked for without the paper's four examples. A model that cannot choose among
    questions needs ``choose="nearest"``.
    """
    return Cycle(
        objective=Objective(ability="reasoning", direction="knowledge", metric="greedy"),
        tasks=tasks.Dataset(split="practice"),
        solutions=solutions.Sample(n=samples, prompt="mot/rationale", temperature=temperature, top_p=1.0),
        feedback=feedback.Vote(),
        refinement=refinement.Certain(below=below),
        updating=(
            updating.Remember(),
            updating.AnswerWith(answer=solutions.Recall(clusters=shots, nearest=10, choose=choose)),
        ),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
    )
