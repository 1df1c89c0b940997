"""Self-Rewarding Language Models. Yuan et al., 2024. arXiv:2401.10020.

Tune on seed data once. Then, each round: new prompts, four answers each, the learner itself grades them by a
rubric, best against worst makes a pair, DPO from the last model. Judge and answerer improve together.
"""

from lamarck.core import Cycle, Objective, Stages, append, put, recipe
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2401.10020",
    place="negative: contrastive; feedback: model",
    labels="none",
    ablations={
        "judge": append("align.feedback", refinement.Shuffle(part="feedback")),
        "own_judge": put("align.feedback.role", "base"),
        "order": put("align.refinement.reverse", True),
        "own_samples": put("align.updating", updating.SFT(replay=1.0, steps=0, epochs=1)),
    },
)
def self_rewarding(
    *,
    rounds: int = 2,
    seeds: int = 3200,
    prompts: int = 4000,
    shots: int = 8,
    samples: int = 4,
    votes: int = 3,
    beta: float = 0.1,
    judge: str = "learner",
    referee: str = "environment",
) -> Stages:
    """M0 -> M1 by seed data, then M1 -> M2 -> M3. ``referee``, which is never the learner, measures.

    Differs: the seed data hold no graded answers but those the user's own have; near copies among new prompts
    are told by key or words; without a teacher the learner writes the prompts. The control ``own_samples``
    learns as many labelled answers as there are pairs.
    """
    goal = Objective(ability="instruction following", direction="feedback", metric="win rate")
    seed = Cycle(name="seed", objective=goal, updating=updating.SFT(data="seed", examples=seeds), gated=False)
    align = Cycle(
        name="align",
        objective=goal,
        tasks=tasks.SelfInstruct(n=prompts, human=shots, role="teacher"),
        solutions=solutions.Sample(n=samples, temperature=0.7, top_p=0.9),
        feedback=feedback.Judge(prompt="self_rewarding/judge", role=judge, votes=votes, temperature=0.7, top_p=0.9),
        refinement=refinement.BestWorst(),
        updating=updating.DPO(beta=beta),
        evaluation=evaluation.WinRate(against="origin", role=referee),
        rounds=rounds,
    )
    return Stages(cycles=(seed, align))
