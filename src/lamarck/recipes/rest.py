"""ReST: Reinforced Self-Training for Language Modeling. Gulcehre et al., 2023. arXiv:2308.08998.

Grow: the policy that labelled data made answers every task many times, and a reward model scores the answers. Improve:
on this one set the policy is tuned again and again, each time on the answers above a higher threshold, beside the
labelled data. A next Grow begins from the improved policy.
"""

from dataclasses import replace

from lamarck.core import Cycle, Objective, Stages, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating

SCORE = feedback.Reward(chance=True)


@recipe(
    paper="arXiv:2308.08998",
    place="task: selective; filtering: metric; updating: replay",
    ablations={
        "threshold": put("refinement.Filter.at_least", 0.0),
        "rising": put("improve.refinement.Filter.at_least", 0.7),
        "seeds": without("refinement.Examples"),
        "reuse": together(
            put("improve.tasks", tasks.Dataset()),
            put("improve.solutions", solutions.Sample(n=96, temperature=0.8)),
            put("improve.feedback", SCORE),
        ),
        "cooling": put("improve.updating.cooling", (1.0,)),
    },
)
def rest(*, grows: int = 1, samples: int = 96, temperature: float = 0.8, seeds: int = 1000,
         thresholds: tuple[float, ...] = (0.7, 0.8, 0.9), cooling: tuple[float, ...] = (0.5, 0.25, 0.125),
         checked: int = 0) -> Stages:  # fmt: skip
    """A reward model is named (``--role reward_model=...``), or made first of ``checked`` verified samples a task.

    The first Improve step, of the threshold 0, is Grow's own; ``cooling`` has the rates of the later ones. Differs: of
    the offline losses behaviour cloning alone; accuracy, not the reward, says when a stage stops to help, as a reward
    is over-optimised; rates and temperature are ours, as the paper's are not known.
    """
    goal = Objective(ability="problem solving", direction="performance", metric="pass@1")
    known = tasks.Examples(n=seeds, same=True)
    seed = Cycle(name="seed", objective=goal, gated=False, tasks=known, updating=updating.SFT())
    reward = Cycle(name="reward", objective=goal, updates="reward_model", begin_from="learner", gated=False,
                   tasks=tasks.Dataset(), solutions=solutions.Sample(n=checked, temperature=temperature),
                   feedback=feedback.Verifier(), updating=updating.RewardModel(loss="labels"))  # fmt: skip
    grow = Cycle(name="grow", objective=goal, tasks=tasks.Dataset(),
                 solutions=solutions.Sample(n=samples, temperature=temperature), feedback=SCORE,
                 refinement=(refinement.Filter(at_least=0.0), known), updating=updating.SFT(),
                 evaluation=evaluation.Accuracy())  # fmt: skip
    improve = replace(
        grow, name="improve", tasks=tasks.Earlier(stage="grow", last=True), solutions=(), feedback=(),
        refinement=(refinement.Filter(at_least=thresholds), known), updating=updating.SFT(cooling=cooling),
        rounds=len(thresholds), patience=1,
    )  # fmt: skip
    return Stages(cycles=(seed, *((reward,) if checked else ()), *((grow, improve) * grows)))
