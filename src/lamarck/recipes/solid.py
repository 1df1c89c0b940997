"""SOLID: Self-seeding and Multi-intent Self-instructing LLMs. Askari et al., 2024. arXiv:2402.11633.

The learner thinks of kinds of things, of things by their first letter, of a text about each and a first question. Then
it writes both sides of a dialogue, each turn by the instruction for its intents, so that every turn comes with its
label, and is tuned to write the whole in one pass.
"""

from string import ascii_uppercase

from lamarck.core import Cycle, Objective, put, recipe, without
from lamarck.operators import evaluation, refinement, solutions, tasks, updating
from lamarck.operators.branching import Level

NAMES = {"OQ": "original_question", "RQ": "repeat_question", "CQ": "clarifying_question", "FD": "further_details",
         "FQ": "follow_up_question", "IR": "information_request", "PA": "potential_answer", "PF": "positive_feedback",
         "NF": "negative_feedback", "GG": "greetings_gratitude", "JK": "junk", "O": "other"}  # fmt: skip
INTENTS = {code: f"solid/{name}" for code, name in NAMES.items()}
DEALT = dict(zip(INTENTS, [*list(INTENTS.values())[1:], INTENTS["OQ"]], strict=True))
SEQUENCES = ("OQ PA PF_GG", "OQ PA FQ PA", "OQ IR FD PA PF", "OQ CQ FD PA_GG GG", "OQ PA NF PA_IR FD PA", "OQ RQ PA PF",
             "OQ PA_GG FQ _NF PA", "OQ PA CQ FD NF_FD PA", "OQ O JK PA", "OQ IR FD _FQ PA CQ_PF PA GG")  # fmt: skip
LEAKS = tuple(name.replace("_", " ") for code, name in NAMES.items() if code not in ("JK", "O"))


@recipe(
    paper="arXiv:2402.11633",
    place="task: knowledge-based; solution: self-play",
    labels="none",
    ablations={
        "labels": put("solutions.Dialogue.instructions", DEALT),
        "merge": put("solutions.Dialogue.merge", ""),
        "alone": put("solutions.Dialogue.alone", False),
        "leaks": without("refinement.Wording"),
    },
)
def solid(*, types: int = 100, names: int = 100, entities: int = 50_000,
          sequences: tuple[str, ...] = SEQUENCES) -> Cycle:  # fmt: skip
    """``names`` a kind and letter, ``entities`` in all; each gives a dialogue. A task's "intents" are its labels.

    Differs: sequences are ours, give those of your corpus; the learner's own one-pass dialogues are not mixed in as a
    second class with weights by length, as the loss for it is not known for certain.
    """
    levels = (
        Level(name="type", prompt="solid/type", n=types, longest=3),
        Level(name="letter", given=tuple(ascii_uppercase)),
        Level(name="entity", prompt="solid/entity", n=names, unique="level", quota=entities, longest=8),
        Level(name="document", prompt="solid/document", whole=True),
        Level(name="starter", prompt="solid/starter", whole=True),
    )
    talk = solutions.Dialogue(
        roles=("user", "agent"), prompts=("solid/user", "solid/agent"), plan="intents", sequences=sequences,
        instructions=INTENTS, merge="solid/merge", kept="solid/whole", one_text=True, max_tokens=100)  # fmt: skip
    return Cycle(
        objective=Objective(ability="seeking information", direction="performance", metric="greedy"),
        tasks=tasks.Brainstorm(levels=levels, max_tokens=1000),
        solutions=talk,
        refinement=refinement.Wording(without=LEAKS),  # a label that stands in the text teaches nothing
        updating=updating.SFT(),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
    )
