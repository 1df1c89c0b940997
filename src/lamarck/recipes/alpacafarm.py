"""AlpacaFarm: A Simulation Framework for Methods that Learn from Human Feedback. Dubois et al., 2023. arXiv:2305.14387.

A protocol: nothing is learned. A pool of simulated annotators compares the learner's answers with a fixed opponent's,
one annotator a comparison; the rate of wins has what the length of answers explains taken out of it.
"""

from lamarck.core import Cycle, Objective, put, recipe
from lamarck.operators import evaluation
from lamarck.operators.annotators import Annotators

POOL = ("alpacafarm/asker", "alpacafarm/expert", "alpacafarm/glance", "alpacafarm/ledger")


@recipe(
    paper="arXiv:2305.14387",
    place="evaluation: quantitative",
    ablations={
        "length": put("evaluation.metric", "win rate"),
        "flips": put("evaluation.annotators.flip", 0.25),
        "order": put("evaluation.annotators.order", "first"),
        "pool": put("evaluation.annotators.prompts", POOL[:1]),
    },
)
def alpacafarm(
    *, against: str = "origin", role: str = "judge", prompts: tuple[str, ...] = POOL, temperature: float = 1.0,
    max_tokens: int = 512,
) -> Cycle:  # fmt: skip
    """``against="reference"`` compares with the tasks' own answers. Annotators are each role, "judge,judge2", with each
    prompt. Training takes the same pool with flips: ``feedback.Prefer(prompts=POOL, flip=0.25)``; the ablation "flips"
    has them here, where they do not belong.

    Differs: length is controlled as in AlpacaEval 2 (arXiv:2404.04475), without its difficulties and anchors; the
    environment's verdict goes before an annotator's; the pool is of our prompts and the user's models.
    """
    return Cycle(
        objective=Objective(ability="answering", direction="performance", metric="length-controlled"),
        evaluation=evaluation.WinRate(
            against=against,
            role=role,
            metric="length-controlled",
            annotators=Annotators(prompts=prompts, temperature=temperature, max_tokens=max_tokens),
            protected=0,
        ),
        rounds=0,
    )
