"""V-STaR: Training Verifiers for Self-Taught Reasoners. Hosseini et al., 2024. arXiv:2402.06457.

The generator learns from its right solutions, as in STaR without hints. Nothing wrong is thrown away: right against
wrong solutions of all rounds make a verifier by DPO, which picks the best of many answers from then on.
"""

from dataclasses import replace

from lamarck.core import Cycle, Objective, Stages, append, passed, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2402.06457",
    place="task: selective; verifier",
    ablations={
        "verifier": without("answer.updating"),
        "majority": put("answer.updating.answer.by", feedback.Vote()),
        "pairs": together(put("verify.refinement", refinement.Filter()), put("verify.updating", updating.SFT())),
        "labels": append("verify.tasks", refinement.Shuffle(part="feedback")),
        "seed": put("verify.begin_from", "learner"),
        "accumulate": without("solve.refinement.Accumulate"),
        "restart": put("solve.updating.start", "learner"),
    },
)
def v_star(
    *, rounds: int = 3, samples: int = 16, candidates: int = 64, pairs: int | None = None, beta: float = 0.1,
    examples: int = 1000, replay: float = 0.2, per_token: bool = False,
) -> Stages:  # fmt: skip
    """``pairs`` caps those of a task. The generator begins as the seed model, yet each round tunes the untouched one.

    Differs: the seed's labelled examples return as a share of each round's rows (``replay``), not all of them; the
    verifier sees none, as nothing wrong stands beside them; a text sampled twice counts once. The verifier need not
    write any more, so it bears a higher rate than the model card's: ``--set verify.updating.lr=4e-4``.
    """
    goal = Objective(ability="reasoning", direction="performance", metric="greedy")
    score = evaluation.Accuracy(split="selection", metric="greedy")
    likelier = feedback.Likelihood(role="verifier", against="reference", per_token=per_token)
    best = solutions.BestOf(n=candidates, by=likelier, temperature=0.7)
    frugal = replace(score, samples=0, protected=100, protected_at_end=100)  # each answer costs many samples
    seed = Cycle(name="seed", objective=goal, updates="reference", begin_from="learner", gated=False,
                 tasks=tasks.Examples(n=examples), updating=updating.SFT())  # fmt: skip
    solve = Cycle(
        name="solve",
        objective=goal,
        begin_from="reference",
        tasks=tasks.Dataset(split="practice"),
        solutions=solutions.Sample(n=samples, temperature=0.7),
        feedback=feedback.Verifier(),
        refinement=(refinement.Filter(where=passed), refinement.Distinct(), refinement.Accumulate()),
        updating=updating.SFT(start="origin", replay=replay),
        evaluation=score,
        rounds=rounds,
    )
    verify = Cycle(name="verify", objective=goal, updates="verifier", begin_from="reference", gated=False,
                   tasks=tasks.Earlier(stage="solve", phase="feedback"),
                   refinement=(refinement.Distinct(), refinement.EveryPair(cap=pairs)),
                   updating=updating.DPO(beta=beta, scope="text", nll=0.0, reference="start"))  # fmt: skip
    answer = Cycle(name="answer", objective=goal, updating=updating.AnswerWith(answer=best), evaluation=frugal)
    return Stages(cycles=(seed, solve, verify, answer))
