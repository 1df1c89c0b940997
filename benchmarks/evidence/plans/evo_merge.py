"""Merging two specialists into one learner that has both skills."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

from lamarck.testing.beds import specialist

EXEC, SYNTH = "{exec}", "{synth}"

EVO_MERGE = Plan(
    recipe="evo_merge",
    why=(
        "Two specialists of one base: each has read one kind of task for so long that it lost some of the other. "
        "Sealed items are of both kinds. The merge is compared with each parent, and with the merge of equal "
        'parts that the search begins from ("search": no spread, so one candidate and fewer samples).'
    ),
    environment="listmachine",
    objective={"depth": 2},
    beds={"exec": specialist(kind="exec", steps=300), "synth": specialist(kind="synth", steps=300)},
    options={"sources": (EXEC, SYNTH)},
    rounds=12,
    tasks=100,
    arms={
        "recipe": Arm(),
        "search": Arm(ablate=("search",)),
        "exec parent": Arm(control="still", learner=EXEC, seeds=(0, 1, 2, 3, 4)),
        "synth parent": Arm(control="still", learner=SYNTH, seeds=(0, 1, 2, 3, 4)),
    },
    exam=Exam(selection=50),
    claims=(
        Claim(text="the merge is above its exec parent", more=Side(), less=Side(arm="exec parent")),
        Claim(text="the merge is above its synth parent", more=Side(), less=Side(arm="synth parent")),
        Claim(text="the search is above equal parts", more=Side(), less=Side(arm="search")),
    ),
)
