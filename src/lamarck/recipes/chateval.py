"""ChatEval: Towards Better LLM-based Evaluators through Multi-Agent Debate. Chan et al., 2023. arXiv:2308.07201.

A protocol: nothing is learned. Referees of different personas talk about the learner's answer and an opponent's, then
each gives both from 1 to 10; swapped and averaged. The talk is kept: it says what is good and what is wrong.
"""

from lamarck.core import Cycle, Objective, put, recipe
from lamarck.operators import evaluation
from lamarck.operators.debating import Talk

PUBLIC, CRITIC = "chateval/public", "chateval/critic"


@recipe(
    paper="arXiv:2308.07201",
    place="evaluation: qualitative",
    ablations={
        "personas": put("evaluation.personas", (CRITIC, CRITIC)),
        "debate": put("evaluation.personas", (CRITIC,)),
        "swap": put("evaluation.swap", False),
        "verdicts": put("evaluation.verdicts", False),
    },
)
def chateval(
    *,
    personas: tuple[str, ...] = (PUBLIC, CRITIC),
    rounds: int = 2,
    talk: Talk = "in turn",
    against: str = "origin",
    role: str = "judge",
    max_tokens: int = 512,
) -> Cycle:
    """A round is one turn of each referee; the last one gives the points. All referees are one model, or ``role`` names
    several. A persona is the name of a text under prompts/, or what a referee is told in words.

    Differs: who speaks first goes round; the environment's verdict goes before the referees'.
    """
    return Cycle(
        objective=Objective(ability="answering", direction="performance", metric="win rate"),
        evaluation=evaluation.Debate(
            personas=personas, rounds=rounds, talk=talk, against=against, role=role, max_tokens=max_tokens, protected=0
        ),
        rounds=0,
    )
