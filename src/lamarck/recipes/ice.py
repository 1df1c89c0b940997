"""Investigate-Consolidate-Exploit (ICE): inter-task self-evolution of agents. Qian et al., 2024. arXiv:2401.13996.

A run that went well is looked at again: what it could not do without becomes a workflow, to be read before planning,
and a pipeline of its actions with slots. The next task like it is done by the pipeline, the learner fills in what only
shows on the way, and acts by itself from where the pipeline does not go on.
"""

from lamarck.core import Cycle, Objective, Stages, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2401.13996",
    place="updating: external memory",
    ablations={
        "memory": without("work.updating.Remember"),
        "planning": put("work.refinement.Consolidate.kinds", ("pipeline",)),
        "execution": put("work.refinement.Consolidate.kinds", ("workflow",)),
        "slots": put("work.refinement.Consolidate.slots", False),
        "exploit": together(
            put("act.updating.answer.solve.shortcut", None), put("work.solutions.solve.shortcut", None)
        ),
    },
)
def ice(
    *, rounds: int = 3, errands: int | None = None, least: float = 0.8, shortcut: float = 0.9, max_steps: int = 30,
    temperature: float = 0.0, others: int | None = None,
) -> Stages:  # fmt: skip
    """``least`` is the reward from which a run is consolidated, ``shortcut`` the likeness from which a pipeline is run.

    Needs a world that is acted in. The first stage makes the learner one that acts, so that no gain is acting alone.
    Differs: goals and slots are found by doing a run again and by its words; a pipeline is a straight line that stops
    where the world refuses an action, not an automaton with branches; one pipeline does a task, not a sub-goal.
    """
    goal = Objective(ability="acting", direction="performance", metric="greedy")
    act = solutions.Act(prompt="ice/act", shortcut=shortcut, max_steps=max_steps, temperature=temperature)
    worked = solutions.Remind(kind="workflow", n=1, solve=act)
    return Stages(
        cycles=(
            Cycle(name="act", objective=goal, gated=False, updating=updating.AnswerWith(answer=worked)),
            Cycle(
                name="work",
                objective=goal,
                tasks=tasks.Dataset(n=errands),
                solutions=worked,
                feedback=feedback.Verifier(),
                refinement=(refinement.Filter(at_least=least), refinement.Consolidate()),
                updating=updating.Remember(kind="", source="writes"),
                evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy", limit=others),
                rounds=rounds,
            ),
        )
    )
