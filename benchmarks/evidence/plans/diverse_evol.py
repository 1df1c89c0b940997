"""DiverseEvol from a learner that slips, with few clean examples to choose."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

from lamarck.testing.beds import noisy

DIVERSE_EVOL = Plan(
    recipe="diverse_evol",
    why=(
        "Ten named machines with one secret program of depth 2 each, a pool of 2,000 solved tasks, and a learner "
        "that has read traces of which half have wrong figures: clean examples mend it, and the question is how few "
        "do. Each round 20 join, chosen where they are farthest from all picked so far in the vectors of the model "
        'as it is. "chance" draws them, "current" sees the pool with the first model\'s eyes, "plenty" makes as many '
        "updates without meeting an example twice. The pool has all machines in equal shares, so that chance covers "
        "it well: the case is harder for the method than the paper's."
    ),
    environment="listmachine",
    objective={"kind": "synth", "depth": 2, "families": 10},
    learner="{noisy}",
    beds={"noisy": noisy(share=0.5, slips=0.15, steps=300)},
    options={"picks": 20, "pool": 2000},
    rounds=5,
    arms={
        "recipe": Arm(),
        "chance": Arm(ablate=("farthest",)),
        "current": Arm(ablate=("current",)),
        "plenty": Arm(control="labelled", rounds=1),
    },
    exam=Exam(samples=8),
    claims=(
        Claim(text="a hundred clean examples raise accuracy", more=Side(), less=Side(who="base")),
        Claim(text="far ones teach more than ones drawn by chance", more=Side(), less=Side(arm="chance")),
        Claim(text="the model's own vectors choose better than the first model's", more=Side(),
              less=Side(arm="current")),
        Claim(text="a hundred come within five points of plenty", more=Side(), less=Side(arm="plenty"), above=-5.0),
    ),
    quick={"picks": 2, "pool": 12},
    quick_sets={"updating.steps": 2},
)  # fmt: skip
