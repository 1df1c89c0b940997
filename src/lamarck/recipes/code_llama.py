"""Code Llama: Open Foundation Models for Code. Roziere et al., 2023. arXiv:2308.12950. Its self-instruct part.

A model invents programming questions; what is asked twice goes. For each question a code model writes unit tests and
ten solutions, the tests run in the sandbox, and the first solution that passes all of them is learned, beside labelled
examples. A question that no solution passes is left out.
"""

from lamarck.core import Cycle, Objective, passed, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating

FIRST = refinement.Take(n=1, per="task", by="score")  # of those that pass the first


@recipe(
    paper="arXiv:2308.12950",
    place="task: knowledge-free (code, unit tests)",
    labels="none",
    ablations={
        "novel": without("tasks.Novel"),
        "execution": together(put("feedback", ()), put("refinement", refinement.Take(n=1, per="task", by="chance"))),
        "idle": put("feedback.idle", False),
        "tries": put("solutions.n", 1),
        "first": without("refinement.Take"),
        "replay": put("updating.replay", 0.0),
    },
)
def code_llama(*, prompts: int = 62_000, shots: int = 3, samples: int = 10, temperature: float = 0.6,
               top_p: float = 0.95, replay: float = 0.08, asker: str = "teacher", coder: str = "learner",
               rounds: int = 1) -> Cycle:  # fmt: skip
    """The asker (a chat model in the paper) writes questions, the coder tests and solutions.

    Differs: a test that a program passes which does nothing is left out, as vacuous tests pass everything; the paper's
    rehearsal of code and of language is one share of labelled examples; its other instruction data are not public.
    """
    invent = tasks.SelfInstruct(n=prompts, human=shots, role=asker, prompt="code_llama/question", temperature=1.0)
    return Cycle(
        objective=Objective(ability="programming", direction="performance", metric="pass@1"),
        tasks=(invent, refinement.Novel(by="text", below=1.0)),
        solutions=solutions.Sample(
            n=samples, prompt="code_llama/solution", role=coder, temperature=temperature, top_p=top_p
        ),
        feedback=feedback.UnitTests(of="own", role=coder),
        refinement=(refinement.Filter(where=passed), FIRST),
        updating=updating.SFT(replay=replay),
        evaluation=evaluation.Accuracy(),
        rounds=rounds,
    )
