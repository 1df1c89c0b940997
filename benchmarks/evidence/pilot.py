"""Is the bed what the plan needs? Learners before any run, on selection items with a seed that no run has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.evidence.exam import Examined, posed
from benchmarks.evidence.plan import PILOT, Plan
from benchmarks.evidence.runs import asked, objective_of

from lamarck import environments
from lamarck.api.machine import machine
from lamarck.core import Context, Score
from lamarck.store.nowhere import Nowhere
from lamarck.trust import Open


def pilot(plan: Plan, folder: Path, items: int = 200, samples: int = 16) -> dict[str, Score]:
    """What each different learner that arms begin with scores. Out: its name in the plan -> the target's score."""
    exam = replace(plan.exam, selection=min(items, plan.exam.items or items), glances=samples, protected=0, clean=0)
    world = posed(environments.load(plan.environment), exam, ())
    found = dict[str, Score]()
    for arm in plan.arms:
        learner = plan.arms[arm].learner or plan.learner
        if learner in found:
            continue
        with machine(world, 1) as at:
            begins = at.models.learner(asked(plan, arm, folder)["learner"])
            ctx = Context(
                seed=PILOT,
                learners={"learner": begins},
                environment=world,
                models=at.models,
                trainer=at.trainer,
                executor=at.executor,
                store=Nowhere(),
                gate=Open(),
                objective=objective_of(plan, world.ability),
            )
            found[learner] = Examined(exam=exam)(begins, ctx.stage(0, "learner").within("pilot")).target
    return found
