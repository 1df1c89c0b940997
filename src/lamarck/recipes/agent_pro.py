"""Agent-Pro: Learning to Evolve via Policy-Level Reflection and Optimization. Zhang et al., 2024. arXiv:2402.17574.

Before each decision the agent says how it stands and how the others stand. After a game that was not won it looks back
at all it believed and did, and writes how to behave and what the world is like. What does not win this very game, with
the same cards, is thrown away; the rest goes into the policy, and the gate steps into the new policy or back.
"""

from lamarck.core import Cycle, Objective, Stages, failed, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating

ADVICE = ("agent_pro/policy",)
HELD = ("act.updating.answer.solve", "evolve.solutions.solve", "evolve.refinement.Conclude.solve")
"""Where a game is played."""


@recipe(
    paper="arXiv:2402.17574",
    place="updating: working memory",
    ablations={
        "verify": put("evolve.refinement.Conclude", refinement.Conclude(prompts=ADVICE, kind="policy")),
        "beliefs": together(*(put(f"{at}.step.prompts", ("agent_pro/alone",)) for at in HELD)),
        "reflection": without("evolve.feedback.Critique"),
        "policy": without("evolve.updating.Reconcile"),
    },
)
def agent_pro(
    *, rounds: int = 10, games: int | None = 20, tries: int = 3, longest: int = 2000, max_steps: int = 30,
    max_tokens: int = 256, others: int | None = None,
) -> Stages:  # fmt: skip
    """``games`` new ones a round; ``tries`` policies in a row that are not kept end it; ``longest`` in characters.

    Needs a world that is acted in. The first stage makes the learner one that acts, so that no gain is acting alone.
    Differs: of a policy's children the first that is kept is followed, and none goes back beyond its parent; a game is
    played again once, greedily, and must be won; what cannot be read is left to the world. Numbers are not the paper's.
    """
    goal = Objective(ability="playing", direction="performance", metric="greedy")
    steps = ("agent_pro/self_belief", "agent_pro/world_belief", "agent_pro/act")
    believe = solutions.InSteps(prompts=steps, whole=True, max_tokens=max_tokens)
    act, check = solutions.Act(step=believe, max_steps=max_steps), feedback.Verifier()
    played = solutions.Remind(kind="policy", by="all", solve=act)
    return Stages(
        cycles=(
            Cycle(name="act", objective=goal, gated=False, updating=updating.AnswerWith(answer=played)),
            Cycle(
                name="evolve",
                objective=goal,
                tasks=tasks.Dataset(n=games),
                solutions=played,
                feedback=(check, feedback.Critique(prompt="agent_pro/reflect", where=failed)),
                refinement=(
                    refinement.Filter(where=failed),
                    refinement.Conclude(prompts=ADVICE, kind="policy", solve=act, check=check),
                ),
                updating=updating.Reconcile(kind="policy", prompt="agent_pro/revise", within="all", longest=longest),
                evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy", limit=others),
                rounds=rounds,
                patience=tries,
            ),
        )
    )
