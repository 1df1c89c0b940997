"""Kun: Answer Polishment with Instruction Back-Translation. Zheng et al., 2024. arXiv:2401.06477.

As in Humpback a model that learned to write the request to an answer writes requests for raw texts. But the requests
alone are graded, and the raw text is not yet the answer: the model that answers rewrites it as one.
"""

import math

from lamarck.core import Cycle, Objective, Stages, put, recipe, without
from lamarck.operators import evaluation, feedback, refinement, tasks, updating


@recipe(
    paper="arXiv:2401.06477",
    place="task: knowledge-free (from text)",
    labels="none",
    ablations={
        "backward": put("backward.updating.learn", "solution"),
        "perplexity": without("polish.tasks.Filter"),
        "length": without("polish.tasks.Wording"),
        "grades": without("polish.refinement.Filter"),
        "request_alone": put("polish.feedback.of", "solution"),
        "polish": without("polish.refinement.Revise"),
        "sourced": without("polish.refinement.Wording"),
        "restart": put("polish.updating.start", "learner"),
    },
)
def kun(
    *, seeds: int = 10_000, passages: int | None = None, words: int = 512, perplexity: float = 100.0, votes: int = 1,
    least: float = 4.0, referee: str = "environment",
) -> Stages:  # fmt: skip
    """``seeds`` labelled examples and ``--documents``. Texts of more than ``words`` words, or of a higher
    ``perplexity``, fall before anybody writes a request to them. ``referee``, which is never the learner, measures.

    Differs: words are counted where the paper counts tokens; its bounds of perplexity and grade are not known to us,
    so these are ours; a polished answer with a figure or a name that its text lacks is dropped; one model is label
    model, point model and answer model in turn as the seeds make it, and the untouched one, not a smaller one, learns
    the outcome; a grade that cannot be read is none.
    """
    goal = Objective(ability="instruction following", direction="performance", metric="win rate")
    known = tasks.Examples(n=seeds, same=True)
    alone = feedback.Likelihood(role="learner", of="task", prompt="likelihood/bare", per_token=True)
    ask = tasks.FromText(prompt="from_text/task", role="backward", keep="solution", same=True)
    rewrite = refinement.Revise(prompt="kun/polish", role="learner", temperature=0.7, top_p=0.9)
    texts = (tasks.Dataset(source="documents", n=passages), refinement.Wording(of="task", words=(None, words)))
    backward = Cycle(name="backward", objective=goal, updates="backward", begin_from="learner", gated=False,
                     tasks=known, updating=updating.SFT(learn="task"))  # fmt: skip
    seed = Cycle(name="seed", objective=goal, gated=False, tasks=known, updating=updating.SFT())
    polish = Cycle(
        name="polish",
        objective=goal,
        tasks=(*texts, alone, refinement.Filter(at_least=-math.log(perplexity)), ask),
        feedback=feedback.Judge(prompt="kun/judge", of="task", role="learner", votes=votes, lowest=1.0, last=True),
        refinement=(refinement.Filter(at_least=least), rewrite, refinement.Wording(sourced=True)),
        updating=updating.SFT(start="origin"),
        evaluation=evaluation.WinRate(against="origin", role=referee),
    )
    return Stages(cycles=(backward, seed, polish))
