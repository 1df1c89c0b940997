"""GRATH: Gradual Self-Truthifying for Large Language Models. Chen et al., 2024. arXiv:2401.12292.

For questions whose answers nobody reads the learner writes a right answer and a plausible wrong one, and learns to
prefer the first. Then, round after round, the better model renews the right answers alone and learns from them anew.
"""

from dataclasses import replace

from lamarck.core import Cycle, Objective, Stages, put, recipe, together
from lamarck.operators import evaluation, solutions, tasks, updating

RIGHT, WRONG = "grath/right", "grath/wrong"


@recipe(
    paper="arXiv:2401.12292",
    place="task: selective; negative: contrastive",
    labels="none",
    ablations={
        "sides": together(put("solutions.positive", WRONG), put("solutions.negative", RIGHT)),
        "kept_wrong": put("gradual.solutions.renew", "both"),
        "gradual": put("gradual.solutions.role", "origin"),
        "reference": put("updating.reference", "start"),
    },
)
def grath(*, rounds: int = 2, questions: int | None = None, beta: float = 0.1, rank: int | None = 8,
          temperature: float = 0.7, ratio: float | None = 2.0) -> Stages:  # fmt: skip
    """Round 1 makes the pairs, later ones renew. For out-of-domain questions let the practice tasks be other ones.

    The adapter of ``rank`` is the learner's own; a model without adapters needs ``rank=None``. Most of the gain comes
    in round 1. Differs: pairs of very different length are dropped, as length alone would tell the two apart; the
    paper's numbers but for the rank's existence are not known, so these are ours.
    """
    goal = Objective(ability="truthfulness", direction="feedback", metric="greedy")
    pair = Cycle(
        name="pair",
        objective=goal,
        tasks=tasks.Dataset(split="practice", n=questions),
        solutions=solutions.Opposites(positive=RIGHT, negative=WRONG, temperature=temperature, ratio=ratio),
        updating=updating.DPO(beta=beta, rank=rank, reference="origin"),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
    )
    again = replace(
        pair,
        name="gradual",
        tasks=tasks.Earlier(stage="pair", phase="feedback"),
        solutions=solutions.Opposites(
            positive=RIGHT, negative=WRONG, temperature=temperature, ratio=ratio, renew="solution"
        ),
        rounds=rounds - 1,
    )
    return Stages(cycles=(pair, again) if rounds > 1 else (pair,))
