"""SPIN from a learner that has read much noise, towards clean solutions."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

from lamarck.testing.beds import noisy

SPIN = Plan(
    recipe="spin",
    why=(
        "The learner has read traces of which half have wrong figures, and is then tuned on clean ones; what it "
        "writes differs from them, so that the two can be told apart. Decided by the log-likelihood of held-out "
        "clean solutions and by single samples. The control goes on with as many rounds of fine-tuning on clean "
        "solutions, the plateau that SPIN should pass."
    ),
    environment="listmachine",
    objective={"kind": "exec", "depth": 3},
    learner="{noisy}",
    beds={"noisy": noisy(share=0.5, slips=0.15, steps=300)},
    options={"prompts": 600},
    rounds=3,
    arms={
        "recipe": Arm(),
        "previous_pairs": Arm(ablate=("previous_pairs",)),
        "opponent": Arm(ablate=("opponent",)),
        "plateau": Arm(control="labelled", rounds=4),
    },
    exam=Exam(clean=400, samples=8, metric="pass@1"),
    claims=(
        Claim(text="clean solutions become likelier than for the base", more=Side(metric="likelihood"),
              less=Side(metric="likelihood", who="base")),
        Claim(text="clean solutions become likelier than by more fine-tuning", more=Side(metric="likelihood"),
              less=Side(arm="plateau", metric="likelihood")),
        Claim(text="single samples are right more often than after more fine-tuning", more=Side(metric="pass@1"),
              less=Side(arm="plateau", metric="pass@1")),
        Claim(text="an opponent that stays the first one teaches less", more=Side(metric="likelihood"),
              less=Side(arm="opponent", metric="likelihood")),
    ),
    quick={"prompts": 4},
)  # fmt: skip
