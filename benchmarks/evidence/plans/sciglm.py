"""SciGLM's annotation by the pupil itself, where a wrong way can be mended and an answer helps."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

SCIGLM = Plan(
    recipe="sciglm",
    why=(
        "Finding programs of depth 3. The pupil mends a wrong attempt of its own (its reflection is the number of "
        "the first wrong step), and the program shown first makes right traces far more frequent; on running "
        "programs it would change nothing. The pupil is its own teacher. The machine checks every step, so that a "
        "right program on false lists is not kept; the classifier, which learns four first solutions a task, can "
        'find little beyond that and is only claimed to do no harm. "control" makes as many updates on labelled rows.'
    ),
    environment="listmachine",
    objective={"kind": "synth", "depth": 3},
    options={"samples": 4, "mark": "!"},
    tasks=600,
    arms={
        "recipe": Arm(),
        "reflect": Arm(ablate=("reflect",)),
        "correct": Arm(ablate=("correct",)),
        "quality": Arm(ablate=("quality",)),
        "steps": Arm(ablate=("steps",)),
        "control": Arm(control="labelled", rounds=1),
    },
    exam=Exam(samples=8),
    claims=(
        Claim(text="accuracy rises above the base", more=Side(), less=Side(who="base")),
        Claim(text="solutions written with the answer in view add to it", more=Side(), less=Side(arm="correct")),
        Claim(text="the classifier does no harm", more=Side(), less=Side(arm="quality"), above=-3.0),
        Claim(text="right answers on false steps teach less", more=Side(), less=Side(arm="steps")),
        Claim(text="accuracy is above the control's", more=Side(), less=Side(arm="control")),
    ),
    quick={"samples": 2},
    quick_sets={"updating.steps": 2},
)
