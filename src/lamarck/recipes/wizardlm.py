"""WizardLM: Empowering Large Language Models to Follow Complex Instructions. Xu et al., 2023. arXiv:2304.12244.

Evol-Instruct: let a model make each task harder in one of four ways, or write a rarer one beside it, and answer what
came out. What brings nothing new, is refused or gives itself away falls, and its task is tried again next round. Tune
the untouched model on the union of all rounds.
"""

from typing import Any

from lamarck.core import Cycle, Objective, put, recipe, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating

DEEPER = ("wizardlm/constrain", "wizardlm/deepen", "wizardlm/specify", "wizardlm/reason")
LEAKS = ("given prompt", "rewritten prompt", "given task", "rewritten task", "original task", "new task")


@recipe(
    paper="arXiv:2304.12244",
    place="task: knowledge-free",
    labels="none",
    ablations={
        "judge": without("refinement.Filter"),
        "refusals": without("refinement.Wording"),
        "leaks": without("tasks.Wording"),
        "retry": without("tasks.Latest"),
        "breadth": put("tasks.Evolve.prompts", DEEPER),
        "union": without("refinement.Accumulate"),
    },
)
def wizardlm(*, rounds: int = 4, seeds: int = 1000, temperature: float = 1.0, top_p: float = 0.95,
             max_tokens: int = 2048, teacher: str = "teacher", judge: str = "judge",
             referee: str = "judge") -> Cycle:  # fmt: skip
    """``seeds`` labelled examples are the union's round 0. The teacher evolves and answers, the judge sees what is new.

    Differs: the paper tunes once, at the end, and complicates inputs in a fifth way that its script leaves out; here
    every round makes a candidate; a refusal is told by its words as in the paper, in English alone.
    """
    drawn: dict[str, Any] = {"temperature": temperature, "top_p": top_p, "max_tokens": max_tokens}
    evolve = tasks.Evolve(prompts=(*DEEPER, "wizardlm/broaden"), role=teacher, **drawn)
    return Cycle(
        objective=Objective(ability="instruction following", direction="performance", metric="win rate"),
        tasks=(tasks.Dataset(same=True), tasks.Latest(), evolve, refinement.Wording(of="task", without=LEAKS)),
        solutions=solutions.Sample(role=teacher, **drawn),
        feedback=feedback.Judge(prompt="wizardlm/gain", role=judge, highest=1.0, temperature=0.0, top_p=None),
        refinement=(
            refinement.Filter(at_least=1.0),  # something new, says the judge
            refinement.Wording(without=("sorry",), below=80, telling=True),
            tasks.Examples(n=seeds, same=True),
            refinement.Accumulate(),
        ),
        updating=updating.SFT(start="origin"),
        evaluation=evaluation.WinRate(against="origin", role=referee),
        rounds=rounds,
    )
