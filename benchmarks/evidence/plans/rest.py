"""ReST on finding programs, with a reward that is learned and so is wrong at times."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

REST = Plan(
    recipe="rest",
    why=(
        "Finding programs of depth 3: the pupil solves one in six, so that of 16 samples some are right. The reward "
        "model is the pupil itself under a new head, taught by the verdicts on 8 samples a task; that it is "
        "imperfect is the case that a rising threshold is for. Accuracy by the verifier, which the improve steps "
        "never see, decides. Fresh labelled solutions show what becomes of the labelled data: a tenth of the base's "
        '0.123 nats a token may be lost. "threshold" learns all samples alike, "rising" stays at the first threshold, '
        '"control" makes as many updates at the full rate on labelled rows alone.'
    ),
    environment="listmachine",
    objective={"kind": "synth", "depth": 3},
    options={"samples": 16, "checked": 8, "seeds": 600},
    tasks=300,
    arms={
        "recipe": Arm(),
        "threshold": Arm(ablate=("threshold",)),
        "rising": Arm(ablate=("rising",)),
        "control": Arm(control="labelled", rounds=5),
    },
    exam=Exam(samples=8, clean=400),
    claims=(
        Claim(text="accuracy rises above the base", more=Side(), less=Side(who="base")),
        Claim(text="a threshold teaches more than all samples alike", more=Side(), less=Side(arm="threshold")),
        Claim(text="a rising threshold teaches more than one that stays", more=Side(), less=Side(arm="rising")),
        Claim(text="accuracy is above the control's", more=Side(), less=Side(arm="control")),
        Claim(text="single samples are right more often than the base's", more=Side(metric="pass@1"),
              less=Side(metric="pass@1", who="base")),
        Claim(text="labelled solutions stay as likely as for the base, but for a tenth", more=Side(metric="likelihood"),
              less=Side(metric="likelihood", who="base"), above=-0.0123),
    ),
    quick={"samples": 2, "checked": 2, "seeds": 4},
    quick_sets={"updating.steps": 2},
)  # fmt: skip
