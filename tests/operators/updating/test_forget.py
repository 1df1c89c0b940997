from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import pytest
from tests.operators.given import tried

from lamarck.core import Context, Entry, Experience, Harvest, Phase, Prompt, UsageError
from lamarck.memory import Versions
from lamarck.operators.updating import Forget
from lamarck.operators.updating.forget import retention
from lamarck.testing import MemoryStore, context


def piece(name: str, **more: object) -> Entry:
    return Entry(text=f"text {name}", kind="piece", source=name, **more)  # type: ignore[arg-type]


def world(entries: list[Entry], round: int, shown: Mapping[int, list[str]] | None = None, times: int = 1) -> Context:
    """A learner that remembers these; in these rounds these names' stood so often before who solved."""
    versions, store = Versions(), MemoryStore()
    for at, names in (shown or {}).items():
        fields = {"recalled": " ".join(names), "reminded": "\n".join(f"1. text {name}" for name in names)}
        solved = [replace(one, asked=Prompt(name="x", fields=fields)) for one in tried("3+4", *["7"] * times)]
        store.phases[Phase(stage=0, round=at, name="feedback")] = Harvest(batch=solved)
    ctx = replace(context(store=store), memories=versions, round=round)
    return replace(ctx, learner=replace(ctx.learner, memory=versions.commit("", entries)))


def left(forget: Forget, ctx: Context) -> list[str]:
    made = forget(ctx.learner, [], ctx)
    assert ctx.memories
    return [entry.source for entry in ctx.memories.open(made.memory).entries]


def test_the_chance_falls_with_time_and_rises_with_strength():
    assert retention(0, 1) == 1.0
    assert retention(3, 1) == pytest.approx(math.exp(-3))
    chances = [retention(5, strength) for strength in (1, 2, 5, 20)]
    assert chances == sorted(chances)
    assert [retention(days, 2) for days in (9, 5, 1)] == sorted(retention(days, 2) for days in (9, 5, 1))
    assert retention(5, 1, 5) == retention(1, 1)


@pytest.mark.parametrize(("days", "times", "c"), [(1, 0, 1.0), (2, 1, 1.0), (3, 4, 1.0), (6, 0, 5.0)])
def test_so_many_stay_as_the_curve_says(days: int, times: int, c: float):
    names = [f"p{i}" for i in range(400)]
    ctx = world([piece(name, round=1) for name in names], 1 + days, {1: names} if times else {}, times=times)
    chance = math.exp(-days / (c * (1 + times)))
    sigma = math.sqrt(len(names) * chance * (1 - chance))
    assert abs(len(left(Forget(by="curve", c=c), ctx)) - len(names) * chance) < 3 * sigma


def test_to_look_more_often_does_not_make_it_fade_faster():
    names = [f"p{i}" for i in range(100)]
    at_once = left(Forget(by="curve", c=3), world([piece(name) for name in names], 4))
    ctx = world([piece(name) for name in names], 1)
    for round in (1, 2, 3, 4):
        ctx = replace(ctx, round=round)
        ctx = replace(ctx, learner=Forget(by="curve", c=3)(ctx.learner, [], ctx))
    assert left(Forget(by="curve", c=3), ctx) == at_once


def test_it_is_the_seeds_doing():
    entries = [piece(f"p{i}") for i in range(100)]
    one, other = world(entries, 2), replace(world(entries, 2), seed=1)
    assert left(Forget(by="curve", c=2), one) == left(Forget(by="curve", c=2), one)
    assert left(Forget(by="curve", c=2), one) != left(Forget(by="curve", c=2), other)


def test_of_more_than_the_cap_those_go_that_were_used_longest_ago():
    entries = [piece("a", round=1), piece("b", round=1), piece("c", round=2), piece("d", round=3)]
    ctx = world(entries, 4, {3: ["a"], 4: ["c"]})
    assert left(Forget(cap=3), ctx) == ["a", "c", "d"]
    assert left(Forget(cap=1), ctx) == ["c"]
    assert left(Forget(cap=9), ctx) == ["a", "b", "c", "d"]


def judged(round: int, *shown: tuple[list[str], int, int]) -> Context:
    """A learner that remembers a, b and c: with these of them in view so many of so many tasks were solved."""
    ctx = world([piece(name) for name in "abc"], round)
    batch = list[Experience]()
    for number, (names, right, of) in enumerate(shown):
        fields = {"recalled": " ".join(names), "reminded": "\n".join(f"1. text {name}" for name in names)}
        for i in range(of):
            (one,) = tried("3+4", "7", passed=i < right)
            task = replace(one.task, id=f"{number} {i}")
            batch.append(replace(one, task=task, asked=Prompt(name="x", fields=fields)))
    cast(MemoryStore, ctx.store).phases[Phase(stage=0, round=round, name="feedback")] = Harvest(batch=batch)
    return ctx


def test_what_does_harm_leaves_and_what_is_not_known_stays():
    ctx = judged(1, (["a"], 2, 20), (["b"], 18, 20), ([], 16, 20))
    assert left(Forget(by="effect"), ctx) == ["b", "c"]
    few = judged(1, (["a"], 1, 2), (["b"], 18, 20), ([], 16, 20))
    assert left(Forget(by="effect"), few) == ["a", "b", "c"]  # worse, but on two tasks
    alone = judged(1, (["a", "b", "c"], 2, 20))
    assert left(Forget(by="effect"), alone) == ["a", "b", "c"]  # nothing to compare with


def test_of_more_than_the_cap_those_go_that_helped_least():
    ctx = judged(1, (["a"], 1, 3), (["b"], 18, 20), ([], 16, 20))
    assert left(Forget(by="effect", cap=2), ctx) == ["b", "c"]
    assert left(Forget(by="effect", cap=1), ctx) == ["b"]


def test_superseded_and_other_kinds_do_not_count():
    entries = [piece("a", status="superseded: x"), piece("b"), replace(piece("r"), kind="rule")]
    assert left(Forget(kind="piece", cap=1), world(entries, 1)) == ["a", "b", "r"]


def test_a_summary_goes_with_the_last_of_its_pieces():
    day = [Entry(text=f"sum {source}", kind="summary", source=source) for source in ("a|b", "c|d")]
    ctx = world([piece("a"), piece("b"), piece("c"), piece("d"), *day], 2, {2: ["d"]})
    assert left(Forget(kind="piece", cap=1, along="summary"), ctx) == ["d", "c|d"]
    assert left(Forget(kind="piece", cap=1), ctx) == ["d", "a|b", "c|d"]


def test_bad_settings_are_refused():
    with pytest.raises(UsageError, match="cap=100"):
        Forget()
    with pytest.raises(UsageError, match="way to forget 'curv'"):
        Forget(by="curv")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="c is 0"):
        Forget(by="curve", c=0.0)
    ctx = replace(world([], 1), memories=None)
    with pytest.raises(UsageError, match="this run keeps none"):
        Forget(cap=1)(ctx.learner, [], ctx)
