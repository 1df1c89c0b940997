"""A planted leak in each of the four places is refused and named; without the mechanism it goes through."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lamarck import environments
from lamarck.core import (
    Batch,
    Context,
    Cycle,
    Entry,
    Experience,
    Leaks,
    Learner,
    Limits,
    Message,
    Names,
    Objective,
    Phase,
    Row,
    Scope,
    Task,
    passed,
    run,
)
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context
from lamarck.trust.held import HeldOut
from lamarck.trust.leakage import Item

TOY = ToyEnvironment()
GOAL = Objective(ability="sums")
SECRET = (
    "A ferry with eleven blue cabins leaves the harbour at dawn, and each cabin holds three sailors "
    "who own two parrots; how many parrots are on the ferry?"
)
SAID = "A FERRY with eleven blue\ncabins leaves the harbour at dawn, and each cabin holds three “sailors”"
"""A part of it in disguise."""


@dataclass
class Known:
    """Holds out one task and one phrase."""

    task: str = ""
    met: set[str] = field(default_factory=set[str])

    def held(self, task: Task, /) -> str:
        return f"is the sealed item {task.id}" if task.id in {self.task, *self.met} else ""

    def found(self, texts: Sequence[str], /) -> Mapping[str, str]:
        return {text: "holds the sealed item ferry" for text in texts if "ferry" in text.casefold()}

    def meet(self, items: Iterable[str], /) -> None:
        self.met.update(items)


@dataclass(frozen=True, kw_only=True)
class Plant:
    """Adds held-out tasks to those there are, as a model might invent them."""

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = frozenset[str]()
    writes: ClassVar[Names] = {"task"}

    made: tuple[Task, ...]

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return [*batch, *(Experience(task=task) for task in self.made)]


@dataclass(frozen=True, kw_only=True)
class Do:
    """An update of a line."""

    reads: ClassVar[Names] = frozenset[str]()

    what: Callable[[Learner, Batch, Context], Learner]

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        return self.what(learner, batch, ctx)


def unchanged(learner: Learner, batch: Batch, ctx: Context) -> Learner:
    return learner


def cycle(**slots: Any) -> Cycle:
    usual: dict[str, Any] = {
        "objective": GOAL,
        "tasks": tasks.Dataset(n=6),
        "solutions": solutions.Sample(n=2),
        "feedback": feedback.Verifier(),
        "refinement": refinement.Filter(where=passed),
        "updating": updating.SFT(),
        "gated": False,
    }
    return Cycle(**{**usual, **slots})


def ran(made: Cycle, leaks: Leaks | None) -> tuple[MemoryStore, Context]:
    store = MemoryStore()
    ctx = replace(context(store=store, trainer=RecordingTrainer(right=TOY.taught)), leaks=leaks)
    return store, run(made, ctx)


def leaked(store: MemoryStore, where: str) -> list[dict[str, Any]]:
    return [data for kind, data in store.events if kind == "leaked" and data["where"] == where]


def told(store: MemoryStore, kind: str) -> list[dict[str, Any]]:
    return [data for name, data in store.events if name == kind]


HELD = replace(TOY.tasks("sealed", 1, 5, GOAL)[0], split="practice")
"""A sealed problem that calls itself practice."""


def test_a_task_that_is_held_out_is_dropped_with_its_name():
    planted = cycle(tasks=(tasks.Dataset(n=6), Plant(made=(HELD,))))
    store, _ = ran(planted, HeldOut(environment=TOY, objective=GOAL))
    made = next(made for at, made in store.phases.items() if at.name == "tasks")
    assert [(drop.operator, drop.experience) for drop in made.drops] == [("leakage", f"{HELD.id}#0")]
    assert f"the sealed split: {TOY.key(HELD)}" in made.drops[0].reason
    assert (made.funnel[-1].operator, made.funnel[-1].into, made.funnel[-1].out) == ("leakage", 7, 6)
    assert leaked(store, "tasks")[0]["reasons"] == [made.drops[0].reason]
    store, _ = ran(planted, None)
    assert any(e.task.id == HELD.id for at in store.phases if at.name == "tasks" for e in store.batch(at))


def test_a_task_in_held_out_words_is_dropped():
    practice = TOY.tasks("practice", 1, 0, GOAL)[0]
    secret = replace(practice, id="mine/1", messages=(Message(role="user", text=SAID),))
    leaks = HeldOut(environment=TOY, objective=GOAL, more=[Item(name="exam.jsonl, row 3", texts=(SECRET,))])
    store, _ = ran(cycle(tasks=Plant(made=(secret,))), leaks)
    assert "words in a row of exam.jsonl, row 3" in leaked(store, "tasks")[0]["reasons"][0]


def test_what_learners_were_scored_on_is_held_out_from_then_on():
    leaks = Known()
    ran(cycle(evaluation=evaluation.Accuracy(samples=0, protected=2, limit=5), updating=Do(what=unchanged)), leaks)
    assert len(leaks.met) >= 5 + 2
    world = HeldOut(environment=Unsplit(), objective=GOAL)
    task = replace(HELD, id="toy/of this run")
    assert not world.held(replace(task, fields={**task.fields, "left": "77"}))
    world.meet([task.id])
    assert world.held(task) == "is the held-out item toy/of this run, which learners were scored on"


class Unsplit:
    """The toy without its split rule, as users write environments."""

    name, ability = TOY.name, TOY.ability
    tasks, check, examples, protected, key = TOY.tasks, TOY.check, TOY.examples, TOY.protected, TOY.key


def test_without_a_split_rule_the_listed_items_are_known_by_their_keys():
    leaks = HeldOut(environment=Unsplit(), objective=GOAL)
    known = TOY.tasks("selection", None, 0, GOAL)[0]
    turned = {**known.fields, "left": known.fields["right"], "right": known.fields["left"]}
    again = replace(
        known, id="another", split="practice", fields=turned if known.fields["sign"] != "-" else known.fields
    )
    assert leaks.held(again) == f"is the selection item {known.id}"
    assert not leaks.held(Task(id="foreign", kind="essay", messages=()))


def test_a_held_out_task_in_the_batch_reaches_no_update():
    """It came past the tasks phase: an operator of a later phase made it."""
    planted = cycle(refinement=(Plant(made=(HELD,)),))
    store, _ = ran(planted, Known(task=HELD.id))
    assert leaked(store, "batch")[0]["reasons"] == [f"is the sealed item {HELD.id}"]
    assert leaked(store, "batch")[0]["into"] - leaked(store, "batch")[0]["out"] == 1
    assert not leaked(ran(planted, None)[0], "batch")


@pytest.mark.parametrize("until", ["feedback", "refinement"])
def test_data_that_a_run_ends_with_holds_none_in_its_solutions_either(until: Any):
    """No update looks at it: somebody else trains on it."""

    def says(prompt: Any, seed: int) -> str:
        return SAID if seed % 2 else TOY.right(prompt, seed)

    def made(leaks: Leaks | None) -> list[str]:
        store = MemoryStore()
        models = ScriptedModels(answer=says, wrong=says)
        ctx = replace(context(store=store, models=models, limits=Limits(until=until)), leaks=leaks)
        run(cycle(refinement=()), ctx)
        return [e.solution.text for e in store.batch(Phase(stage=0, round=1, name=until)) if e.solution]

    item = Item(name="exam.jsonl, row 3", texts=(SECRET,))
    assert SAID in made(None)
    kept = made(HeldOut(environment=TOY, objective=GOAL, more=[item]))
    assert kept
    assert SAID not in kept


def test_rows_that_hold_a_held_out_item_are_left_out_and_counted():
    rows = [row("How much is 1+1?", "2"), row(f"Think. {SAID}", "66"), row("How much is 2+2?", f"As in: {SAID}. 4")]

    def train(learner: Learner, batch: Batch, ctx: Context) -> Learner:
        return ctx.train("sft", learner, rows, {"lr": 0.1})

    store, _ = ran(cycle(updating=Do(what=train)), Known())
    assert [(data["rows"], data["leaked"]) for data in told(store, "trained")] == [(1, 2)]
    assert leaked(store, "rows")[0]["reasons"] == ["holds the sealed item ferry"]
    assert [data["rows"] for data in told(ran(cycle(updating=Do(what=train)), None)[0], "trained")] == [3]


def test_where_every_row_leaks_there_is_no_update_and_later_ones_go_on():
    def train(learner: Learner, batch: Batch, ctx: Context) -> Learner:
        return ctx.train("sft", ctx.base, [row(SAID, "66")], {"lr": 0.1})

    store, after = ran(cycle(updating=(updating.SFT(), Do(what=train))), Known())
    assert leaked(store, "rows")[0]["out"] == 0
    trained = told(store, "trained")
    assert [data["learner"] for data in trained] == [after.learners["learner"].hash]


def test_scores_of_samples_find_their_rows_when_some_are_left_out():
    asked = list[tuple[int, str]]()

    def score(samples: Sequence[tuple[int, str]]) -> Sequence[float]:
        asked.extend(samples)
        return [1.0] * len(samples)

    def train(learner: Learner, batch: Batch, ctx: Context) -> Learner:
        return ctx.train("sft", learner, [row(SAID, "1"), row("clean", "2")], {"lr": 0.1}, score=score)

    class Asks(RecordingTrainer):
        def fit(self, model: Any, job: Any, into: str, /) -> Any:
            job.score([(0, "mine")])
            return super().fit(model, job, into)

    run(cycle(updating=Do(what=train)), replace(context(trainer=Asks(right=TOY.taught)), leaks=Known()))
    assert asked == [(1, "mine")]


@pytest.mark.parametrize("source", ["seed", "environment"])
def test_labelled_examples_are_no_way_round(source: str):
    mine = [replace(e, task=HELD) for e in TOY.examples(3, 0)] if source == "seed" else []
    leaks = Known(task=HELD.id if mine else TOY.examples(1, 0)[0].task.id)
    ctx = replace(context(), leaks=leaks, seed_data=mine)
    if not mine:
        leaks.task = ctx.examples(4, "replay")[0].task.id
    found = ctx.examples(4, "replay")
    assert leaks.task not in [e.task.id for e in found]
    assert len(replace(ctx, leaks=None).examples(4, "replay")) == 4


@pytest.mark.parametrize("way", ["text", "task"])
def test_memories_of_held_out_items_are_refused(way: str):
    one = Entry(text=f"I saw: {SAID}") if way == "text" else Entry(text="solved", experience=Experience(task=HELD))

    def remember(learner: Learner, batch: Batch, ctx: Context) -> Learner:
        assert ctx.memories
        return replace(learner, memory=ctx.memories.commit(learner.memory, [one, Entry(text="a clean rule")]))

    def entries(leaks: Leaks | None) -> tuple[MemoryStore, list[str]]:
        store, after = ran(cycle(updating=Do(what=remember)), leaks)
        assert after.memories
        return store, [entry.text for entry in after.memories.open(after.learners["learner"].memory).entries]

    store, kept = entries(Known(task=HELD.id))
    assert kept == ["a clean rule"]
    assert "the sealed item" in leaked(store, "memory")[0]["reasons"][0]
    assert len(entries(None)[1]) == 2


def test_remembering_counts_what_was_kept_and_is_no_update_where_nothing_was():
    met = list(TOY.tasks("practice", 6, 0, GOAL))
    store, after = ran(cycle(updating=updating.Remember()), Known(task=met[0].id))
    assert after.memories
    kept = after.memories.open(after.learners["learner"].memory).entries
    assert told(store, "remembered")[0]["entries"] == len(kept) > 0

    class All(Known):
        def found(self, texts: Sequence[str], /) -> Mapping[str, str]:
            return dict.fromkeys(texts, "holds something")

    ctx = replace(context(store=(store := MemoryStore())), leaks=All()).guarded()
    assert updating.Remember()(ctx.learner, list(TOY.examples(3, 0)), ctx) == ctx.learner
    assert leaked(store, "memory")[0]["out"] == 0
    assert not told(store, "remembered")


@pytest.mark.parametrize("trains", [False, True])
def test_a_prompt_that_holds_one_is_refused_and_the_rest_of_the_update_stays(trains: bool):
    def write(learner: Learner, batch: Batch, ctx: Context) -> Learner:
        made = ctx.train("sft", learner, [row("1+1", "2")], {"lr": 0.1}) if trains else learner
        return replace(made, prompt=f"Example: {SAID}", parent=learner.hash)

    store, after = ran(cycle(updating=Do(what=write)), Known())
    champion, start = after.learners["learner"], context().learner
    assert champion.prompt == start.prompt
    assert (champion != start) == trains
    assert leaked(store, "prompt")[0]["reasons"] == ["holds the sealed item ferry"]
    assert "FERRY" in ran(cycle(updating=Do(what=write)), None)[1].learners["learner"].prompt


def test_a_clean_run_is_the_same_run():
    made = cycle(evaluation=evaluation.Accuracy(samples=2, protected=2, limit=4), gated=True, rounds=2)
    bare, _ = ran(made, None)
    watched, _ = ran(made, HeldOut(environment=TOY, objective=GOAL))
    assert watched.phases == bare.phases
    assert [kind for kind, _ in watched.events] == [kind for kind, _ in bare.events]


def test_a_disguised_copy_in_a_users_file_is_dropped_and_named(tmp_path: Path):
    asked = [f"How many legs have {n} spiders and {n + 2} ants?" for n in range(40)]
    rows = [{"question": q, "answer": "1", "split": ("train", "dev", "test")[at % 3]} for at, q in enumerate(asked)]
    rows += [{"question": q, "answer": "66", "split": s} for q, s in ((SECRET, "test"), (SAID, "train"))]
    (tmp_path / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    world = environments.from_tasks(str(tmp_path / "mine.jsonl"), check="numeric")
    leaks = HeldOut(environment=world, objective=Objective(ability=world.ability))
    store = MemoryStore()
    ctx = replace(context(environment=world, store=store), leaks=leaks)
    goal = Objective(ability=world.ability)
    run(Cycle(objective=goal, tasks=tasks.Dataset(), updating=Do(what=unchanged), gated=False), ctx)
    (event,) = leaked(store, "tasks")
    assert event["into"] - event["out"] == 1
    sealed = next(t for t in world.tasks("sealed", None, 0, goal) if "ferry" in t.fields["question"])
    assert sealed.id in event["reasons"][0]


def row(asked: str, said: str) -> Row:
    return Row(messages=(Message(role="user", text=asked), Message(role="assistant", text=said)), learn=(False, True))
