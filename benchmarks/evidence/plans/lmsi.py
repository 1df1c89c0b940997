"""LMSI where the majority is better than the single answer."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

LMSI = Plan(
    recipe="lmsi",
    why=(
        "Nobody reads a label. Running programs of depth 4 on lists of six digits, which are rare in pretraining, "
        "at temperature 1: single samples slip, the majority of 32 hardly. No labelled row is mixed in, since a "
        'first trial showed that replay alone explains such gains. "vote" keeps every path. "own_samples" spends '
        "the same updates on labelled rows, which is what labels would give."
    ),
    environment="listmachine",
    objective={"kind": "exec", "depth": 4, "length": 6},
    options={"temperature": 1.0, "samples": 32},
    rounds=2,
    tasks=300,
    arms={
        "recipe": Arm(),
        "vote": Arm(ablate=("vote",)),
        "own_samples": Arm(ablate=("own_samples",)),
    },
    claims=(
        Claim(text="the bed: the base's majority is above its single samples", more=Side(metric="vote@16", who="base"),
              less=Side(metric="pass@1", who="base"), above=5.0),
        Claim(text="single samples rise above the base", more=Side(metric="pass@1"),
              less=Side(metric="pass@1", who="base")),
        Claim(text="greedy rises above the base", more=Side(), less=Side(who="base")),
        Claim(text="the vote is what does it", more=Side(metric="pass@1"), less=Side(arm="vote", metric="pass@1")),
    ),
    exam=Exam(metric="pass@1"),
    quick={"steps": 2, "samples": 2},
)  # fmt: skip
