"""A plan and scorecards written out."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

from lamarck.core import Score, Scorecard

PLAN = Plan(
    recipe="rest_em",
    why="Because.",
    environment="game24",
    arms={"recipe": Arm(), "off": Arm(ablate=("verifier",)), "few": Arm(ablate=("cap",), seeds=(0,), rounds=1)},
    seeds=(0, 1, 2),
    rounds=2,
    exam=Exam(items=4, samples=2, selection=3, protected=10),
    claims=(
        Claim(text="it rises", more=Side(), less=Side(who="base"), required=True),
        Claim(text="nothing without it", more=Side(arm="off"), less=Side(arm="off", who="base"), above=None, below=2.0),
    ),
)


def card(
    learner: str, *greedy: float, guarded: tuple[float, ...] = (1.0, 1.0), clean: tuple[float, ...] = ()
) -> Scorecard:
    """Items a, b, c, ...; "likelihood" where ``clean`` is given."""
    scores = [
        Score(ability="toys", metrics={"greedy": greedy}, items=tuple("abcdef"[: len(greedy)]), split="sealed"),
        Score(ability="small toys", metrics={"greedy": guarded}, items=("x", "y"), split="fresh", protected=True),
    ]
    if clean:
        items = tuple(f"c{i}" for i in range(len(clean)))
        scores.append(
            Score(ability="clean solutions", metrics={"likelihood": clean}, items=items, split="fresh", protected=True)
        )
    return Scorecard(learner=learner, scores=tuple(scores), metric="greedy")
