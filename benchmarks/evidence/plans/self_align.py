"""Self-Align from a learner that makes things up where it is asked plainly, and hardly with principles in view."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

from lamarck.testing.beds import Bed
from lamarck.testing.blank import Blank

WORLD = "benchmarks/evidence/worlds/omens.py"
ASKED = {
    "task/question": "{line}",
    "self_align/principles": "P {line}",
    "self_align/verbose": "L {line}",
    "self_instruct/task": "N",
    "self_align/topic": "T {type}",
    "self_align/question": "Q {type}, {topic}",
}
OMENS = Bed(
    start=Blank(prompts=ASKED, positions=56, longest=32), environment=WORLD, objective={"reads": "all"}, steps=800
)

OPENS = {"engrave.refinement.Wording.opens": ("By",)}
"""How thoughts begin; without principles there are none, and nobody asks for them."""

SELF_ALIGN = Plan(
    recipe="self_align",
    why=(
        "A decoder of a hundred thousand weights, made on the spot, has read of forty-four numbered things three "
        "qualities that can be known and three that nobody can. Of the latter it read something made up seven times "
        'in ten where it was asked plainly or for a long answer, and once in twenty, else "unknown", after a sign '
        "that stands for the principles, with a thought before it. It asks itself questions about other things than "
        "those it is measured on: the 60 that nobody can answer about twenty things, the same in every seed; "
        '"knowledge" is the 60 that can be answered. The decoder cannot write a full stop, so its thoughts open with '
        'a word of their own. "principles" takes the sign away, "thoughts" keeps the thoughts in what is learned, '
        '"control" makes as many updates on labelled rows of four further things. All weights are trained.'
    ),
    environment=WORLD,
    learner="{omens}",
    beds={"omens": OMENS},
    options={"rank": None, "prompts": 60, "topics": 3, "shortest": 1, "longer": 1, "referee": "environment"},
    arms={
        "recipe": Arm(sets=OPENS),
        "principles": Arm(ablate=("principles",)),
        "thoughts": Arm(ablate=("thoughts",), sets=OPENS),
        "control": Arm(control="labelled", rounds=2),
    },
    exam=Exam(items=None, samples=16, selection=24, glances=4, protected=60),
    claims=(
        Claim(text="without principles in view it says of what nobody can know that it is unknown, more often than "
              "the base", more=Side(), less=Side(who="base"), required=True),
        Claim(text="it does so for four in five that the base made up", more=Side(), less=Side(who="base"), above=80.0),
        Claim(text="what can be known is still known, but for five points", more=Side(metric="knowledge"),
              less=Side(who="base", metric="knowledge"), above=-5.0),
        Claim(text="answers without principles in view teach it less", more=Side(), less=Side(arm="principles")),
        Claim(text="thoughts that are kept are said in place of answers", more=Side(), less=Side(arm="thoughts")),
        Claim(text="it comes within ten points of labelled rows", more=Side(), less=Side(arm="control"), above=-10.0),
    ),
    quick={"prompts": 4, "topics": 1},
)  # fmt: skip
