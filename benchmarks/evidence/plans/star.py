"""STaR on running programs that are longer than the pupil knows."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

STAR = Plan(
    recipe="star",
    why=(
        "The final list is the label, the trace the rationale, and the final list shown first the hint. Programs "
        "of depth 5 are rare in pretraining, so that the learner fails most of them and a hint helps; traces are "
        "where the work is, so answers alone should teach little. The control learns the same labels without "
        "rationales. With the hint left in the training prompt the learner never practises the question as it is "
        "asked."
    ),
    environment="listmachine",
    objective={"kind": "exec", "depth": 5},
    rounds=5,
    tasks=1000,
    arms={
        "recipe": Arm(),
        "rationalize": Arm(ablate=("rationalize",)),
        "hint": Arm(ablate=("hint",)),
        "answers": Arm(ablate=("answers",)),
    },
    exam=Exam(metric="deployed"),
    claims=(
        Claim(text="accuracy rises above the base", more=Side(metric="deployed"),
              less=Side(metric="deployed", who="base")),
        Claim(text="rationales teach more than answers alone", more=Side(metric="deployed"),
              less=Side(arm="answers", metric="deployed")),
        Claim(text="rationalization adds to it", more=Side(metric="deployed"),
              less=Side(arm="rationalize", metric="deployed")),
        Claim(text="a hint that stays in the prompt costs accuracy", more=Side(metric="deployed"),
              less=Side(arm="hint", metric="deployed")),
    ),
    quick={"steps": 2},
)  # fmt: skip
