"""SInViG: A Self-Evolving Interactive Visual Agent for Human-Robot Interaction. Xu et al., 2024. arXiv:2402.11792.

One model plays three: the oracle knows which object is meant, the questioner asks, the guesser points. Dialogues
that end on the right object are polished, joined with the labelled ones, and train all three voices.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, Stages, passed, recipe, without
from lamarck.operators import evaluation, feedback, refinement, tasks

VOICES = ("oracle", "questioner", "guesser")


@recipe(
    paper="arXiv:2402.11792",
    place="feedback: environment (embodied, visual)",
    ablations={"success": without("play.refinement.Filter"), "polish": without("play.refinement.Revise")},
)
def sinvig(*, rounds: int = 3, turns: int = 10, labelled: float = 0.5) -> Stages:
    """The target is the oracle's private text of a task; right means overlap above 0.5 or the same object."""
    goal = Objective(ability="finding what is meant", direction="performance", metric="greedy")
    seed = Cycle(
        name="seed",
        objective=goal,
        tasks=stub.Examples(),
        updating=stub.SFT(authors=VOICES),
        gated=False,
    )
    play = Cycle(
        name="play",
        objective=goal,
        tasks=tasks.Dataset(split="practice"),
        solutions=stub.Dialogue(roles=VOICES, last="guesser", max_turns=turns),
        feedback=feedback.Verifier(),
        refinement=(refinement.Filter(where=passed), stub.Revise(prompt="sinvig/polish")),
        updating=stub.SFT(authors=VOICES, replay=labelled),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
        rounds=rounds,
    )
    return Stages(cycles=(seed, play))
