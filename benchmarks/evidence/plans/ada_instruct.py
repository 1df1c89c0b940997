"""Ada-Instruct towards programs longer than any that the pupil was shown to invent."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

from lamarck.testing.beds import Bed

ADA_INSTRUCT = Plan(
    recipe="ada_instruct",
    why=(
        "Running programs of depth 7. The pupil learned to invent tasks of depth 1 to 3, and asked for 7 it writes "
        "none; ten examples of depth 7 make a proposer of it. The teacher is a pupil that read 300 steps of traces "
        "of depth 7. The learner sees ten labels and no verdict. Two tasks differ in a few signs of long words, so "
        'only the very same vector is no news. "proposer" leaves the proposer untuned: the learner gets the ten and '
        'what little else comes. "teacher" lets the learner answer. "labelled" makes as many updates on true traces.'
    ),
    environment="listmachine",
    objective={"kind": "exec", "depth": 7},
    beds={"teacher": Bed(objective={"kind": "exec", "depth": 7}, steps=300)},
    roles={"teacher": "{teacher}"},
    options={"prompts": 600, "alike": 1.0},
    sets={"propose.updating.lr": 2e-3, "propose.updating.batch": 20},
    arms={
        "recipe": Arm(),
        "proposer": Arm(ablate=("proposer",)),
        "teacher": Arm(ablate=("teacher",)),
        "labelled": Arm(control="labelled", rounds=1),
    },
    exam=Exam(samples=8),
    claims=(
        Claim(text="accuracy rises above the base", more=Side(), less=Side(who="base")),
        Claim(text="tasks of a tuned proposer teach more than the ten alone", more=Side(),
              less=Side(arm="proposer")),
        Claim(text="a teacher's answers teach more than the learner's own", more=Side(), less=Side(arm="teacher")),
        Claim(text="it comes within five points of true traces", more=Side(), less=Side(arm="labelled"), above=-5.0),
    ),
    quick={"prompts": 4, "seeds": 2, "epochs": 2.0},
    quick_sets={"learn.updating.steps": 2},
)  # fmt: skip
