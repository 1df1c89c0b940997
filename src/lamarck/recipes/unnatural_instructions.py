"""Unnatural Instructions: Tuning Language Models with (Almost) No Human Labor. Honovich et al., 2022. arXiv:2212.09689.

Show three tasks and draw a fourth, freely, with an instruction, an input and constraints; write its output in a second
call, without chance. Say each task in other ways that have the same output, and tune the untouched model on all ways.
"""

from lamarck.core import Cycle, Objective, put, recipe, without
from lamarck.operators import evaluation, refinement, solutions, tasks, updating

FIELDS = ("Instruction:", "Input:", "Constraints:")


@recipe(
    paper="arXiv:2212.09689",
    place="task: knowledge-free",
    labels="none",
    ablations={
        "fields": without("tasks.Wording"),
        "novel": without("tasks.Novel"),
        "greedy": put("solutions.temperature", 1.0),
        "paraphrases": without("refinement.Evolve"),
    },
)
def unnatural_instructions(*, rounds: int = 1, prompts: int = 1000, shown: int = 3, paraphrases: int = 2,
                           top_p: float = 0.99, role: str = "teacher", metric: str = "greedy") -> Cycle:  # fmt: skip
    """``shown`` labelled examples stand in each prompt, none of the model's own.

    Differs: what is shown are the environment's examples, in whatever form they have, not fifteen written ones, so
    the prompt says which parts a task has; all ways of saying a task are trained on, not one drawn each time; two
    tasks of the same words are one, whatever their order.
    """
    create = tasks.SelfInstruct(n=prompts, human=shown, machine=0, role=role, temperature=1.0, top_p=top_p,
                                prompt="unnatural_instructions/task")  # fmt: skip
    rephrase = tasks.Evolve(prompts=("unnatural_instructions/rephrase",), same_answer=True, original=True,
                            times=paraphrases, role=role, temperature=1.0, top_p=top_p)  # fmt: skip
    return Cycle(
        objective=Objective(ability="instruction following", direction="performance", metric=metric),
        tasks=(create, refinement.Wording(of="task", must=FIELDS), refinement.Novel(by="text", below=1.0)),
        solutions=solutions.Sample(role=role, temperature=0.0),
        refinement=rephrase,
        updating=updating.SFT(start="origin"),
        evaluation=evaluation.Accuracy(samples=0, metric="greedy"),
        rounds=rounds,
    )
