"""WizardLM-2: a training system of synthetic data. Xu et al., 2024. https://wizardlm.github.io/WizardLM2

The data are cut into slices, drawn with more weight on what is rare. On each slice the learner's tasks are evolved, its
answers are advised on by other models and written anew, and it learns them; then it prefers its best answers to its
worst, and at last it is rewarded for good steps on good tasks. The next slice starts from what came of it.
"""

from typing import Any

from lamarck.core import Cycle, Objective, Stages, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating

EVOLVE = ("wizardlm/constrain", "wizardlm/deepen", "wizardlm/specify", "wizardlm/reason", "wizardlm/broaden")


@recipe(
    paper="https://wizardlm.github.io/WizardLM2",
    place="task: knowledge-free; progressive updating",
    labels="none",
    ablations={
        "slices": together(put("repeat", 1), put("tasks.Dataset.of", 1)),
        "weights": put("tasks.Pick.by", "chance"),
        "evolve": without("tasks.Evolve"),
        "advice": put("sft.feedback", ()),
        "evol_answer": without("sft.refinement.Revise"),
        "staged": put("dpo.updating.reference", "origin"),
        "product": put("rl.updating.combine", "sum"),
    },
)
def wizardlm2(*, slices: int = 3, picks: int | None = 1000, samples: int = 4, attribute: str = "node",
              beta: float = 0.1, teacher: str = "teacher", judge: str = "judge", referee: str = "judge",
              ) -> Stages:  # fmt: skip
    """``slices`` parts of the practice tasks, ``picks`` of each; each value of ``attribute`` is drawn alike often.

    Differs: known from a release page alone, so every number and wording is ours; one model judges and advises where
    several talk with each other; grades in words stand for the trained reward models, GRPO for PPO.
    """
    pool = tasks.Dataset(of=slices)
    pick = tasks.Pick(n=picks, by="weight", attribute=attribute)
    graded: dict[str, Any] = {"role": judge, "highest": 10.0, "last": True}
    advice = feedback.Judge(prompt="wizardlm2/judge", **graded)
    rewards = (feedback.Judge(prompt="wizardlm2/instruction", **graded),
               feedback.Judge(prompt="wizardlm2/process", **graded))  # fmt: skip
    stage: dict[str, Any] = {
        "objective": Objective(ability="instruction following", direction="performance", metric="win rate"),
        "tasks": (pool, pick, tasks.Evolve(prompts=EVOLVE, role=teacher)),
        "evaluation": evaluation.WinRate(role=referee),
    }
    sft = Cycle(name="sft", solutions=solutions.Sample(), feedback=advice,
                refinement=refinement.Revise(prompt="wizardlm2/revise"), updating=updating.SFT(), **stage)  # fmt: skip
    dpo = Cycle(name="dpo", solutions=solutions.Sample(n=samples), feedback=advice,
                refinement=refinement.BestWorst(), updating=updating.DPO(beta=beta), **stage)  # fmt: skip
    rl = Cycle(name="rl", updating=updating.PolicyGradient(rewards=rewards, combine="product", n=samples), **stage)
    return Stages(cycles=(sft, dpo, rl), repeat=slices)
