"""LMSI: Large Language Models Can Self-Improve. Huang et al., 2022. arXiv:2210.11610.

Sample many rationales of every unlabelled question and keep all that reach the majority's answer. Write each in
several forms of prompt and answer, so that the model binds to none, and fine-tune on the mixture.
"""

from lamarck.core import Cycle, Objective, passed, put, recipe, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating

BARE = ("lmsi/shots_answer", "lmsi/answer")
FORMS = ("lmsi/shots_rationale", "lmsi/shots_answer", "lmsi/step_by_step", "lmsi/answer")


@recipe(
    paper="arXiv:2210.11610",
    place="solution: rationale; filtering: metric-free",
    labels="none",
    ablations={
        "vote": without("refinement.Filter"),
        "formats": without("refinement.Formats"),
        "own_samples": put("updating.replay", 1.0),
    },
)
def lmsi(
    *,
    rounds: int = 1,
    samples: int = 32,
    temperature: float = 0.7,
    agree: float = 0.0,
    replay: float = 0.0,
    steps: int | None = None,
) -> Cycle:
    """One round, all paths of the majority, as the paper; ``agree`` asks for a larger share of the votes.

    Differs: the paper's 10,000 steps are a 540B model's, so the model card decides; the worked examples of
    the prompts are the same for every task; ``replay`` mixes labelled rows in, which the paper does not.
    """
    return Cycle(
        objective=Objective(ability="reasoning", direction="performance", metric="greedy"),
        tasks=tasks.Dataset(split="practice"),
        solutions=solutions.Sample(n=samples, prompt="lmsi/shots_rationale", temperature=temperature),
        feedback=feedback.Vote(least=agree),
        refinement=(
            refinement.Filter(where=passed),
            refinement.Formats(prompts=FORMS, answer_only=BARE),
        ),
        updating=updating.SFT(replay=replay, steps=steps),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
        rounds=rounds,
    )
