"""Self-Rewarding where the learner's own judgement is worth something."""

from benchmarks.evidence.plan import Arm, Claim, Plan, Side

SELF_REWARDING = Plan(
    recipe="self_rewarding",
    why=(
        "Finding programs of depth 3: the pupil solves two in five and judges an attempt by running it again, "
        "which it does better than chance on right and on wrong ones. It invents its own tasks. Accuracy by the "
        'verifier decides, which the learner never sees. "judge" grades at random, "own_judge" keeps the judge of '
        'round 0, "order" turns the pairs round.'
    ),
    environment="listmachine",
    objective={"kind": "synth", "depth": 3},
    options={"prompts": 800, "samples": 4, "votes": 3},
    rounds=2,
    arms={
        "recipe": Arm(),
        "judge": Arm(ablate=("judge",)),
        "own_judge": Arm(ablate=("own_judge",)),
        "order": Arm(ablate=("order",)),
        "own_samples": Arm(ablate=("own_samples",)),
    },
    claims=(
        Claim(text="accuracy rises above the base", more=Side(), less=Side(who="base")),
        Claim(text="its own grades teach more than random ones", more=Side(), less=Side(arm="judge")),
        Claim(text="pairs in the wrong order cost accuracy", more=Side(), less=Side(arm="order")),
        Claim(text="accuracy is above the control's", more=Side(), less=Side(arm="own_samples")),
    ),
    quick={"prompts": 4, "samples": 2, "votes": 1},
)
