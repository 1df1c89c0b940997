"""RoboCat: A Self-Improving Generalist Agent for Robotic Manipulation. Bousmalis et al., 2023. arXiv:2306.11706.

For every new skill: a few demonstrations make a spin-off of the generalist; the spin-off practises alone, failures
are relabelled with the goal they did reach; a new generalist is trained on all there is. Then the next skill.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, Stages, put, recipe, without
from lamarck.operators import evaluation, feedback, tasks, updating


@recipe(
    paper="arXiv:2306.11706",
    place="feedback: environment (embodied)",
    ablations={"hindsight": without("refinement.Hindsight"), "practice": put("updating.replay", 1.0)},
)
def robocat(*, skills: tuple[str, ...], demonstrations: int = 500, episodes: int = 10_000) -> Stages:
    """Two stages a skill. 500 demonstrations of the paper's 100-1,000; the spin-off is nobody's champion."""
    cycles, known = list[Cycle](), tuple[stub.Earlier, ...]()
    for skill in skills:
        goal = Objective(ability="manipulation", direction="performance", metric="greedy", node=skill)
        spin_off = Cycle(name=f"spin off {skill}", objective=goal, updates="spin_off", begin_from="learner",
                         tasks=stub.Examples(n=demonstrations), updating=updating.SFT(), gated=False)  # fmt: skip
        generalist = Cycle(
            name=f"generalist {skill}",
            objective=goal,
            tasks=tasks.Dataset(split="practice", n=episodes),
            solutions=stub.Act(role="spin_off"),
            feedback=feedback.Verifier(),
            refinement=(stub.Hindsight(), *known),
            updating=stub.SFT(start="origin", replay=0.2),
            evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
        )
        cycles += [spin_off, generalist]
        known = (*known, stub.Earlier(stage=generalist.name, phase="refinement"))
    return Stages(cycles=tuple(cycles))
