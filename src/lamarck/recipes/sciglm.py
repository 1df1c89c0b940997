"""SciGLM: Training Scientific Language Models by self-reflective annotation. Zhang et al., 2024. arXiv:2401.07950.

Solve every question; where the answer is wrong, show the solution and ask for the error and a new one; where that fails
too, show the answer as well. A classifier that learned first solutions, right and wrong, throws out the worst of what
is left, and the learner is tuned on the rest.
"""

from lamarck.core import Cycle, Objective, Stages, passed, put, recipe, sound, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2401.07950",
    place="task: knowledge-based; correcting",
    labels="train",
    ablations={
        "reflect": without("tune.refinement.0"),
        "correct": without("tune.refinement.1"),
        "steps": put("tune.refinement.2.where", passed),
        "quality": without("tune.refinement.4"),
    },
)
def sciglm(*, questions: int | None = None, samples: int = 1, temperature: float = 0.7, mark: str = "Solution:",
           least: float = 0.0, teacher: str = "teacher", max_tokens: int | None = None) -> Stages:  # fmt: skip
    """The teacher writes all solutions; what it writes up to ``mark`` is reflection and is not kept (``pupil``: "!").

    Differs: the environment, not a model, says whether an answer is right, and where it checks steps too, an answer put
    after a false step is not right; questions come as tasks, the collecting of books and their pictures is left out.
    """
    goal = Objective(ability="science", direction="knowledge", metric="greedy")
    quality = Cycle(name="quality", objective=goal, updates="reward_model", begin_from="learner", gated=False,
                    tasks=tasks.Dataset(n=questions),
                    solutions=solutions.Sample(n=samples, role=teacher, temperature=temperature, max_tokens=max_tokens),
                    feedback=feedback.Verifier(), updating=updating.RewardModel(loss="labels"))  # fmt: skip
    reflect = refinement.Revise(prompt="sciglm/reflect", role=teacher, after=mark, temperature=temperature,
                                max_tokens=max_tokens)  # fmt: skip
    correct = refinement.Revise(prompt="sciglm/correct", role=teacher, after=mark, temperature=temperature,
                                max_tokens=max_tokens, reveal=True)  # fmt: skip
    tune = Cycle(
        name="tune",
        objective=goal,
        tasks=tasks.Earlier(stage="quality"),
        refinement=(
            refinement.Retry(solve=reflect, check=feedback.Verifier()),
            refinement.Retry(solve=correct, check=feedback.Verifier()),
            refinement.Filter(where=sound),
            feedback.Reward(),
            refinement.Filter(at_least=least),
        ),
        updating=updating.SFT(),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
    )
    return Stages(cycles=(quality, tune))
