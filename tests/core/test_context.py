"""What a stage and an operator can reach: roles, earlier stages, search state, held operators' seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from lamarck.core import Batch, Context, Cycle, Learner, Names, Objective, Stages, State, run
from lamarck.operators import feedback, refinement, solutions, tasks, updating
from lamarck.testing import MemoryStore, context

GOAL = Objective(ability="sums")


def cycle(**slots: Any) -> Cycle:
    usual: dict[str, Any] = {
        "objective": GOAL,
        "tasks": tasks.Dataset(n=3),
        "solutions": solutions.Sample(),
        "feedback": feedback.Verifier(),
        "refinement": refinement.Filter(),
        "updating": updating.SFT(),
        "gated": False,
    }
    return Cycle(**{**usual, **slots})


@dataclass(frozen=True, kw_only=True)
class Look:
    """An update that notes what it can reach and changes nothing."""

    reads: ClassVar[Names] = frozenset[str]()
    into: list[Any]
    what: Callable[[Context], Any]

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        self.into.append(self.what(ctx))
        return learner


def test_roles():
    ctx = context(roles={"judge": "scripted/0.1"})
    assert ctx.role("judge").model.name == "scripted/0.1"
    assert ctx.role("nobody") is ctx.learner
    later = replace(ctx, learner=ctx.models.learner("scripted/0.3"))
    assert later.role("learner").model.name == "scripted/0.3"
    assert later.role("base").model.name == "scripted/0.5"


def test_a_helper_that_the_learner_carries_plays_its_role_in_the_run_and_after_it():
    ctx = context(roles={"verifier": "scripted/0.2"})
    carried = ctx.models.learner("scripted/0.1").model
    champion = replace(ctx.learner, adapters={"verifier": carried})
    for learners in (ctx.learners, {"learner": champion}):
        answering = replace(ctx, learner=champion, learners=learners)
        assert answering.role("verifier") == Learner(model=carried)
        assert answering.role("judge") == champion
    trained = replace(
        ctx, updates="verifier", learner=ctx.models.learner("scripted/0.05"), learners={"learner": champion}
    )
    assert trained.role("verifier").model.name == "scripted/0.05"


def test_the_learner_is_the_learner_in_a_stage_that_updates_another():
    seen: list[Any] = []
    look = Look(into=seen, what=lambda ctx: (ctx.role("learner").model.name, ctx.role("verifier").model.name))
    ctx = context(roles={"verifier": "scripted/0.2"})
    run(cycle(updates="verifier", updating=look), ctx)
    assert seen == [("scripted/0.5", "scripted/0.2")]


def test_the_origin_is_what_the_run_began_with():
    seen: list[Any] = []
    look = Look(into=seen, what=lambda ctx: (ctx.role("origin").hash, ctx.role("base").hash != ctx.role("origin").hash))
    run(Stages(cycles=(cycle(), cycle(updating=look), cycle(begin_from="origin", updating=look))), context())
    assert seen == [(context().learner.hash, True), (context().learner.hash, False)]


def test_a_stage_reads_what_an_earlier_one_left_in_every_lap():
    seen: list[int] = []
    solve = cycle(name="solve", rounds=2)
    verify = cycle(name="verify", tasks=(), solutions=(), feedback=(), refinement=(),
                   updating=Look(into=seen, what=lambda ctx: len(ctx.earlier("feedback", stage="solve"))))  # fmt: skip
    run(Stages(cycles=(solve, verify), repeat=2), context())
    assert seen == [6, 12]


def test_search_state_outlives_rounds_and_stages_and_a_kill():
    seen: list[int] = []

    def count(ctx: Context) -> int:
        before = ctx.kept("search", lambda: State(data={"n": 10})).data["n"]
        ctx.keep("search", State(data={"n": before + 1}))
        return before

    store = MemoryStore()
    look = Look(into=seen, what=count)
    method = Stages(cycles=(cycle(updating=look, rounds=3), cycle(updating=look)))
    run(method, context(store=store))
    run(method, context(store=store))
    assert seen == [10, 11, 12, 13]


def test_candidates_of_a_search_are_found_by_their_hash():
    ctx = context()
    other = ctx.models.learner("scripted/0.1")
    ctx.keep("search", State(learners=(other,)))
    assert ctx.store.learner(other.hash) == other


def test_a_held_operator_has_seeds_of_its_own_and_its_holders_list_of_reasons():
    ctx = context()
    first, second = ctx.under("0"), ctx.under("1")
    assert len({at.seeds("a", 1)[0] for at in (ctx, first, second)}) == 3
    assert first.notes is ctx.notes


def test_an_adapter_is_trained_beside_the_model():
    ctx = context()
    made = ctx.train("sft", ctx.learner, [], {}, adapter="plan")
    assert (made.model, set(made.adapters), made.parent) == (ctx.learner.model, {"plan"}, ctx.learner.hash)
    both = ctx.train("sft", made, [], {"x": 1}, adapter="tool")
    assert both.adapters["plan"] == made.adapters["plan"]
