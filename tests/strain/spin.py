"""SPIN: Self-Play Fine-Tuning Converts Weak Language Models to Strong Language Models. Chen et al., 2024.

arXiv:2401.01335. The learner answers the prompts of its own SFT data, and is then trained to prefer the human
answer to its own. The opponent of a round is the learner it begins with. Ends where the two cannot be told apart.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, Stages, recipe, without
from lamarck.operators import evaluation, refinement, updating


@recipe(
    paper="arXiv:2401.01335",
    place="negative: contrastive",
    ablations={"previous_pairs": without("play.refinement.Accumulate")},
)
def spin(
    *, rounds: int = 4, prompts: int = 50_000, beta: tuple[float, ...] = (0.1, 0.1, 0.1, 5.0), max_tokens: int = 256
) -> Stages:
    """Each round trains on its own and the last round's pairs; beta rises in the last."""
    goal = Objective(ability="instruction following", direction="feedback", metric="greedy")
    seed = Cycle(
        name="seed",
        objective=goal,
        tasks=stub.Examples(),
        updating=updating.SFT(),
        gated=False,
    )
    play = Cycle(
        name="play",
        objective=goal,
        tasks=stub.Examples(n=prompts),
        solutions=stub.Opponent(temperature=1.0, top_p=1.0, max_tokens=max_tokens),
        refinement=refinement.Accumulate(rounds=1),
        updating=stub.DPO(beta=beta),  # its reference is the opponent
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
        rounds=rounds,
    )
    return Stages(cycles=(seed, play))
