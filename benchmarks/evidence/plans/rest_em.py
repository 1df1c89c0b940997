"""ReST-EM on the Game of 24."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

REST_EM = Plan(
    recipe="rest_em",
    why=(
        "A verifier without labels (the rules of the game), pass@16 far above greedy, real puzzles that "
        "pretraining never met. Options beside the paper's: data of all rounds, temperature 1, a third of the "
        'rows replayed. The control trains on as many labelled rows and none of its own; "verifier" keeps every '
        'sample, "pairing" deals right solutions out to other puzzles. The first figures of this plan are in '
        "docs/learning.md."
    ),
    environment="game24",
    quick_sets={"updating.steps": 2},
    options={"accumulate": True, "temperature": 1.0, "replay": 0.33},
    rounds=5,
    arms={
        "recipe": Arm(),
        "control": Arm(ablate=("own_samples",)),
        "verifier": Arm(ablate=("verifier",), seeds=(0, 1), rounds=3),
        "pairing": Arm(ablate=("pairing",), seeds=(0, 1), rounds=3),
    },
    exam=Exam(items=None, selection=None, glances=16, protected=2000),
    claims=(
        Claim(text="greedy rises above the base", more=Side(), less=Side(who="base"), required=True),
        Claim(text="greedy is above the control's", more=Side(), less=Side(arm="control"), required=True),
        Claim(
            text="reach is not paid for: pass@16 is above the base's",
            more=Side(metric="pass@16"),
            less=Side(metric="pass@16", who="base"),
        ),
        Claim(text="nothing is gained without the verifier", more=Side(arm="verifier"),
              less=Side(arm="verifier", who="base"), above=None, below=2.0),
        Claim(text="nothing is gained from wrong pairs", more=Side(arm="pairing"),
              less=Side(arm="pairing", who="base"), above=None, below=2.0),
    ),
)  # fmt: skip
