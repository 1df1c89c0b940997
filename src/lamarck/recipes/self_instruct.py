"""Self-Instruct: Aligning Language Models with Self-Generated Instructions. Wang et al., 2022. arXiv:2212.10560.

Show the model a few tasks, mostly people's, some its own, and let it write new ones. Keep those that are fit and unlike
all before, let the model make up inputs and outputs for each, labels first where labels are asked for, and tune the
untouched model on them in many forms.
"""

from lamarck.core import Cycle, Objective, put, recipe, without
from lamarck.operators import evaluation, refinement, tasks, updating

UNFIT = ("image", "images", "graph", "graphs", "picture", "pictures", "file", "files", "map", "maps", "draw", "plot",
         "go to")  # fmt: skip
FORMS = ("", "self_instruct/answer", "self_instruct/below", "self_instruct/headed")


@recipe(
    paper="arXiv:2212.10560",
    place="task: knowledge-free; filtering: metric",
    labels="none",
    ablations={
        "novel": without("tasks.Novel"),
        "fit": without("tasks.Wording"),
        "feedback": put("tasks.SelfInstruct.machine", 0),
        "label_first": put("tasks.Instances.classify", ""),
        "forms": without("refinement.Formats"),
        "union": without("refinement.Accumulate"),
    },
)
def self_instruct(*, rounds: int = 4, prompts: int = 1000, human: int = 6, machine: int = 2, cases: int = 5,
                  alike: float = 0.7, fewest: int = 4, most: int = 150, role: str = "teacher",
                  referee: str = "judge") -> Cycle:  # fmt: skip
    """Each round asks for ``prompts`` tasks of ``fewest`` to ``most`` words, with earlier rounds' among what is shown.

    Differs: the pool that is shown grows from round to round, not from reply to reply, and the paper tunes once, at the
    end; no penalty on words that were said; fewer forms, in which instruction and input are one text.
    """
    bootstrap = tasks.SelfInstruct(
        n=prompts, human=human, machine=machine, role=role, temperature=0.7, top_p=0.5, max_tokens=1024
    )
    fit = refinement.Wording(of="task", words=(fewest, most), without=UNFIT, begins=("Write a program",), plain=True)
    return Cycle(
        objective=Objective(ability="instruction following", direction="performance", metric="win rate"),
        tasks=(bootstrap, fit, refinement.Novel(by="rouge", below=alike), tasks.Instances(n=cases, role=role)),
        refinement=(
            refinement.Wording(words=(1, None), ends=(":",)),
            refinement.Distinct(),
            refinement.Formats(prompts=FORMS, choose="random"),
            refinement.Accumulate(),
        ),
        updating=updating.SFT(start="origin"),
        evaluation=evaluation.WinRate(against="origin", role=referee),
        rounds=rounds,
    )
