"""Self-Alignment with Instruction Backtranslation (Humpback). Li et al., 2023. arXiv:2308.06259.

A model that learned to write the request to an answer writes requests for the passages of the user's documents. The
model that answers then rates each pair, and the *base* learns the seeds and the best pairs, told apart by a sentence
in the prompt. The better model rates the same pairs again.
"""

from lamarck.core import Cycle, Objective, Stages, append, put, recipe, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2308.06259",
    place="task: knowledge-free (from text)",
    labels="none",
    ablations={
        "backward": put("backward.updating.learn", "solution"),
        "curation": without("curate.refinement.Filter"),
        "judge": append("curate.feedback", refinement.Shuffle()),
        "own_judge": put("curate.feedback.role", "base"),
        "tags": without("curate.refinement.Formats"),
        "joined": without("curate.updating.AnswerWith"),
        "restart": put("curate.updating.SFT.start", "learner"),
    },
)
def humpback(
    *, rounds: int = 2, seeds: int = 3200, passages: int | None = None, votes: int = 1,
    least: float = 5.0, referee: str = "environment",
) -> Stages:  # fmt: skip
    """``seeds`` labelled examples and ``--documents``; ``referee``, which is never the learner, measures.

    Differs: the sentences that tell the sources apart begin the user's turn, as not every model has a system turn; a
    round asks for the requests anew, which gives the same ones where the model repeats itself (endpoints: from the
    journal); a rating that cannot be read is none.
    """
    goal = Objective(ability="instruction following", direction="performance", metric="win rate")
    known = tasks.Examples(n=seeds, same=True)
    ask = tasks.FromText(prompt="from_text/task", role="backward", keep="solution", same=True)
    tagged = refinement.Formats(
        prompts=("humpback/web", "humpback/assistant"), choose="source", sources=("document", "")
    )
    backward = Cycle(name="backward", objective=goal, updates="backward", begin_from="learner", gated=False,
                     tasks=known, updating=updating.SFT(learn="task"))  # fmt: skip
    seed = Cycle(name="seed", objective=goal, gated=False, tasks=known, updating=updating.SFT())
    curate = Cycle(
        name="curate",
        objective=goal,
        tasks=(tasks.Dataset(source="documents", n=passages), ask),
        feedback=feedback.Judge(prompt="humpback/judge", role="learner", votes=votes, lowest=1.0, last=True),
        refinement=(refinement.Filter(at_least=least), known, tagged),
        updating=(
            updating.SFT(start="origin"),
            updating.AnswerWith(answer=solutions.Sample(prompt="humpback/both")),
        ),
        evaluation=evaluation.WinRate(against="origin", role=referee),
        rounds=rounds,
    )
    return Stages(cycles=(backward, seed, curate))
