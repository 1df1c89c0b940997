"""Agent Alignment in Evolving Social Norms. Li et al., 2024. arXiv:2401.04620.

A society of agents, each a profile on one model. Every generation the norm changes with what most of them do; an
observer grades conduct by today's norm, which no agent ever sees; the fittest survive, cross and mutate.
"""

from tests.strain import operators as stub

from lamarck.core import Cycle, Objective, put, recipe
from lamarck.operators import solutions, tasks


@recipe(
    paper="arXiv:2401.04620",
    place="updating: working memory",
    ablations={"selection": put("updating.survivors", 1.0)},
)
def evolutionary_agent(
    *, generations: int = 10, population: int = 10, survivors: float = 0.5, rules: int = 10
) -> Cycle:
    """The norm is part of the round's objective, so champion and candidate are graded under the same one."""
    evolve = stub.EvolveProfiles(population=population, survivors=survivors)
    return Cycle(
        objective=Objective(ability="alignment", direction="safety", metric="grade", parameters={"norm": ""}),
        tasks=(tasks.Dataset(split="practice"), stub.PerCandidate(of=evolve)),
        solutions=solutions.Sample(role="author", prompt="evolutionary_agent/live"),
        feedback=stub.Judge(prompt="evolutionary_agent/observe", role="judge", highest=10),
        updating=evolve,
        evaluation=stub.Grade(prompt="evolutionary_agent/observe", role="judge"),
        next=stub.ShiftNorm(role="teacher", rules=rules),
        rounds=generations,
    )
