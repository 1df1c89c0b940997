"""AutoAct: Automatic Agent Learning from Scratch via Self-Planning. Qiao et al., 2024. arXiv:2401.05268.

The learner invents questions, picks tools, acts, and keeps the trajectories with full reward. Each is cut into
planning, tool use and reflection, which three adapters learn apart; as a group they answer.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, passed, recipe, without
from lamarck.operators import evaluation, feedback, refinement

PARTS = ("plan", "tool", "reflect")


@recipe(
    paper="arXiv:2401.05268",
    place="solution: interactive; filtering: metric",
    ablations={"reward": without("refinement.Filter"), "division": without("updating.AnswerWith")},
)
def autoact(*, questions: int = 800, keep: int = 200, rank: int = 8, epochs: float = 5, lr: float = 1e-4) -> Cycle:
    """One round. The invented answers may be wrong, so full reward tests consistency only."""
    experts = tuple(stub.SFT(kind=part, adapter=part, rank=rank, epochs=epochs, lr=lr) for part in PARTS)
    return Cycle(
        objective=Objective(ability="acting", direction="performance", metric="greedy"),
        tasks=stub.SelfInstruct(n=questions, human=2, machine=3, novel="answer"),
        solutions=stub.Act(prompt="autoact/act", tools=True),
        feedback=feedback.Verifier(),
        refinement=(
            refinement.Filter(where=passed),
            stub.Take(n=keep),
            stub.Differentiate(parts=PARTS),
        ),
        updating=(*experts, stub.AnswerWith(answer=stub.GroupPlan())),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
    )
