"""MetaMath on running programs: more answers to each question, and the question turned round."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

METAMATH = Plan(
    recipe="metamath",
    why=(
        "Running programs of depth 7, of which the pupil does one in nine (up to depth 5 it leaves nothing to learn); "
        "turned round, the last list is given and the first is asked for, which the pupil can do too. It is its own "
        "teacher. It reads no English, so in all arms questions are not rephrased, and the two forms of a backward "
        'question are one. "check" keeps every answer, "backward" has forward questions alone, "control" makes as '
        "many updates on labelled rows."
    ),
    environment="listmachine",
    objective={"kind": "exec", "depth": 7},
    options={"samples": 4, "temperature": 0.7},
    tasks=600,
    arms={
        "recipe": Arm(ablate=("rephrase",)),
        "backward": Arm(ablate=("rephrase", "backward")),
        "check": Arm(ablate=("rephrase", "check")),
        "control": Arm(control="labelled", rounds=1),
    },
    exam=Exam(samples=8),
    claims=(
        Claim(text="accuracy rises above the base", more=Side(), less=Side(who="base")),
        Claim(text="kept answers teach more than all answers", more=Side(), less=Side(arm="check")),
        Claim(text="backward questions do not cost forward accuracy", more=Side(), less=Side(arm="backward"),
              above=-3.0),
        Claim(text="accuracy is above the control's", more=Side(), less=Side(arm="control")),
    ),
    quick={"samples": 1, "steps": 2},
)  # fmt: skip
