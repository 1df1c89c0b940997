"""MemoryBank: Enhancing Large Language Models with Long-Term Memory. Zhong et al., 2023. arXiv:2305.10250.

Every turn of a talk is kept, every day is summed up, and a portrait of the person is drawn anew. Asked again, the
learner sees the nearest turns, the last summary and the portrait. What is not recalled fades as people forget; each
recall makes it last longer.
"""

from lamarck.core import Cycle, Objective, put, recipe, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


@recipe(
    paper="arXiv:2305.10250",
    place="solution: grounded; updating: external memory",
    labels="check",
    ablations={
        "recall": put("updating.AnswerWith.answer.solve.solve.by", "last"),
        "summary": without("refinement.0"),
        "portrait": without("refinement.1"),
        "forgetting": without("updating.Forget"),
        "strength": put("updating.Forget.strength", False),
    },
)
def memorybank(*, days: int = 10, turns: int | None = None, shown: int = 6, c: float = 1.0) -> Cycle:
    """A round is a day, an equal part of the environment's turns in their order, of ``turns`` where it makes them.

    ``c``: how many times slower than exp(-t/S) a turn of strength S fades in t days. No gate: it would send back every
    day on which something fades that is asked for later, and with it what was told on that day; each day is a version
    to go back to.
    Differs: a day's summary goes on from the one before it, so the last one is the summary of all days; neighbours of
    a turn are not joined to it; the portrait is one text that is written anew.
    """
    answer = solutions.Sample(prompt="memorybank/answer", temperature=0.7)
    pieces = solutions.Remind(kind="piece", n=shown, within="stream", solve=answer)
    day = solutions.Remind(kind="summary", by="last", n=1, within="stream", show="summary", solve=pieces)
    remind = solutions.Remind(kind="portrait", by="last", n=1, within="stream", show="portrait", solve=day)
    return Cycle(
        objective=Objective(ability="remembering", direction="knowledge", metric="greedy"),
        tasks=tasks.Dataset(split="practice", n=turns, of=days),
        solutions=remind,
        feedback=feedback.Verifier(),
        refinement=(
            refinement.Conclude(prompts=("memorybank/summary",), per="stream", kind="summary", before=1),
            refinement.Conclude(prompts=("memorybank/portrait",), per="stream", kind="portrait", before=1),
        ),
        updating=(
            updating.Remember(kind="piece"),
            updating.Remember(kind="", source="writes"),
            updating.Forget(kind="piece", by="curve", c=c, along="summary"),
            updating.AnswerWith(answer=remind),
        ),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
        rounds=days,
        gated=False,
    )
