"""Tuning-free Rule Accumulation (TRAN). Yang et al., 2023. arXiv:2310.15746.

Of every mistake in a stream the learner writes if-then rules; one that, shown alone, does not mend its own mistake is
thrown away. A rule that contradicts an older one takes its place, at most a hundred are kept, and those whose words are
nearest to a task are shown with it. Grouped by topic they say what the learner is bad at.
"""

from dataclasses import replace
from functools import partial

from lamarck.core import Cycle, Objective, change, failed, put, recipe, without
from lamarck.operators import evaluation, feedback, objectives, refinement, solutions, tasks, updating

RULE, STEPS = r"\bif\b.{3,}\bthen\b", ("tran/reasons", "tran/general", "tran/rules")


@recipe(
    paper="arXiv:2310.15746",
    place="solution: grounded; updating: external memory; evaluation: qualitative",
    labels="train",
    ablations={
        "verify": lambda method: change(
            method, "refinement.Conclude", lambda _, old: replace(old, solve=None, check=None)
        ),
        "agree": put("updating.Reconcile", updating.Remember(source="writes", kind="rule")),
        "cap": without("updating.Forget"),
        "together": without("refinement.2"),
        "recall": without("updating.AnswerWith"),
    },
)
def tran(
    *, rounds: int = 20, batch: int | None = None, shown: int = 3, cap: int = 100, least: int = 20, focus: bool = False
) -> Cycle:
    """``rounds`` equal parts of the stream, of ``batch`` tasks each where the environment makes them.

    Right answers are told after a mistake; ``least`` old rules and new ones are compared; ``focus`` practises the worst
    topic next. Differs: rules are written at the end of a round and found by their own words, not by their tasks'.
    """
    solve = solutions.Sample(prompt="tran/answer", temperature=0.0)
    remind, check = solutions.Remind(kind="rule", n=shown, by="words", solve=solve), feedback.Verifier()
    verified = partial(refinement.Conclude, kind="rule", pattern=RULE, reveal=True, solve=solve, check=check)
    return Cycle(
        objective=Objective(ability="reasoning", metric="greedy"),
        tasks=tasks.Dataset(split="practice", n=batch, of=rounds),
        solutions=remind,
        feedback=check,
        refinement=(
            refinement.Filter(where=failed),
            verified(prompts=STEPS),
            verified(prompts=("tran/common",), per="similar", alike=2, least=10, most=4),
        ),
        updating=(
            updating.Reconcile(kind="rule", prompt="tran/agree", least=least),
            updating.Forget(kind="rule", cap=cap),
            updating.AnswerWith(answer=remind),
        ),
        evaluation=evaluation.Accuracy(split="selection", samples=0, metric="greedy"),
        next=objectives.MostMistakes(kind="rule", follow=focus),
        rounds=rounds,
    )
