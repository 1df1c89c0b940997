"""MoT on machines whose program only who remembers can know."""

from benchmarks.evidence.plan import Arm, Claim, Exam, Plan, Side

MOT = Plan(
    recipe="mot",
    why=(
        "Twenty named machines with one secret program of depth 3 each; a task tells the name in words, which the "
        "memory searches, and the pupil's own line does not have it. Who recalls a solved task of the same "
        "machine knows the program; a memory drawn at random is mostly another machine's. Weights stay as they "
        "are. The pupil cannot choose among questions, so the nearest is taken, and one example is shown where "
        "the paper shows four: among three useless ones the pupil hardly uses the right one."
    ),
    environment="listmachine",
    objective={"kind": "synth", "depth": 3, "families": 20},
    options={"choose": "nearest", "temperature": 0.7, "below": 1.0, "shots": 1},
    tasks=600,
    arms={
        "recipe": Arm(),
        "random": Arm(ablate=("recall",), sets={"updating.AnswerWith.answer.nearest": 1000}),  # of all, not of the near
        "no memory": Arm(ablate=("memory",)),
        "no filter": Arm(ablate=("entropy",)),
    },
    exam=Exam(metric="deployed", protected=200, samples=8),
    claims=(
        Claim(text="retrieved examples raise accuracy", more=Side(metric="deployed"),
              less=Side(metric="deployed", who="base"), required=True),
        Claim(text="retrieved examples are better than random ones", more=Side(metric="deployed"),
              less=Side(arm="random", metric="deployed"), required=True),
        Claim(text="random memory does not raise accuracy", more=Side(arm="random", metric="deployed"),
              less=Side(arm="random", metric="deployed", who="base"), above=None, below=3.0),
        Claim(text="the filter keeps wrong memories out", more=Side(metric="deployed"),
              less=Side(arm="no filter", metric="deployed")),
    ),
    quick={"samples": 2},
)  # fmt: skip
