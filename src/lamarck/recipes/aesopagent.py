"""AesopAgent: Agent-driven Evolutionary System on Story-to-Video Production. Wang et al., 2024. arXiv:2403.07952.

A story becomes an outline, a storyboard and a plan of shots that image tools draw. An expert looks at every production;
what is said becomes advice in two layers, on telling and on the tools, which later productions read. Advice that
contradicts an older one takes its place, equal advice is confirmed.
"""

from lamarck.core import Cycle, Experience, Objective, Stages, recipe, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating

STEPS = ("aesopagent/outline", "aesopagent/storyboard", "aesopagent/shots")
ITEM = "->"  # stands in a line that is a piece of advice
FINE = "nothing to mend"
"""What the expert says of a production without faults."""


def to_mend(experience: Experience) -> bool:
    """Whether the expert found a fault, whatever the environment says."""
    return experience.feedback is not None and FINE not in experience.feedback.text.casefold()


@recipe(
    paper="arXiv:2403.07952",
    place="updating: external memory",
    ablations={
        "advice": without("learn.updating.0"),
        "craft": without("learn.updating.1"),
        "expert": without("learn.feedback.Critique"),
    },
)
def aesopagent(
    *, rounds: int = 2, stories: int | None = None, others: int | None = None, shown: int = 5, cap: int = 100
) -> Stages:
    """``--role expert=...`` looks at productions, the environment's image tools and ``--judge`` measure new stories.

    The first stage makes the learner one that works in steps, so that no gain is the steps alone. ``cap``: items that
    may stay, those used last. Differs: what a production is worth before and after is compared on new stories, by the
    gate; sound and assembly are left out, and so are professional documents. Numbers are not the paper's.
    """
    steps = solutions.InSteps(prompts=STEPS, whole=True)
    tools = solutions.Remind(kind="craft", n=shown, show="craft", solve=steps)
    make = solutions.Remind(kind="advice", n=shown, solve=tools)
    goal = Objective(ability="telling in pictures", direction="feedback", metric="grade")
    work = Cycle(name="work", objective=goal, gated=False, updating=updating.AnswerWith(answer=make))
    expert = feedback.Critique(prompt="aesopagent/expert", role="expert", stop=FINE)
    layers = ("advice", "craft")
    concluded = (refinement.Conclude(prompts=(f"aesopagent/{kind}",), kind=kind, pattern=ITEM) for kind in layers)
    agreed = (updating.Reconcile(kind=kind, prompt="aesopagent/agree") for kind in layers)
    learn = Cycle(
        name="learn",
        objective=goal,
        tasks=tasks.Dataset(split="practice", n=stories),
        solutions=make,
        feedback=(feedback.Verifier(), expert),
        refinement=(refinement.Filter(where=to_mend), *concluded),
        updating=(*agreed, updating.Forget(cap=cap)),
        evaluation=evaluation.Grade(split="selection", limit=others),
        rounds=rounds,
    )
    return Stages(cycles=(work, learn))
