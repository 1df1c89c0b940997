"""EvIT: Event-Oriented Instruction Tuning for Event Reasoning. Tao et al., 2024. arXiv:2404.11978.

Raw text says what leads to what. Take from it an event, its context and another event that a connective ties to it;
ask for the other event, in free words and among wrong ones that are much like it; tune on both forms in many wordings.
"""

from lamarck.core import Cycle, Objective, append, put, recipe
from lamarck.operators import evaluation, refinement, solutions, tasks, updating

TELL = ("evit/tell", "evit/relate")
CHOOSE = ("evit/choose", "evit/pick")


@recipe(
    paper="arXiv:2404.11978",
    place="task: knowledge-based",
    labels="train",
    ablations={
        "tails": append("solutions", refinement.Shuffle()),
        "generation": put("refinement.Formats.prompts", CHOOSE),
        "discrimination": put("refinement.Formats.prompts", TELL),
    },
)
def evit(*, rounds: int = 1, options: int = 4, context: int = 2, documents: int | None = None) -> Cycle:
    """Texts are the user's, ``--documents``; what is mined is its own label.

    Differs: the wordings are two a form and the same for every relation, where the paper has a strong model write
    several a relation; the control ``tails`` deals the tails out to other events.
    """
    return Cycle(
        objective=Objective(ability="reasoning about events", direction="knowledge", metric="greedy"),
        tasks=(tasks.Dataset(source="documents", n=documents), tasks.MineEvents(options=options, context=context)),
        solutions=solutions.Labelled(),
        refinement=(refinement.Formats(prompts=(*TELL, *CHOOSE), choose="random"),),
        updating=updating.SFT(),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
        rounds=rounds,
    )
