"""EvoLLM: Evolutionary Optimization of Model Merging Recipes. Akiba et al., 2024. arXiv:2403.13187.

A genome holds, for each layer and source model, how densely and how strongly its difference to the base is merged
in. CMA-ES proposes genomes, each merged model answers the practice tasks, its score is the genome's fitness.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, put, recipe
from lamarck.operators import evaluation, feedback, solutions, tasks


@recipe(
    paper="arXiv:2403.13187",
    place="updating: architecture (merging)",
    ablations={"search": put("updating.sigma", 0.0)},
)
def evo_merge(
    *, sources: tuple[str, ...], generations: int = 100, population: int | None = None, sigma: float = 1 / 6
) -> Cycle:
    """A round is a generation. The search is the run's and goes on whether or not a candidate is promoted."""
    evolve = stub.EvolveMerge(sources=sources, method="dare_ties", population=population, sigma=sigma)
    return Cycle(
        objective=Objective(ability="maths", direction="performance", metric="greedy"),
        tasks=(tasks.Dataset(split="practice"), stub.PerCandidate(of=evolve)),
        solutions=solutions.Sample(role="author", temperature=0.0),
        feedback=feedback.Verifier(),
        updating=evolve,  # fitness = mean score by author
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),  # items that elected nobody
        rounds=generations,
    )
