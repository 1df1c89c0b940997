"""Selective Reflection-Tuning: Student-Selected Data Recycling. Li et al., 2024. arXiv:2402.10110.

A teacher rewrites every labelled request, and then its answer. What stays the student decides by its own perplexities:
a request that leaves more to its answer, and an answer that tells more of its request. It learns what fits together.
"""

from lamarck.core import Cycle, Experience, Objective, change, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, tasks, updating

BARE, GUESS = "likelihood/bare", "selective_reflection_tuning/guess"
JUDGING = ("feedback", "refinement.Retry.check", "refinement.Likelihood")
"""Where the student's likelihood decides."""


def below_one(experience: Experience) -> bool:
    """Whether a ratio whose log is the score is below 1: IFD, where the request makes its answer likelier."""
    return experience.score < 0


@recipe(
    paper="arXiv:2402.10110",
    place="task: selective; correcting: critique-based",
    labels="none",
    ablations={
        "requests": lambda method: change(method, "refinement.0", lambda _owner, retry: retry.solve),
        "answers": lambda method: change(method, "refinement.1", lambda _owner, retry: retry.solve),
        "fit": without("refinement.Filter"),
        "student": together(*(put(f"{at}.{name}", "teacher") for at in JUDGING for name in ("role", "against"))),
    },
)
def selective_reflection_tuning(
    *, rounds: int = 1, seeds: int = 52_000, share: float = 1.0, teacher: str = "teacher", referee: str = "judge"
) -> Cycle:
    """``seeds`` labelled examples are recycled; ``share`` takes those of the highest IFD, 0.01 to 0.1 in the paper.

    Differs: what the criteria say of a text is not written down before it is rewritten; an answer that no rewrite
    improved stays, where the released script drops the item; an r-IFD of exactly 1 stays.
    """
    log_ifd = feedback.Likelihood(role="learner", prompt=BARE, against="learner", per_token=True)
    minus_log_r_ifd = feedback.Likelihood(role="learner", of="task", prompt=GUESS, against_prompt=BARE, per_token=True)
    ask = tasks.Evolve(prompts=("selective_reflection_tuning/request",), role=teacher, answered=True, temperature=0.0)
    answer = refinement.Revise(prompt="selective_reflection_tuning/answer", role=teacher, temperature=0.0)
    return Cycle(
        objective=Objective(ability="instruction following", direction="feedback", metric="win rate"),
        tasks=tasks.Examples(n=seeds, same=True),
        feedback=log_ifd,
        refinement=(
            refinement.Retry(solve=ask, check=log_ifd, keep="better"),
            refinement.Retry(solve=answer, check=minus_log_r_ifd, keep="better"),
            refinement.Filter(at_least=0.0),  # r-IFD
            log_ifd,
            refinement.Filter(where=below_one),
            refinement.Take(share=share, by="score"),
        ),
        updating=updating.SFT(start="origin"),
        evaluation=evaluation.WinRate(against="origin", role=referee),
        rounds=rounds,
    )
