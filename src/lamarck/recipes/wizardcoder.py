"""WizardCoder: Empowering Code Large Language Models with Evol-Instruct. Luo et al., 2023. arXiv:2306.08568.

Evol-Instruct for code: tasks only become harder, by one more requirement, a rarer one, more steps, code that misleads,
or a bound on time and memory. Every round tunes the untouched model on all rounds so far, until a round no longer helps
on held-out problems.
"""

from typing import Any

from lamarck.core import Cycle, Objective, put, recipe, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating
from lamarck.recipes.wizardlm import LEAKS

MISLEAD = "wizardcoder/mislead"
HARDER = ("wizardcoder/constrain", "wizardcoder/replace", "wizardcoder/reason", "wizardcoder/complexity")


@recipe(
    paper="arXiv:2306.08568",
    place="task: knowledge-free (code)",
    labels="none",
    ablations={
        "judge": without("refinement.Filter"),
        "refusals": without("refinement.Wording"),
        "leaks": without("tasks.Wording"),
        "retry": without("tasks.Latest"),
        "misdirection": put("tasks.Evolve.prompts", HARDER),
        "union": without("refinement.Accumulate"),
        "stop": put("patience", 0),
    },
)
def wizardcoder(*, rounds: int = 5, patience: int = 1, seeds: int = 1000, temperature: float = 1.0,
                top_p: float = 0.95, max_tokens: int = 2048, teacher: str = "teacher",
                judge: str = "judge") -> Cycle:  # fmt: skip
    """``patience`` verdicts without a promotion end it; the champion is the last round that helped.

    Differs: one prompt for each way instead of one for all; the gate, not the sign of a difference, says whether a
    round helped; sampling and what falls are WizardLM's.
    """
    drawn: dict[str, Any] = {"temperature": temperature, "top_p": top_p, "max_tokens": max_tokens}
    evolve = tasks.Evolve(prompts=(*HARDER, MISLEAD), role=teacher, **drawn)
    return Cycle(
        objective=Objective(ability="programming", direction="performance", metric="pass@1"),
        tasks=(tasks.Dataset(same=True), tasks.Latest(), evolve, refinement.Wording(of="task", without=LEAKS)),
        solutions=solutions.Sample(role=teacher, **drawn),
        feedback=feedback.Judge(prompt="wizardlm/gain", role=judge, highest=1.0, temperature=0.0, top_p=None),
        refinement=(
            refinement.Filter(at_least=1.0),
            refinement.Wording(without=("sorry",), below=80, telling=True),
            tasks.Examples(n=seeds, same=True),
            refinement.Accumulate(),
        ),
        updating=updating.SFT(start="origin"),
        evaluation=evaluation.Accuracy(),
        rounds=rounds,
        patience=patience,
    )
