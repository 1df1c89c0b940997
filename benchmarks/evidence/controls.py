"""Methods that stand in a recipe's place: a learner as it is, and the same updates on labelled rows."""

from __future__ import annotations

from lamarck.core import Cycle, Objective, recipe
from lamarck.operators import evaluation, updating

GOAL = Objective(ability="as the environment has it", metric="greedy")
HOME = "https://arxiv.org/abs/2404.14387"
"""The survey whose words the cycle is in; controls have no paper."""


@recipe(paper=HOME)
def still() -> Cycle:
    """Nothing is learned; the learner is scored as it is."""
    return Cycle(objective=GOAL, evaluation=evaluation.Accuracy(), gated=False)


@recipe(paper=HOME)
def labelled(*, rounds: int = 1, steps: int | None = None) -> Cycle:
    """Rounds of fine-tuning on labelled examples, each going on from the last."""
    return Cycle(
        objective=GOAL,
        updating=updating.SFT(data="seed", steps=steps),
        evaluation=evaluation.Accuracy(),
        rounds=rounds,
    )


CONTROLS = {"still": still, "labelled": labelled}
"""Name -> method, for ``Arm.control``."""
