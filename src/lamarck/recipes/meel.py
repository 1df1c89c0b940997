"""MEEL: Multi-Modal Event Evolution Learning. Tao et al., 2024. arXiv:2404.10429.

From the event of a scene a model goes on to others: to its cause, to its effect, and from there further. Ask for the
events that are one or more steps away, in free words and among wrong ones that other branches hold, and tune on it.
"""

from lamarck.core import Cycle, Objective, append, put, recipe
from lamarck.operators import evaluation, refinement, solutions, tasks, updating
from lamarck.operators.branching import RELATIONS, Level

TELL = ("meel/tell", "meel/chain")
CHOOSE = ("meel/choose",)
STEP = (Level(name="relation", given=RELATIONS, n=2), Level(name="event", prompt="meel/evolve", longest=20, tasks=True))


@recipe(
    paper="arXiv:2404.10429",
    place="task: knowledge-based (image and text)",
    labels="train",
    ablations={
        "hops": put("tasks.Brainstorm.levels", STEP),
        "events": append("solutions", refinement.Shuffle()),
        "generation": put("refinement.Formats.prompts", CHOOSE),
        "discrimination": put("refinement.Formats.prompts", TELL),
    },
)
def meel(*, seeds: int | None = None, hops: int = 2, options: int = 4, teacher: str = "teacher") -> Cycle:
    """Seeds are the environment's practice tasks: a scene and an event. Below each event go two relations by chance.

    Differs: an image is its scene in words, as part of the seed's text, and no vision model is tuned; what is
    discriminated is chosen among wrong events, of the scene's other branches first; there are no stories and no
    explanations; relations and numbers are ours, as few of the paper's are known.
    """
    graph = tasks.Brainstorm(levels=STEP * hops, roots="tasks", answer=True, options=options, role=teacher)
    return Cycle(
        objective=Objective(ability="reasoning about events", direction="knowledge", metric="greedy"),
        tasks=(tasks.Dataset(n=seeds), graph),
        solutions=solutions.Labelled(),
        refinement=(refinement.Formats(prompts=(*TELL, *CHOOSE), choose="random"),),
        updating=updating.SFT(),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
    )
