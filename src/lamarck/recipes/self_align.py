"""Self-Align: Principle-Driven Self-Alignment of Language Models from Scratch. Sun et al., 2023. arXiv:2305.03047.

The learner thinks of questions of kinds that want care, and answers them with principles in view, thinking first which
apply. It learns the bare answers to the bare questions, so that the principles are in its weights; then it answers once
more, at length, and learns this too.
"""

from lamarck.core import Cycle, Objective, Stages, put, recipe, together, without
from lamarck.operators import evaluation, refinement, solutions, tasks, updating
from lamarck.operators.branching import KINDS, Level

THOUGHT = "I am an assistant that keeps to its principles."
SORRY = ("Sorry", "I'm sorry", "I am sorry", "I apologise", "My apologies", "As an AI")
ECHOES = ("Rossio", "Lisbon", "Olympus Mons", "pretzels", "parcel box")


@recipe(
    paper="arXiv:2305.03047",
    place="task: knowledge-based; solution: grounded",
    labels="none",
    ablations={
        "principles": together(put("engrave.solutions.prompt", ""), without("engrave.refinement.Wording")),
        "thoughts": put("engrave.refinement.Wording.cut_to", ()),
        "form": put("engrave.refinement.Wording.opens", ()),
        "echoes": put("engrave.refinement.Wording.without", ()),
        "balance": put("engrave.tasks.Brainstorm.balance", False),
        "novel": without("engrave.tasks.Novel"),
        "clone": put("clone.solutions.prompt", ""),
    },
)
def self_align(*, prompts: int = 8192, topics: int = 10, shortest: int = 160, longer: int = 128, rank: int | None = 16,
               referee: str = "judge") -> Stages:  # fmt: skip
    """``prompts`` free questions beside 20 kinds x ``topics``; answers of ``shortest`` signs, then of ``longer``.

    Differs: kinds stand in the prompt in words, with topics of two others; wordings and blacklist are ours; no penalty
    on words said twice, no data on the model's name; of the forms of the second stage none asks for a short answer.
    """
    goal = Objective(ability="answering with care", direction="safety", metric="win rate")
    levels = (
        Level(name="type", given=KINDS),
        Level(name="topic", prompt="self_align/topic", n=topics, longest=3),
        Level(name="question", prompt="self_align/question"),
    )
    free = tasks.SelfInstruct(n=prompts, human=5, temperature=1.0, top_p=0.98)
    guided = tasks.Brainstorm(levels=levels, balance=True, temperature=1.0, top_p=0.98)
    grounded = solutions.Sample(prompt="self_align/principles", temperature=0.5, top_p=0.95, max_tokens=256)
    bare = refinement.Wording(opens=(THOUGHT, f"Thinks: {THOUGHT}"), cut_to=("Says:",), cut_at=("User:",), trim=True,
                              once=True, characters=(shortest, None), begins=SORRY, without=ECHOES)  # fmt: skip
    long = refinement.Wording(characters=(longer, None), begins=SORRY, trim=True, once=True)
    mixed = refinement.Formats(prompts=("", "self_align/verbose"), choose="random")
    tune, score = updating.SFT(start="origin", rank=rank), evaluation.WinRate(role=referee)
    engrave = Cycle(name="engrave", objective=goal, tasks=(free, guided, refinement.Novel(by="text")),
                    solutions=grounded, refinement=bare, updating=tune, evaluation=score)  # fmt: skip
    clone = Cycle(name="clone", objective=goal, tasks=tasks.Earlier(stage="engrave", phase="refinement"),
                  solutions=solutions.Sample(prompt="self_align/verbose", temperature=0.3, top_p=0.7),
                  refinement=(long, mixed), updating=tune, evaluation=score)  # fmt: skip
    return Stages(cycles=(engrave, clone))
