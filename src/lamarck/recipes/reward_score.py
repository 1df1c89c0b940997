"""The score of a reward model as a measure, and as what chooses checkpoints. Named by the survey, arXiv:2404.14387.

A protocol: nothing is learned. What a reward model makes of the learner's answers counts only while a measure that the
learner was not trained by does not fall, and while the learner stays near what it came from.
"""

from lamarck.core import Cycle, Objective, put, recipe, together
from lamarck.operators import evaluation, feedback


@recipe(
    paper="arXiv:2404.14387",
    place="evaluation: quantitative",
    ablations={
        "beside": put("evaluation.beside", None),
        "caps": together(put("evaluation.kl_cap", None), put("evaluation.length_cap", None)),
    },
)
def reward_score(
    *,
    roles: tuple[str, ...] = ("reward_model",),
    second: str = "",
    against: str = "origin",
    kl_cap: float = 10.0,
    length_cap: float = 0.5,
    samples: int = 1,
) -> Cycle:
    """``roles`` are reward models; of several the lowest score counts, one is as good where its weights are an average.
    ``second`` is the role of another one that measures beside them; "" = the environment's verdict does.

    Differs: no paper has this protocol. A score is a rank among the reference's; caps and second measure are abilities
    that the gate protects.
    """
    return Cycle(
        objective=Objective(ability="answering", direction="feedback", metric="reward"),
        evaluation=evaluation.RewardScore(
            by=tuple(feedback.Reward(role=role) for role in roles),
            beside=feedback.Reward(role=second) if second else feedback.Verifier(),
            against=against,
            kl_cap=kl_cap,
            length_cap=length_cap,
            samples=samples,
            protected=0,
        ),
        rounds=0,
    )
