"""UltraChat: Enhancing Chat Language Models by Scaling High-quality Conversations. Ding et al., 2023. arXiv:2305.14233.

Opening lines are questions along a tree of topics, requests for texts of many types, and questions about passages that
come with them. From each line an assistant and a person, who must not slip into the other's part, talk for several
turns; the learner is tuned on the assistant's turns.
"""

from lamarck.core import Cycle, Objective, put, recipe, without
from lamarck.operators import evaluation, refinement, solutions, tasks, updating
from lamarck.operators.branching import Level

TYPES = ("story", "poem", "essay", "speech", "letter", "e-mail", "play", "song", "review", "report", "article",
         "advert", "diary", "guide", "summary", "biography", "proposal", "dialogue", "recipe", "code")  # fmt: skip
FLIPS = ("can I help", "can I assist", "happy to help", "glad I could", "as an AI", "you're welcome", "feel free to")
PARTINGS = ("thanks", "thank you", "goodbye", "bye", "have a great day")
BOILERPLATE = ("as an AI language model", "I am just a language model", "I'm sorry, but as an AI")
FLAT = (Level(name="opening", prompt="ultrachat/anything", n=400),)


@recipe(
    paper="arXiv:2305.14233",
    place="task: knowledge-based; solution: self-play",
    labels="none",
    ablations={
        "tree": put("tasks.Brainstorm.levels", FLAT),
        "material": put("tasks.FromText.keep", ""),
        "novel": without("tasks.Novel"),
        "guard": put("solutions.Dialogue.prompts", ("ultrachat/bare", "")),
        "wording": without("refinement.Wording"),
        "authors": put("updating.SFT.authors", ("user", "assistant")),
    },
)
def ultrachat(*, topics: int = 30, subtopics: int = 37, openings: int = 10, writings: int = 200,
              passages: int | None = None, exchanges: tuple[int, int] = (3, 7),
              referee: str = "judge") -> Cycle:  # fmt: skip
    """``--documents`` are the material, ``passages=0`` does without. Other models may be named as "user", "assistant".

    Differs: no list of frequent entities; all sectors talk for as many ``exchanges``; a request stays beside its longer
    form; flips, partings and boilerplate are told by words, in English alone, and end a dialogue before them.
    """
    world = (Level(name="topic", prompt="ultrachat/topic", n=topics, longest=5),
             Level(name="subtopic", prompt="ultrachat/subtopic", n=subtopics, longest=8),
             Level(name="opening", prompt="ultrachat/opening", n=openings, tasks=True),
             Level(name="related", prompt="ultrachat/related"))  # fmt: skip
    writing = (Level(name="type", given=TYPES),
               Level(name="request", prompt="ultrachat/writing", n=writings, tasks=True),
               Level(name="detailed", prompt="ultrachat/detail", whole=True, quota=16 * writings))  # fmt: skip
    ask = tasks.FromText(prompt="ultrachat/material", role="user", n=5, keep="task")
    material = (tasks.Dataset(source="documents", n=passages), ask) if passages != 0 else ()
    opened = tuple(tasks.Brainstorm(levels=levels, role="user") for levels in (world, writing))
    talk = solutions.Dialogue(prompts=("ultrachat/user", ""), max_turns=(2 * exchanges[0] - 1, 2 * exchanges[-1] - 1))
    return Cycle(
        objective=Objective(ability="conversation", direction="performance", metric="win rate"),
        tasks=(*material, *opened, refinement.Novel(by="text", seeds=0)),
        solutions=talk,
        refinement=(refinement.Wording(author="user", without=(*FLIPS, *PARTINGS), telling=True),
                    refinement.Wording(author="assistant", without=BOILERPLATE, telling=True)),
        updating=updating.SFT(authors=("assistant",)),
        evaluation=evaluation.WinRate(against="origin", role=referee),
    )  # fmt: skip
