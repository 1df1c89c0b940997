"""Step-On-Feet Tuning: Scaling Self-Alignment of LLMs via Bootstrapping (SOFT). Wang et al., 2024. arXiv:2402.07610.

The prompts are cut into parts that share none. In each round the learner as it is now answers a part of its own, in
view of principles and of examples drawn anew for every prompt; it then learns these answers without either, from those
that it finds easy to those that it finds hard.
"""

from lamarck.core import Cycle, Objective, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2402.07610",
    place="task: selective",
    labels="none",
    ablations={
        "parts": together(put("tasks.of", 1), put("tasks.same", True)),
        "current": put("solutions.Sample.role", "origin"),
        "pool": together(put("solutions.Sample.shots", 1), put("solutions.Sample.pool", 1)),
        "leaks": without("solutions.Wording"),
        "easy_first": without("refinement.Take"),
        "per_token": put("feedback.per_token", False),
        "ordered": put("updating.ordered", False),
        "stop": put("patience", 0),
    },
)
def soft(
    *, rounds: int = 3, prompts: int | None = None, shots: int = 5, pool: int | None = None,
    prompt: str = "soft/answer", temperature: float = 0.7, patience: int = 1,
) -> Cycle:  # fmt: skip
    """``prompts`` a round, None = all there are, shared out; ``patience`` ends it after so many rounds without gain.

    Examples are the user's labelled ones (``--seed-data``) or the environment's; ``pool`` keeps to so many of them.
    Differs: the paper's sizes, its rounds but for their rough number and its temperature are not known to us, so these
    are ours; the principles are our own words; the gate is the check on held-out prompts. Not shown: on a tiny decoder
    whose prompted answers are right more often than its plain ones, answers taught it to answer plainly (21 to 63 and
    67 % in two runs), but as many prompts in one round did as well (65 and 71 %) and later answers were no better.
    """
    return Cycle(
        objective=Objective(ability="instruction following", direction="feedback", metric="greedy"),
        tasks=tasks.Dataset(split="practice", n=prompts, of=rounds),
        solutions=(
            solutions.Sample(prompt=prompt, shots=shots, pool=pool, temperature=temperature),
            refinement.Wording(telling=True, cut_at=("\nQuestion:",), without=("this is how an assistant answers",)),
        ),
        feedback=feedback.Likelihood(role="learner", per_token=True),
        refinement=refinement.Take(share=1.0, by="score"),
        updating=updating.SFT(ordered=True),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
        rounds=rounds,
        patience=patience,
    )
