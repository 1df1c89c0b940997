"""SPIN: Self-Play Fine-Tuning Converts Weak Language Models to Strong Language Models. Chen et al., 2024.

arXiv:2401.01335. The learner answers the prompts of the data it was tuned on, and is then trained to prefer the given
answer to its own. The opponent of a round is the learner it begins with. Ends where the two cannot be told apart.
"""

from lamarck.core import Cycle, Objective, Stages, append, put, recipe, without
from lamarck.operators import evaluation, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2401.01335",
    place="negative: contrastive",
    ablations={
        "previous_pairs": without("play.refinement.Accumulate"),
        "opponent": put("play.solutions.role", "base"),
        "reference": put("play.updating.reference", "base"),
        "clean_data": append("play.tasks", refinement.Shuffle()),
        "distinct": put("play.solutions.identical", True),
        "schedule": put("play.updating.beta", 0.1),
    },
)
def spin(
    *,
    rounds: int = 4,
    prompts: int = 1000,
    temperature: float = 1.0,
    beta: tuple[float, ...] = (0.1, 0.1, 0.1, 5.0),
) -> Stages:
    """Each round trains on its own and the last round's pairs; beta rises in the last. The reference is the opponent.

    Differs: 1,000 prompts where the paper has 50,000; epochs, rate and optimiser are the model card's (the paper: 3
    or 6 epochs of RMSprop). The gate may send a round back, and its opponent then plays again.
    """
    goal = Objective(ability="answering as the data do", direction="feedback", metric="greedy")
    data = tasks.Examples(n=prompts, same=True)
    seed = Cycle(name="seed", objective=goal, tasks=data, updating=updating.SFT(), gated=False)
    play = Cycle(
        name="play",
        objective=goal,
        tasks=data,
        solutions=solutions.Opponent(temperature=temperature),
        refinement=refinement.Accumulate(rounds=1),
        updating=updating.DPO(beta=beta, reference="start"),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
        rounds=rounds,
    )
    return Stages(cycles=(seed, play))
