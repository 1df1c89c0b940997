"""Reflexion: Language Agents with Verbal Reinforcement Learning. Shinn et al., 2023. arXiv:2303.11366.

A round is a trial of every task that is not solved yet. After a failed one the learner reads what it did, and writes
down what went wrong and what to do next time; the next trial of the same task is shown its last three notes. The
weights never change.
"""

from lamarck.core import Cycle, Objective, Stages, failed, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2303.11366",
    place="feedback: environment; updating: working memory",
    ablations={
        "memory": without("trials.updating.Remember"),
        "reflection": without("trials.feedback.Critique"),
        "own": together(put("act.updating.answer.within", ""), put("trials.solutions.within", "")),
        "unsolved": without("trials.tasks.Pick"),
    },
)
def reflexion(
    *, rounds: int = 12, episodes: int | None = None, notes: int = 3, max_steps: int = 30, temperature: float = 0.0,
    others: int = 20,
) -> Stages:  # fmt: skip
    """``episodes`` is how many tasks are tried, ``notes`` how many notes a trial is shown. Needs a world of actions.

    The first stage makes the learner one that acts, so that no gain is acting alone. Nothing is gated: a note is read
    on its own task alone, so no other task can gain or suffer by it; ``others``, held-out ones, are scored to say so.
    Differs: all tasks are tried once a round, not each until it is solved; no examples stand in the prompt; programs
    with tests of their own making, and questions over a search, are other rows.
    """
    goal = Objective(ability="acting", direction="performance", metric="greedy")
    act = solutions.Act(prompt="reflexion/act", max_steps=max_steps, temperature=temperature)
    tried = solutions.Remind(kind="reflection", by="last", n=notes, within="task", solve=act)
    return Stages(
        cycles=(
            Cycle(name="act", objective=goal, gated=False, updating=updating.AnswerWith(answer=tried)),
            Cycle(
                name="trials",
                objective=goal,
                gated=False,
                tasks=(tasks.Dataset(n=episodes, same=True), tasks.Pick(n=None, by="unsolved")),
                solutions=tried,
                feedback=(feedback.Verifier(), feedback.Critique(prompt="reflexion/reflect", where=failed)),
                refinement=refinement.Filter(where=failed),
                updating=updating.Remember(kind="reflection", source="feedback"),
                evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy", limit=others),
                rounds=rounds,
                patience=2,
                transductive=True,
            ),
        )
    )
