"""Ballots: two learners of a run, and their answers to items that both were scored on, for people to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lamarck import recipes
from lamarck.api.machine import machine
from lamarck.api.method import method_of
from lamarck.api.results import Run
from lamarck.api.worlds import again
from lamarck.core import Context, Learner, Scorecard, Task, UsageError, stages
from lamarck.data import ballots
from lamarck.data.ballots import Ballot, Pair
from lamarck.operators.held_out import answers
from lamarck.store import RoundView, find
from lamarck.store.disk import Disk
from lamarck.store.nowhere import Nowhere

SHOWN = 20
"""Pairs of a ballot unless told."""


def ballot_of(name: str, *, learner: str = "", against: str = "", n: int = SHOWN) -> Ballot:
    """The ballot of two learners of a run, made and kept in the run folder where there is none yet.

    In: hashes, "champion" or "base"; without them the last candidate and the champion that it was compared with.
    Answers are greedy, to n of the items that both were scored on, in the evaluation's order. Raises: UsageError for
    learners that no round scored together.
    """
    run = Run(find(name))
    view, cards = _sitting(run, learner, against)
    path = place(run, cards[0].learner, cards[1].learner)
    if path.exists():
        return ballots.read(path)
    made = Ballot(learner=cards[0].learner, rival=cards[1].learner, pairs=_pairs(run, view, cards, n))
    keep(run, made)
    return made


def place(run: Run, learner: str, rival: str) -> Path:
    """The file of a ballot."""
    return run.path.absolute() / ballots.FOLDER / ballots.name(learner, rival)


def keep(run: Run, ballot: Ballot) -> None:
    """Write a ballot as a whole. Raises: PausedRun where the disk is full."""
    disk = Disk(run.path.absolute())
    path = place(run, ballot.learner, ballot.rival)
    disk.folder(path.parent)
    disk.write(path, ballots.dump(ballot))


def _sitting(run: Run, learner: str, against: str) -> tuple[RoundView, tuple[Scorecard, Scorecard]]:
    """The last round that scored both."""
    info = run.info
    known = {"champion": info.champion or info.base, "base": info.base}
    wanted, rival = known.get(learner, learner), known.get(against, against)
    for view in reversed(run.reader.rounds()):
        cards = {card.learner: card for card in view.scorecards}
        # the candidate's card is the first, the champion's the second
        one = wanted or (view.scorecards[0].learner if len(cards) > 1 else "")
        two = rival or next((hash for hash in cards if hash != one), "")
        if one != two and one in cards and two in cards:
            return view, (cards[one], cards[two])
    said = f"{wanted or 'a candidate'} and {rival or 'another learner'}"
    raise UsageError(f"no round of {run.path.name} scored {said} together; see: lamarck lineage {run.path.name}")


def _pairs(run: Run, view: RoundView, cards: tuple[Scorecard, Scorecard], n: int) -> tuple[Pair, ...]:
    info, reader = run.info, run.reader
    found = recipes.load(info.recipe_file or info.recipe)
    method = method_of(found, info)
    cycle = stages(method)[view.stage]
    sides = [reader.learner(card.learner) for card in cards]
    world = again(info)
    # what the run has asked already is not asked again, unless its journal is in use
    folder = None if info.status == "running" else run.path.absolute()
    with machine(world, info.workers, folder, info.providers) as at:
        ctx = at.scoring(
            world,
            {"learner": sides[0]},
            objective=cycle.objective,
            memory=str(run.path) if any(side.memory for side in sides) else "",
            seed=info.seed,
            store=Nowhere(),
            labels=found.labels,
        )
        where = ctx.stage(view.stage, "learner").at(view.round, cycle.objective, sides[0])
        where = where.within(f"evaluation.{type(cycle.evaluation).__name__}")
        tasks = _tasks(where, cycle.evaluation, cards[0], n)
        texts = [_texts(tasks, side, where) for side in sides]
    verdicts = _verdicts(cards)
    return tuple(
        Pair(item=task.id, task=_asked(task), learner=mine, rival=theirs, verdict=verdicts.get(task.id))
        for task, mine, theirs in zip(tasks, *texts, strict=True)
    )


def _tasks(ctx: Context, evaluation: Any, card: Scorecard, n: int) -> Sequence[Task]:
    """The first n items of the target's score, drawn as the evaluation drew them."""
    fresh, limit = ctx.rng("items").getrandbits(63), getattr(evaluation, "limit", None)
    found = ctx.environment.tasks("selection", limit, fresh, replace(ctx.objective, node=""))
    scored = set(card.target.items)
    return [task for task in found if task.id in scored][:n] or found[:n]


def _texts(tasks: Sequence[Task], learner: Learner, ctx: Context) -> list[str]:
    return [one.text if one else "" for (one,) in answers(tasks, learner, ctx, 1, 0.0)]


def _verdicts(cards: tuple[Scorecard, Scorecard]) -> Mapping[str, float]:
    """Item -> outcome of one minus the other's: of the greedy answer where that was scored, since it is shown."""
    one, two = (card.target for card in cards)
    metric = "greedy" if "greedy" in one.metrics else cards[0].metric
    other = dict(zip(two.items, two.metrics.get(metric, ()), strict=False))
    mine = zip(one.items, one.metrics.get(metric, ()), strict=False)
    return {item: value - other[item] for item, value in mine if item in other}


def _asked(task: Task) -> str:
    return "\n".join(message.text for message in task.messages if message.role == "user") or task.id
