"""Ditto: Large Language Models are Superpositions of All Characters. Lu et al., 2024. arXiv:2401.12474.

Texts say who a character is. Ask what it can answer, and beside it what only an unlike character could. With the text
in view the learner plays the character, and owns in its voice that it does not know the rest; it is tuned on the
dialogues without the text, so that both what a character knows and where that ends are in its weights.
"""

from lamarck.core import Cycle, Objective, put, recipe, together, without
from lamarck.operators import evaluation, refinement, solutions, tasks, updating

ASIDES = ("the profile", "my profile", "the text", "the passage", "as an AI", "language model", "stay in character")


@recipe(
    paper="arXiv:2401.12474",
    place="task: knowledge-based; solution: self-play; negative: contrastive",
    labels="none",
    ablations={
        "contrast": together(put("tasks.FromText.other", False), put("tasks.FromText.prompt", "ditto/own")),
        "profile": put("tasks.FromText.keep", ""),
        "distil": put("solutions.Dialogue.leak", True),
        "asides": without("refinement.Wording"),
    },
)
def ditto(*, rounds: int = 1, characters: int | None = None, questions: int = 4, exchanges: int = 1) -> Cycle:
    """``--documents``: one text a character, under a heading that says who it is. ``questions`` of each kind for each.

    Differs: the foreign character is any other; a text has to fit one passage, so that none is looked up; a dialogue
    begins with one of the questions, and where it has more ``exchanges`` the learner asks on; texts are the user's,
    where the paper takes them from Wikidata and Wikipedia; what was answered is not graded by a judge.
    """
    return Cycle(
        objective=Objective(ability="playing characters", direction="knowledge", metric="greedy"),
        tasks=(
            tasks.Dataset(source="documents", n=characters),
            tasks.FromText(prompt="ditto/ask", n=questions, other=True, keep="private", private="character"),
        ),
        solutions=solutions.Dialogue(
            roles=("user", "character"),
            prompts=("ditto/user", "ditto/character"),
            kept="ditto/meet",
            max_turns=2 * exchanges - 1,
        ),
        refinement=refinement.Wording(without=ASIDES, telling=True),
        updating=updating.SFT(authors=("character",)),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
        rounds=rounds,
    )
