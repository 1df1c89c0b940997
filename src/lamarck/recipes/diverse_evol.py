"""DiverseEvol: Self-Evolved Diverse Data Sampling for Efficient Instruction Tuning. Wu et al., 2023. arXiv:2311.08182.

Of a labelled pool a few are drawn at random and learned. Then, each round, the model as it is now places the whole
pool, those farthest from all that was picked so far join, and the *base* is tuned on everything picked.
"""

from typing import Literal

from lamarck.core import Cycle, Objective, put, recipe, without
from lamarck.operators import evaluation, refinement, tasks, updating


@recipe(
    paper="arXiv:2311.08182",
    place="task: selective",
    ablations={
        "farthest": put("tasks.Pick.by", "chance"),
        "current": put("tasks.Pick.role", "origin"),
        "accumulate": without("refinement.Accumulate"),
        "start": put("updating.start", "learner"),
    },
)
def diverse_evol(
    *,
    rounds: int = 11,
    picks: int = 100,
    pool: int = 15_000,
    by: Literal["farthest", "chance", "confidence", "margin", "entropy"] = "farthest",
) -> Cycle:
    """The first round draws by chance, ten more go for what is far. ``by`` has the paper's other measures too.

    Differs: ``pool`` labelled examples, the user's own or the environment's, where the paper has three data sets; a
    round that the gate sends back still leaves its picks, and the next is seen by the champion.
    """
    return Cycle(
        objective=Objective(ability="instruction following", direction="performance", metric="greedy"),
        tasks=(tasks.Examples(n=pool, same=True), tasks.Pick(n=picks, by=by)),
        refinement=refinement.Accumulate(),
        updating=updating.SFT(start="base"),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
        rounds=rounds,
    )
