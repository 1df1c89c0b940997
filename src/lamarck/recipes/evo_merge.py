"""EvoLLM: Evolutionary Optimization of Model Merging Recipes. Akiba et al., 2024. arXiv:2403.13187.

A genome holds, for each block of layers and source model, how densely and how strongly its difference to the base is
merged in. CMA-ES proposes genomes, each merged model answers the practice tasks, its score is the genome's fitness.
A second stage, if asked for, lays out the layers of the winner and of a source anew: a search for a path through them.
"""

from lamarck.core import Change, Cycle, Objective, Stages, append, put, recipe, together
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


def _search(field: str, value: object) -> Change:
    return together(put(f"updating.{field}", value), put(f"tasks.PerCandidate.of.{field}", value))


@recipe(
    paper="arXiv:2403.13187",
    place="updating: architecture (merging)",
    ablations={
        "search": _search("sigma", 0.0),
        "fitness": append("refinement", refinement.Shuffle(part="feedback")),
        "merge": _search("sources", ("base",)),
    },
)
def evo_merge(
    *, sources: tuple[str, ...], rounds: int = 100, groups: int = 4, rounds_layers: int = 0, layers: int = 0
) -> Stages:
    """A round is a generation; the search goes on whether or not a candidate is promoted.

    The learner is the base that the sources were tuned from. ``rounds_layers`` adds the second stage, over the winner
    and the first source, of ``layers`` layers each. Differs: the paper makes 1000 trials one by one, and counts only
    answers in the wanted language, which here is the verifier's affair.
    """
    merge = updating.EvolveMerge(sources=sources, groups=groups)
    stages = [_stage("parameters", merge, rounds)]
    if rounds_layers:
        both = ("base", *sources[:1])  # the first is the winner: the stage begins with it
        path = updating.EvolveMerge(space="layers", sources=both, layers=layers, population=128)
        stages.append(_stage("layers", path, rounds_layers))
    return Stages(cycles=tuple(stages))


def _stage(name: str, search: updating.EvolveMerge, rounds: int) -> Cycle:
    return Cycle(
        name=name,
        objective=Objective(ability="problem solving", direction="performance", metric="greedy"),
        tasks=(tasks.Dataset(split="practice"), tasks.PerCandidate(of=search)),
        solutions=solutions.Sample(role="author", temperature=0.0),
        feedback=feedback.Verifier(),
        updating=search,
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),  # items that elected nobody
        rounds=rounds,
    )
