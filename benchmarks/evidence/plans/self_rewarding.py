"""Self-Rewarding where the learner's own judgement is worth something."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

SELF_REWARDING = Plan(
    recipe="self_rewarding",
    why=(
        "Finding programs of depth 3: the pupil solves one in six and judges an attempt by running it again, "
        "which it does better than chance on right and on wrong ones. It invents its own tasks. Accuracy by the "
        'verifier decides, which the learner never sees. "judge" grades at random, "order" turns the pairs '
        'round, "own_samples" learns as many labelled answers as there are pairs.'
    ),
    environment="listmachine",
    objective={"kind": "synth", "depth": 3},
    options={"prompts": 250, "samples": 4, "votes": 3},
    rounds=2,
    arms={
        "recipe": Arm(),
        "judge": Arm(ablate=("judge",)),
        "order": Arm(ablate=("order",)),
        "own_samples": Arm(ablate=("own_samples",)),
    },
    exam=Exam(samples=8),
    claims=(
        Claim(text="accuracy rises above the base", more=Side(), less=Side(who="base")),
        Claim(text="its own grades teach more than random ones", more=Side(), less=Side(arm="judge")),
        Claim(text="pairs in the wrong order cost accuracy", more=Side(), less=Side(arm="order")),
        Claim(text="accuracy is above the control's", more=Side(), less=Side(arm="own_samples")),
    ),
    quick={"prompts": 4, "samples": 2, "votes": 1},
)
