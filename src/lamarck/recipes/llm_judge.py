"""Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena. Zheng et al., 2023. arXiv:2306.05685.

A protocol: nothing is learned. A strong model compares the learner's answers with an opponent's in both orders, or
grades them alone from 1 to 10, where there is one with a reference answer in view.
"""

from dataclasses import replace
from typing import Literal

from lamarck.core import Cycle, Objective, put, recipe
from lamarck.operators import evaluation

WARMTH = {
    "writing": 0.7, "roleplay": 0.7, "extraction": 0.0, "math": 0.0, "coding": 0.0, "reasoning": 0.0,
    "stem": 0.1, "humanities": 0.1,
}  # fmt: skip
"""Temperature of the answers by category."""


@recipe(
    paper="arXiv:2306.05685",
    place="evaluation: quantitative",
    ablations={
        "swap": put("evaluation.swap", False),
        "reference": put("evaluation.reference", False),
        "once": put("evaluation.once", False),
        "anchors": put("evaluation.anchors", 0),
        "verdicts": put("evaluation.verdicts", False),
        "guard": put("evaluation.prompt", "win_rate/plain"),
    },
)
def llm_judge(
    *,
    mode: Literal["pair", "single", "reference"] = "pair",
    against: str = "origin",
    role: str = "judge",
    anchors: int = 100,
    max_tokens: int = 2048,
) -> Cycle:
    """The mode "single" shows no reference. ``role`` may be several, "judge,judge2". A task's category is its node.

    Differs: a reference is the task's own, never made by the judge; the environment's verdict goes before a judge's;
    judges are tried on anchors first; repetitions are shown once; grades count as shares, 1 to 10 as 0 to 1.
    """
    if mode == "pair":
        measure, metric = evaluation.WinRate(against=against, reference=True), "win rate"
    else:
        measure, metric = evaluation.Grade(reference=mode == "reference"), "grade"
    asked = replace(measure, role=role, temperatures=WARMTH, anchors=anchors, max_tokens=max_tokens, protected=0)
    goal = Objective(ability="answering", direction="performance", metric=metric)
    return Cycle(objective=goal, evaluation=asked, rounds=0)
