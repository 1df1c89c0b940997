"""Promptbreeder: Self-Referential Self-Improvement via Prompt Evolution. Fernando et al., 2023. arXiv:2309.16797.

A population of prompts is bred: of two units the fitter one is copied over the other, and a model rewrites the copy,
told how by a mutation prompt that is bred along. At the end the best prompt becomes the learner's own.
"""

from lamarck.core import Change, Cycle, Objective, Stages, append, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


def _search(field: str, value: object) -> Change:
    return together(*(put(f"{at}.{field}", value) for at in ("updating", "tasks.PerCandidate.of", "updating.of")))


@recipe(
    paper="arXiv:2309.16797",
    place="task: knowledge-free; updating: in context",
    ablations={
        "elect": without("elect.updating"),
        "tournament": append("breed.refinement", refinement.Shuffle(part="feedback")),
        "self_reference": _search("hyper", ()),
        "contexts": _search("contexts", 0),
    },
)
def promptbreeder(*, rounds: int = 20, population: int = 50, questions: int = 100, problem: str = "") -> Stages:
    """A round is a generation, scored on ``questions`` practice tasks; ``problem`` says what has to be done.

    Differs: the elected prompt meets the gate on items that elected nobody. Numbers are as remembered, not checked.
    """
    search = updating.EvolvePrompts(population=population, problem=problem)
    goal = Objective(ability="problem solving", direction="performance", metric="greedy")
    breed = Cycle(
        name="breed",
        objective=goal,
        tasks=(tasks.Dataset(split="practice", n=questions), tasks.PerCandidate(of=search)),
        solutions=solutions.Sample(role="author", temperature=0.0),
        feedback=feedback.Verifier(),
        updating=search,
        rounds=rounds,
        gated=False,
    )
    score = evaluation.Accuracy(split="selection", samples=0, metric="greedy")
    elect = Cycle(name="elect", objective=goal, updating=updating.Elect(of=search), evaluation=score)
    return Stages(cycles=(breed, elect))
