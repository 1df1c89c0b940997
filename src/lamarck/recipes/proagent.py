"""ProAgent: Building Proactive Cooperative Agents with Large Language Models. Zhang et al., 2023. arXiv:2308.11339.

Before each turn the agent says what its teammate will do, and acts on that. What it expected stands beside what the
teammate really did in all later turns, so wrong beliefs are corrected; an action that cannot be done is proposed anew,
with the reason in view. Nothing is trained: the way of answering is the candidate.
"""

from lamarck.core import Cycle, Objective, Stages, put, recipe
from lamarck.operators import evaluation, solutions, updating

ANSWER = "cooperate.updating.answer"


@recipe(
    paper="arXiv:2308.11339",
    place="updating: working memory",
    ablations={
        "correction": put(f"{ANSWER}.thoughts", False),
        "intention": put(f"{ANSWER}.step.prompts", ("proagent/alone",)),
        "verifier": put(f"{ANSWER}.repairs", 0),
    },
)
def proagent(
    *, repairs: int = 3, turns: int | None = None, max_steps: int = 60, max_tokens: int = 256, others: int | None = None
) -> Stages:
    """``turns`` is how many of the last ones are remembered, None = all; ``others`` how many held-out tasks measure.

    Needs a world that is acted in. The first stage makes the learner one that acts, so that no gain is acting alone.
    Differs: the world is told in words already, so there is no grounding and no low-level path; its rules, not a second
    model, say why an action cannot be done. T=0 and 256 tokens are the paper's.
    """
    goal = Objective(ability="cooperating", direction="performance", metric="greedy")
    think = solutions.InSteps(prompts=("proagent/intention", "proagent/skill"), whole=True, max_tokens=max_tokens)
    plain = solutions.Act(max_steps=max_steps, temperature=0.0, max_tokens=max_tokens)
    proactive = solutions.Act(step=think, repairs=repairs, window=turns, max_steps=max_steps, repeats=max_steps)
    return Stages(
        cycles=(
            Cycle(name="act", objective=goal, gated=False, updating=updating.AnswerWith(answer=plain)),
            Cycle(
                name="cooperate",
                objective=goal,
                updating=updating.AnswerWith(answer=proactive),
                evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy", limit=others),
            ),
        )
    )
