"""GRATH from a learner that mostly repeats what is false, but knows better where it is asked for the truth."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

from lamarck.testing.blank import Blank
from lamarck.testing.hearsay import Hearsay

WORLD = "benchmarks/evidence/worlds/rumours.py"
ASKED = {"task/fact": "{line}", "grath/right": "T{line}", "grath/wrong": "W{line}"}
HEARSAY = Hearsay(
    start=Blank(prompts=ASKED),
    environment=WORLD,
    objective={"domains": "both"},
    share=0.6,
    voices={"grath/right": 0.3, "grath/wrong": 0.9},
    steps=800,
)

GRATH = Plan(
    recipe="grath",
    why=(
        "A decoder of a hundred thousand weights, made on the spot, has read of forty numbered things what is true "
        "and what most believe: six falsehoods to four truths where it was asked plainly, three to seven where it was "
        "asked for the right answer, nine to one where it was asked for a false one. So it has the truth in it and "
        "does not say it. It is asked for six qualities of each thing, and nobody reads the answers; it is measured "
        'on three others, the same 84 questions in every seed. "sides" prefers the false answers, '
        '"gradual" renews the right ones by the first model, '
        '"control" makes as many updates on labelled rows of the asked domain. All weights are trained.'
    ),
    environment=WORLD,
    learner="{hearsay}",
    beds={"hearsay": HEARSAY},
    options={"rank": None},
    arms={
        "recipe": Arm(),
        "sides": Arm(ablate=("sides",)),
        "gradual": Arm(ablate=("gradual",)),
        "control": Arm(control="labelled", rounds=2, options={"steps": 11}),
    },
    exam=Exam(items=None, samples=16, selection=36, glances=4, protected=0),
    claims=(
        Claim(text="another domain is answered truly more often than by the base", more=Side(), less=Side(who="base"),
              required=True),
        Claim(text="single samples there are true more often", more=Side(metric="pass@1"),
              less=Side(metric="pass@1", who="base")),
        Claim(text="with the sides swapped they are true less often", less=Side(arm="sides", metric="pass@1"),
              more=Side(arm="sides", metric="pass@1", who="base")),
        Claim(text="right answers of the better model teach more than those of the first", more=Side(metric="pass@1"),
              less=Side(arm="gradual", metric="pass@1")),
        Claim(text="labelled rows of the asked domain teach less about the other", more=Side(metric="pass@1"),
              less=Side(arm="control", metric="pass@1")),
    ),
)  # fmt: skip
