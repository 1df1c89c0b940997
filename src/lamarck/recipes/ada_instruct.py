"""Ada-Instruct: Adapting Instruction Generators for Complex Reasoning. Cui and Wang, 2023. arXiv:2310.04484.

A model that is *shown* ten long tasks writes short ones. So tune it on the ten, on their words alone, and let it write
freely: tasks as long and as varied as the ten. What is too like an earlier one goes, a teacher answers the rest once,
and the learner is tuned on them.
"""

from lamarck.core import Cycle, Objective, Stages, put, recipe, without
from lamarck.operators import evaluation, refinement, solutions, tasks, updating

PROPOSE = "ada_instruct/task"
SHOWN = tasks.SelfInstruct(human=10, role="origin", temperature=1.0, top_k=80)


@recipe(
    paper="arXiv:2310.04484",
    place="task: knowledge-free",
    labels="none",
    ablations={
        "proposer": put("learn.tasks.SelfInstruct.role", "origin"),
        "prompted": put("learn.tasks.SelfInstruct", SHOWN),
        "alone": put("propose.updating.learn", "solution"),
        "fit": without("learn.tasks.Wording"),
        "novel": without("learn.tasks.Novel"),
        "teacher": put("learn.solutions.role", "learner"),
    },
)
def ada_instruct(*, seeds: int = 10, epochs: float = 40.0, prompts: int = 10_000, alike: float = 0.8,
                 words: tuple[int | None, int | None] = (None, None), must: tuple[str, ...] = (),
                 temperature: float = 1.0, top_k: int = 80, max_tokens: int = 512, teacher: str = "teacher",
                 rounds: int = 1) -> Stages:  # fmt: skip
    """``seeds`` labelled examples make the proposer. ``words`` (fewest, most) and ``must`` (marks) say what form a task
    has. Past 40 passes the proposer begins to say the seeds by heart; harder tasks want more, easier ones fewer.

    Differs: the seeds are answered anew and learned too; the teacher writes no tests; vectors are the untouched
    learner's, where the paper has an encoder.
    """
    goal = Objective(ability="problem solving", direction="performance", metric="greedy")
    propose = Cycle(
        name="propose", objective=goal, updates="proposer", begin_from="learner", gated=False,
        tasks=tasks.Examples(n=seeds, same=True),
        updating=updating.SFT(learn="proposal", prompt=PROPOSE, epochs=epochs),
    )  # fmt: skip
    freely = tasks.SelfInstruct(n=prompts, human=0, machine=0, role="proposer", prompt=PROPOSE, temperature=temperature,
                                top_k=top_k, max_tokens=max_tokens)  # fmt: skip
    learn = Cycle(
        name="learn",
        objective=goal,
        tasks=(
            tasks.Earlier(stage="propose", phase="tasks"),
            freely,
            refinement.Wording(of="task", words=words, must=must, telling=True),
            refinement.Novel(by="embedding", below=alike, seeds=0),  # the seeds come first, so they are in its pool
        ),
        solutions=solutions.Sample(role=teacher, temperature=0.0),
        updating=updating.SFT(),
        evaluation=evaluation.Accuracy(split="selection", metric="greedy"),
        rounds=rounds,
    )
    return Stages(cycles=(propose, learn))
