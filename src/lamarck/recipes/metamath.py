"""MetaMath: Bootstrap Your Own Mathematical Questions for Large Language Models. Yu et al., 2023. arXiv:2309.12284.

See every question from several sides: more answers to it, the question in other words, and the question turned round,
with the answer given and one of its numbers asked for, said in two ways. Keep the answers that come to what is known,
and tune the untouched model on the union.
"""

from lamarck.core import Cycle, Objective, passed, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2309.12284",
    place="task: knowledge-free",
    labels="train",
    ablations={
        "rephrase": without("tasks.Evolve"),
        "backward": without("tasks.Mask"),
        "check": without("refinement.Filter"),
        "gold": together(put("feedback", feedback.Vote()), put("solutions.n", 4)),
        "distinct": without("refinement.Distinct"),
    },
)
def metamath(*, rounds: int = 1, samples: int = 2, rephrasings: int = 2, temperature: float = 0.7,
             teacher: str = "teacher", steps: int | None = None) -> Cycle:  # fmt: skip
    """The teacher rephrases, declares and answers. Whoever learns sees no label but in what it is asked.

    Differs: how many of each kind the paper's data hold follows here from ``samples`` and ``rephrasings``, the same for
    every question; the worked examples of its prompts are words that say what is wanted.
    """
    rephrase = tasks.Evolve(prompts=("metamath/rephrase",), same_answer=True, original=True, times=rephrasings,
                            role=teacher, temperature=temperature)  # fmt: skip
    return Cycle(
        objective=Objective(ability="mathematics", direction="performance", metric="greedy"),
        tasks=(
            tasks.Dataset(),
            rephrase,
            tasks.Mask(form="state"),
            tasks.Mask(form="declare", role=teacher, temperature=temperature),
        ),
        solutions=solutions.Sample(n=samples, role=teacher, temperature=temperature),
        feedback=feedback.Verifier(),
        refinement=(refinement.Filter(where=passed), refinement.Distinct()),
        updating=updating.SFT(start="origin", steps=steps),
        evaluation=evaluation.Accuracy(samples=0, metric="greedy"),
        rounds=rounds,
    )
