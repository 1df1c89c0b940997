"""ReST-EM: Beyond Human Data. Singh et al., 2023. arXiv:2312.06585.

E-step: sample many solutions of every task and keep those the verifier accepts, a few a task. M-step:
fine-tune the *base* model on what was kept. The better model samples the next round.
"""

from lamarck.core import Cycle, Objective, append, passed, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2312.06585",
    place="task: selective; filtering: metric",
    ablations={
        "own_samples": together(put("updating.replay", 1.0), put("solutions.n", 1)),
        "verifier": without("refinement.Filter"),
        "pairing": append("refinement", refinement.Shuffle()),
        "cap": without("refinement.Cap"),
        "restart": put("updating.start", "learner"),
    },
)
def rest_em(
    *,
    rounds: int = 3,
    samples: int = 32,
    temperature: float = 0.7,
    top_k: int = 40,
    cap: int = 10,
    accumulate: bool = False,
    replay: float = 0.0,
) -> Cycle:
    """The paper learns from the last round's samples alone and mixes nothing in.

    Differs: ``accumulate`` keeps what earlier rounds kept, which holds pass@k up where the paper
    reports that it narrows; few-shot prompts are the environment's affair.
    """
    return Cycle(
        objective=Objective(ability="problem solving", direction="performance", metric="pass@1"),
        tasks=tasks.Dataset(split="practice"),
        solutions=solutions.Sample(n=samples, temperature=temperature, top_k=top_k),
        feedback=feedback.Verifier(),
        refinement=(
            refinement.Filter(where=passed),
            refinement.Distinct(),
            *((refinement.Accumulate(),) if accumulate else ()),
            refinement.Cap(n=cap),
        ),
        updating=updating.SFT(start="base", replay=replay),
        evaluation=evaluation.Accuracy(split="selection"),
        rounds=rounds,
    )
