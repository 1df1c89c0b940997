"""STaR: Bootstrapping Reasoning With Reasoning. Zelikman et al., 2022. arXiv:2203.14465.

Answer every question with a rationale and keep the rationales whose answer is right. For the others, show the
right answer and ask for a rationale that leads to it. Fine-tune the *base* model, not the last one, on all that
is kept. Repeat with the better model.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, failed, passed, put, recipe, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks


@recipe(
    paper="arXiv:2203.14465",
    place="solution: rationale; correcting: critique-free",
    labels="train",
    ablations={
        "rationalize": without("refinement.Retry"),
        "verifier": without("refinement.Filter"),
        "restart": put("updating.start", "learner"),
    },
)
def star(*, rounds: int = 5, steps: int = 40, growth: float = 1.2) -> Cycle:
    """Steps grow by a fifth a round; the paper runs until a plateau, at most 64 rounds."""
    check = feedback.Verifier()
    rationalize = stub.Hinted(prompt="star/rationalize", temperature=0.01)  # the hint is not kept for training
    return Cycle(
        objective=Objective(ability="reasoning", direction="performance", metric="greedy"),
        tasks=tasks.Dataset(split="practice"),
        solutions=solutions.Sample(prompt="star/rationale", temperature=0.01, top_p=0.9),
        feedback=check,
        refinement=(
            stub.Retry(where=failed, solve=rationalize, check=check),
            refinement.Filter(where=passed),
        ),
        updating=stub.SFT(start="base", steps=steps, growth=growth),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
        rounds=rounds,
    )
