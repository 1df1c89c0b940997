"""Self-Rewarding Language Models. Yuan et al., 2024. arXiv:2401.10020.

Tune on seed data once. Then, each round: new prompts, four answers each, the learner itself grades them by a
rubric, best against worst makes a pair, DPO from the last model. Judge and answerer improve together.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, Stages, put, recipe
from lamarck.operators import solutions, updating


@recipe(
    paper="arXiv:2401.10020",
    place="negative: contrastive; feedback: model",
    ablations={"own_judge": put("align.feedback.role", "origin"), "beta": put("align.updating.beta", 0.0)},
)
def self_rewarding(
    *, rounds: int = 2, seeds: int = 3200, prompts: int = 4000, samples: int = 4, votes: int = 3, beta: float = 0.1
) -> Stages:
    """M0 -> M1 by seed data, then M1 -> M2 -> M3. An outside judge evaluates, never the learner alone."""
    goal = Objective(ability="instruction following", direction="feedback", metric="win rate")
    seed = Cycle(
        name="seed",
        objective=goal,
        tasks=stub.Examples(n=seeds),
        updating=updating.SFT(),
        gated=False,
    )
    align = Cycle(
        name="align",
        objective=goal,
        tasks=stub.SelfInstruct(n=prompts, human=8, machine=0, role="teacher"),
        solutions=solutions.Sample(n=samples, temperature=0.7, top_p=0.9),
        feedback=stub.Judge(prompt="self_rewarding/judge", role="learner", votes=votes),
        refinement=stub.BestWorst(),  # ties give no pair
        updating=stub.DPO(beta=beta),
        evaluation=stub.WinRate(against="origin", role="judge"),
        rounds=rounds,
    )
    return Stages(cycles=(seed, align))
