"""LMSI: Large Language Models Can Self-Improve. Huang et al., 2022. arXiv:2210.11610.

Sample many rationales of every unlabelled question and keep all that reach the majority's answer. Write each in
several forms of prompt, so that the model binds to none, and fine-tune on the mixture.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, passed, recipe, without
from lamarck.operators import evaluation, refinement, solutions, tasks, updating

FORMS = ("lmsi/shots_rationale", "lmsi/shots_answer", "lmsi/step_by_step", "lmsi/answer")


@recipe(
    paper="arXiv:2210.11610",
    place="solution: rationale; filtering: metric-free",
    labels="none",
    ablations={"vote": without("refinement.Filter"), "formats": without("refinement.Formats")},
)
def lmsi(*, samples: int = 32, temperature: float = 0.7, steps: int | None = None) -> Cycle:
    """One round, as the paper; its 10,000 steps are a 540B model's, so the model card decides here."""
    return Cycle(
        objective=Objective(ability="reasoning", direction="performance", metric="greedy"),
        tasks=tasks.Dataset(split="practice"),
        solutions=solutions.Sample(n=samples, prompt="lmsi/shots_rationale", temperature=temperature),
        feedback=stub.Vote(),  # passed = agrees with the majority; nobody reads a label
        refinement=(
            refinement.Filter(where=passed),
            stub.Formats(prompts=FORMS),
        ),
        updating=updating.SFT(steps=steps),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
    )
