"""V-STaR: a verifier that picks better than the majority."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

V_STAR = Plan(
    recipe="v_star",
    why=(
        "Programs of depth 3 are found by about one sample in eight, so that many a task gives right and wrong "
        "solutions, and many programs are right, so that a majority is weak. The verifier ranks 16 candidates; "
        '"majority" takes the answer most of the same 16 give, "verifier" has none and answers once, greedily. '
        '"labels" trains the verifier on shuffled verdicts.'
    ),
    environment="listmachine",
    objective={"kind": "synth", "depth": 3},
    options={"samples": 16, "candidates": 16},
    rounds=2,
    tasks=150,
    arms={
        "recipe": Arm(),
        "majority": Arm(ablate=("majority",)),
        "verifier": Arm(ablate=("verifier",)),
        "labels": Arm(ablate=("labels",)),
    },
    exam=Exam(metric="deployed", items=300, samples=8, protected=100, selection=40),
    claims=(
        Claim(text="best of 16 by the verifier is above the majority of 16", more=Side(metric="deployed"),
              less=Side(arm="majority", metric="deployed")),
        Claim(text="the majority is above a single answer", more=Side(arm="majority", metric="deployed"),
              less=Side(arm="verifier", metric="deployed")),
        Claim(text="best of 16 is above a single answer", more=Side(metric="deployed"),
              less=Side(arm="verifier", metric="deployed")),
        Claim(text="a verifier of shuffled verdicts picks worse", more=Side(metric="deployed"),
              less=Side(arm="labels", metric="deployed")),
    ),
    quick={"samples": 2, "candidates": 2},
)  # fmt: skip
