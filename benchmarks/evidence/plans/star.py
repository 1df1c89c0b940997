"""STaR on finding programs, where a hint helps."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

STAR = Plan(
    recipe="star",
    why=(
        "Finding programs of depth 3. A program is the label, its trace the rationale, and the program shown "
        "first the hint, with which the pupil writes right traces far more often. (On running programs a "
        "hint is void: the final list, shown first, changed nothing at any depth.) The control learns the same "
        "labels without rationales. With the hint left in the training prompt the learner never practises the "
        "question as it is asked."
    ),
    environment="listmachine",
    objective={"kind": "synth", "depth": 3},
    rounds=3,
    tasks=600,
    arms={
        "recipe": Arm(),
        "rationalize": Arm(ablate=("rationalize",)),
        "hint": Arm(ablate=("hint",)),
        "answers": Arm(ablate=("answers",)),
    },
    exam=Exam(metric="deployed", samples=8),
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
