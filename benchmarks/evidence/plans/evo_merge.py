"""Merging two specialists into one learner that has both skills."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

from lamarck.testing.beds import noisy, specialist

EXEC, SYNTH = "{exec}", "{synth}"
WORN = noisy(share=1.0, slips=0.5, steps=60)

EVO_MERGE = Plan(
    recipe="evo_merge",
    why=(
        "Two specialists of one base that has read wrong traces and does half of the tasks: each has then read "
        "right traces of its own kind and wrong ones of the other, so that it is good at one and has lost the "
        "other (leaving the other kind out loses little: the kinds share most of their skill). Sealed items are "
        "of both kinds. The merge is compared with each parent, and with the merge of equal parts that the search "
        'begins from ("search": no spread, so one candidate and fewer samples).'
    ),
    environment="listmachine",
    objective={"depth": 2},
    learner="{worn}",
    beds={
        "worn": WORN,
        "exec": specialist(kind="exec", steps=100, start=WORN),
        "synth": specialist(kind="synth", steps=100, start=WORN),
    },
    options={"sources": (EXEC, SYNTH)},
    rounds=12,
    tasks=100,
    arms={
        "recipe": Arm(),
        "search": Arm(ablate=("search",)),
        "exec parent": Arm(control="still", learner=EXEC, seeds=(0, 1, 2, 3, 4)),
        "synth parent": Arm(control="still", learner=SYNTH, seeds=(0, 1, 2, 3, 4)),
    },
    exam=Exam(selection=50, samples=8),
    claims=(
        Claim(text="the merge is above its exec parent", more=Side(), less=Side(arm="exec parent")),
        Claim(text="the merge is above its synth parent", more=Side(), less=Side(arm="synth parent")),
        Claim(text="the search is above equal parts", more=Side(), less=Side(arm="search")),
    ),
)
