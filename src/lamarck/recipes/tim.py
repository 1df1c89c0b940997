"""Think-in-Memory: Recalling and Post-thinking Enable LLMs with Long-Term Memory. Liu et al., 2023. arXiv:2311.08719.

After each reply the learner thinks: which facts does the talk tell? These thoughts are what it remembers, not the
talk. They lie in buckets by their meaning; in its bucket a new thought drives out what it contradicts and is merged
with what is about the same. Asked again, the learner sees the thoughts of the question's bucket alone.
"""

from lamarck.core import Cycle, Objective, put, recipe, together, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2311.08719",
    place="solution: grounded; updating: external memory",
    ablations={
        "thoughts": together(
            without("refinement.Conclude"), put("updating.Reconcile", updating.Remember(kind="thought"))
        ),
        "agree": put("updating.Reconcile", updating.Remember(source="writes", kind="thought")),
        "merge": put("updating.Reconcile.merge", ""),
        "bucket": put("updating.AnswerWith.answer.by", "meaning"),
    },
)
def tim(*, rounds: int = 10, turns: int | None = None, shown: int = 5, near: int = 8) -> Cycle:
    """``rounds`` equal parts of the talk in their order, of ``turns`` each where the environment makes them.

    ``near``: how many old thoughts of its bucket a new one meets. Differs: a round whose thoughts make answers worse is
    refused, which ``--gate off`` leaves out; thoughts are written at the end of a round; pairs are compared, not whole
    buckets; what is contradicted is kept as superseded and found no more.
    """
    answer = solutions.Sample(prompt="tim/answer", temperature=0.0)
    remind = solutions.Remind(kind="thought", n=shown, by="hash", within="stream", solve=answer)
    agree = updating.Reconcile(kind="thought", within="bucket", near=near, prompt="tim/agree", merge="tim/merge")
    return Cycle(
        objective=Objective(ability="remembering", direction="knowledge", metric="greedy"),
        tasks=tasks.Dataset(split="practice", n=turns, of=rounds),
        solutions=remind,
        feedback=feedback.Verifier(),
        refinement=refinement.Conclude(prompts=("tim/think",), kind="thought", pattern=r"\w"),
        updating=(agree, updating.AnswerWith(answer=remind)),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
        rounds=rounds,
    )
