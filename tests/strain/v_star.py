"""V-STaR: Training Verifiers for Self-Taught Reasoners. Hosseini et al., 2024. arXiv:2402.06457.

The generator learns from its right solutions, as in STaR without hints. Nothing wrong is thrown away: right against
wrong solutions of all rounds make a verifier by DPO, which picks the best of many answers from then on.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, Stages, passed, recipe, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(paper="arXiv:2402.06457", place="task: selective; verifier", ablations={"verifier": without("answer.updating")})
def v_star(*, rounds: int = 3, samples: int = 16, candidates: int = 64, beta: float = 0.1) -> Stages:
    """The generator begins as the seed model, yet each round tunes the untouched one."""
    goal = Objective(ability="reasoning", direction="performance", metric="greedy")
    score = evaluation.Accuracy(split="selection", metric="greedy")
    seed = Cycle(name="seed", objective=goal, updates="reference", begin_from="learner", gated=False,
                 tasks=stub.Examples(), updating=updating.SFT())  # fmt: skip
    solve = Cycle(
        name="solve",
        objective=goal,
        begin_from="reference",
        tasks=tasks.Dataset(split="practice"),
        solutions=solutions.Sample(n=samples, temperature=0.7),
        feedback=feedback.Verifier(),
        refinement=(refinement.Filter(where=passed), refinement.Distinct(), refinement.Accumulate()),
        updating=stub.SFT(start="origin", replay=0.2),
        evaluation=score,
        rounds=rounds,
    )
    verify = Cycle(name="verify", objective=goal, updates="verifier", begin_from="reference", gated=False,
                   tasks=stub.Earlier(stage="solve", phase="feedback"),
                   refinement=stub.EveryPair(), updating=stub.DPO(beta=beta))  # fmt: skip
    likelier = stub.Likelihood(role="verifier", against="reference")
    answer = Cycle(name="answer", objective=goal, evaluation=score,
                   updating=stub.AnswerWith(answer=stub.BestOf(n=candidates, by=likelier)))  # fmt: skip
    return Stages(cycles=(seed, solve, verify, answer))
