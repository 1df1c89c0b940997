"""Towards Unified Alignment Between Agents, Humans, and Environment (UA2). Yang et al., 2024. arXiv:2402.07744.

An agent serves users who do not say all that they want, in a world that changes, with little time and money. After a
run that went well it writes down the key actions; before the next one for the same user it reads those of the run most
like it, and works out what can be taken over at once.
"""

from lamarck.core import Cycle, Objective, Stages, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2402.07744",
    place="updating: external memory",
    ablations={
        "memory": without("serve.updating.Remember"),
        "plan": together(put("act.updating.answer.solve.plan", None), put("serve.solutions.solve.plan", None)),
        "user": together(put("act.updating.answer.within", ""), put("serve.solutions.within", "")),
        "threshold": without("serve.refinement.Filter"),
        "key_actions": without("serve.refinement.Critique"),
    },
)
def ua2(
    *, rounds: int = 3, errands: int | None = None, least: float = 0.8, max_steps: int = 30, temperature: float = 0.0,
    others: int | None = None,
) -> Stages:  # fmt: skip
    """``least`` is the reward from which a run is remembered, ``others`` the number of held-out errands.

    A user is a stream of tasks; needs a world that is acted in. The first stage makes the learner one that acts, so
    that no gain is acting alone.
    Differs: the run most like it is found by its key actions, not by its instruction; short-cuts are taken by the
    prompt, not by a second module; reward and steps are the world's, money is what the run's budget counts.
    """
    goal = Objective(ability="acting for users", direction="performance", metric="greedy")
    adapt = solutions.Sample(prompt="ua2/adapt", temperature=temperature)
    act = solutions.Act(prompt="ua2/act", plan=adapt, max_steps=max_steps, temperature=temperature)
    served = solutions.Remind(kind="key actions", n=1, within="stream", solve=act)
    return Stages(
        cycles=(
            Cycle(name="act", objective=goal, gated=False, updating=updating.AnswerWith(answer=served)),
            Cycle(
                name="serve",
                objective=goal,
                tasks=tasks.Dataset(n=errands),
                solutions=served,
                feedback=feedback.Verifier(),
                refinement=(refinement.Filter(at_least=least), feedback.Critique(prompt="ua2/key_actions")),
                updating=updating.Remember(kind="key actions", source="feedback"),
                evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy", limit=others),
                rounds=rounds,
            ),
        )
    )
