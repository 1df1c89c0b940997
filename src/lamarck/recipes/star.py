"""STaR: Bootstrapping Reasoning With Reasoning. Zelikman et al., 2022. arXiv:2203.14465.

Answer every question with a rationale and keep the rationales whose answer is right. For the others, show the
right answer and ask for a rationale that leads to it. Fine-tune the *base* model, not the last one, on all that
is kept. Repeat with the better model.
"""

from lamarck.core import Cycle, Objective, append, failed, passed, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating

ANSWER = "star/answer"


@recipe(
    paper="arXiv:2203.14465",
    place="solution: rationale; correcting: critique-free",
    labels="train",
    ablations={
        "answers": together(
            put("solutions", solutions.Labelled(prompt=ANSWER)),
            put("refinement", ()),
            append("updating", updating.AnswerWith(answer=solutions.Sample(prompt=ANSWER, temperature=0.0))),
        ),
        "rationalize": without("refinement.Retry"),
        "verifier": without("refinement.Filter"),
        "start": put("updating.start", "learner"),
        "hint": put("refinement.Retry.leak", True),
    },
)
def star(*, rounds: int = 5, steps: int = 40, growth: float = 1.2) -> Cycle:
    """Steps grow by a fifth a round. The control ``answers`` learns the same labels without rationales.

    Differs: the paper goes on until a plateau, at most 64 rounds, and shows worked examples in its prompts;
    here a prompt explains the form, and training shows the task as it stands.
    """
    check = feedback.Verifier()
    rationalize = solutions.Sample(prompt="star/rationalize", reveal=True, temperature=0.01, top_p=0.9)
    return Cycle(
        objective=Objective(ability="reasoning", direction="performance", metric="greedy"),
        tasks=tasks.Dataset(split="practice"),
        solutions=solutions.Sample(prompt="star/rationale", temperature=0.01, top_p=0.9),
        feedback=check,
        refinement=(
            refinement.Retry(where=failed, solve=rationalize, check=check),
            refinement.Filter(where=passed),
        ),
        updating=updating.SFT(start="base", steps=steps, growth=growth),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
        rounds=rounds,
    )
