"""Promptbreeder: Self-Referential Self-Improvement via Prompt Evolution. Fernando et al., 2023. arXiv:2309.16797.

A unit is two task prompts and the mutation prompt that changes them. Two units meet, the loser is overwritten by a
mutated copy of the winner; mutation prompts are mutated too. At the end the best unit is elected, and gated once.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, Stages, put, recipe
from lamarck.operators import evaluation, feedback, solutions, tasks


@recipe(
    paper="arXiv:2309.16797",
    place="task: knowledge-free; updating: in context",
    ablations={"crossover": put("breed.updating.crossover", 0.0)},
)
def promptbreeder(*, generations: int = 25, population: int = 50, items: int = 100) -> Stages:
    """Fitness is accuracy on a fresh batch of practice items; the gate looks at others, once."""
    goal = Objective(ability="reasoning", direction="performance", metric="greedy")
    evolve = stub.EvolvePrompts(population=population)
    breed = Cycle(
        name="breed",
        objective=goal,
        tasks=(tasks.Dataset(split="practice", n=items), stub.PerCandidate(of=evolve)),
        solutions=solutions.Sample(role="author", temperature=0.0),
        feedback=feedback.Verifier(),
        updating=evolve,  # moves the population, which is the run's, and leaves the learner
        rounds=generations,
        gated=False,
    )
    elect = Cycle(
        name="elect",
        objective=goal,
        updating=stub.Elect(of=evolve),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
    )
    return Stages(cycles=(breed, elect))
