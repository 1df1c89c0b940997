from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest

from lamarck.core import Batch, Context, Drop, Experience, Message, Names, Operator, Scope, Solution, Task, UsageError
from lamarck.executors.crew import Crew
from lamarck.executors.flow import Stage
from lamarck.executors.streaming import Streaming
from lamarck.testing import Inline, MemoryStore, context

NOTHING: Names = frozenset[str]()


def tasks(n: int, *, streams: int = 0) -> Batch:
    return [
        Experience(task=Task(id=f"t{i}", kind="k", messages=(), stream=f"s{i % streams}" if streams else ""))
        for i in range(n)
    ]


def ids(batch: Batch) -> list[str]:
    return [e.id for e in batch]


@dataclass(frozen=True, kw_only=True)
class Solve:
    """n solutions, each after a while."""

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}
    n: int = 3
    sleep_s: float = 0.0

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        time.sleep(random.random() * self.sleep_s)
        said = [Solution(messages=(Message(role="assistant", text=str(i)),)) for i in range(self.n)]
        return [replace(e, solution=s, sample=e.sample * self.n + i) for e in batch for i, s in enumerate(said)]


@dataclass(frozen=True, kw_only=True)
class Step:
    """An operator of any scope that does what it is told and remembers what it was called with."""

    scope: Scope = "each"  # pyright: ignore[reportIncompatibleVariableOverride]
    reads: Names = NOTHING
    writes: Names = NOTHING
    do: Callable[[Batch, Context], Batch] = lambda batch, _: batch
    seen: list[list[str]] = field(default_factory=list[list[str]])

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        self.seen.append(ids(batch))
        return self.do(batch, ctx)


Do = Callable[[Batch, Context], Any]


def step(do: Do = lambda batch, _: batch, *, scope: Scope = "each", writes: Names = NOTHING) -> Any:
    return Step(do=do, scope=scope, writes=writes)


def run(batch: Batch, *operators: Operator, threads: int = 8, ctx: Context | None = None) -> Any:
    named = [(f"x.{type(operator).__name__}{i}", operator) for i, operator in enumerate(operators)]
    return Streaming(threads=threads).run(named, batch, ctx or context())


def test_the_order_is_the_input_s_whoever_is_first():
    calls = Solve(sleep_s=0.004), step(do=slowly), step(scope="task", do=halve), step(do=slowly)
    named = [(f"x.{i}", each) for i, each in enumerate(calls)]
    plain = Inline().run(named, tasks(20), context())
    for threads in (1, 3, 64):
        harvest = Streaming(threads=threads).run(named, tasks(20), context())
        assert ids(harvest.batch) == ids(plain.batch)
        assert harvest.drops == plain.drops
        assert [(p.operator, p.into, p.out) for p in harvest.funnel] == [
            (p.operator, p.into, p.out) for p in plain.funnel
        ]


def slowly(batch: Batch, ctx: Context) -> Batch:
    time.sleep(random.random() * 0.001)
    return batch


def halve(batch: Batch, ctx: Context) -> Batch:
    for e in batch[::2]:
        ctx.drop(e, "even")
    return batch[1::2]


def test_each_is_called_with_one_task_with_its_own_and_all_with_everything():
    one, task, everything, empty = step(), step(scope="task"), step(scope="all"), step(scope="all")
    run(tasks(2), Solve(n=2), one, task, everything, threads=1)
    assert one.seen == [["t0#0"], ["t0#1"], ["t1#0"], ["t1#1"]]
    assert task.seen == [["t0#0", "t0#1"], ["t1#0", "t1#1"]]
    assert everything.seen == [["t0#0", "t0#1", "t1#0", "t1#1"]]
    run([], empty)
    assert empty.seen == [[]]


def test_a_stream_is_one_call_and_a_task_without_one_is_its_own():
    stream = step(scope="stream")
    run([*tasks(4, streams=2), *tasks(1)], stream, threads=1)
    assert sorted(stream.seen) == [["t0#0"], ["t0#0", "t2#0"], ["t1#0", "t3#0"]]


def test_a_unit_does_not_wait_for_the_others():
    first = threading.Event()

    def solve(batch: Batch, ctx: Context) -> Batch:
        if batch[0].id == "t1#0":
            assert first.wait(5), "the second unit held the first one up"
        return batch

    def check(batch: Batch, ctx: Context) -> Batch:
        first.set()
        return batch

    assert len(run(tasks(2), step(solve), step(check), threads=2).batch) == 2


def test_the_calls_of_one_unit_share_idle_threads():
    together = threading.Barrier(4, timeout=5)

    def meet(batch: Batch, ctx: Context) -> Batch:
        together.wait()
        return batch

    assert len(run(tasks(1), Solve(n=4), step(do=meet), threads=4).batch) == 4


def test_threads_that_share_calls_take_each_once():
    stage = Stage(0, 0, [[]] * 4000)
    taken = list[int]()
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=lambda: taken.extend(iter(stage.take, None))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switching)
    assert sorted(taken) == list(range(4000))


def test_a_closed_crew_starts_no_thread():
    crew = Crew(4)
    crew.close()
    crew.add(lambda: pytest.fail("done after closing"))
    time.sleep(0.01)
    assert not [t for t in threading.enumerate() if t.name.startswith("crew")]


def test_only_all_is_a_barrier():
    order = list[str]()

    def say(word: str) -> Do:
        return lambda batch, _: (order.append(word), batch)[1]

    run(tasks(3), step(say("each")), step(say("all"), scope="all"))
    assert order == ["each"] * 3 + ["all"]


def test_a_reason_is_kept_and_silence_gets_one():
    def choosy(batch: Batch, ctx: Context) -> Batch:
        if batch[0].id == "t0#0":
            ctx.drop(batch[0], "dull")
        return [e for e in batch if e.id == "t2#0"]

    harvest = run(tasks(3), step(do=choosy))
    assert harvest.drops == (
        Drop(experience="t0#0", operator="x.Step0", reason="dull"),
        Drop(experience="t1#0", operator="x.Step0", reason="left out by x.Step0"),
    )


def test_who_solves_a_task_drops_nothing():
    renumbered = [replace(e, sample=1) for e in tasks(2)]
    harvest = run(renumbered, Solve(n=4))
    assert ids(harvest.batch)[:4] == ["t0#4", "t0#5", "t0#6", "t0#7"]
    assert harvest.drops == ()


def test_a_task_that_gets_no_solution_is_left_out():
    mute = step(writes={"solution"}, do=lambda batch, _: [e for e in batch if e.task.id != "t1"])
    assert [d.experience for d in run(tasks(3), mute).drops] == ["t1#0"]


def test_tasks_that_become_others_are_not_left_out():
    def evolve(batch: Batch, ctx: Context) -> Batch:
        return [replace(e, task=replace(e.task, id=e.task.id + "'")) for e in batch]

    assert run(tasks(3), step(scope="all", writes={"task"}, do=evolve)).drops == ()
    lost = run(tasks(3), step(writes={"task"}, do=lambda _b, _c: []))
    assert len(lost.drops) == 3


def test_equal_ids_are_counted():
    twice = [*tasks(1), *tasks(1)]
    assert len(run(twice, step(scope="all", do=lambda batch, _: batch[:1])).drops) == 1


def test_the_funnel_counts():
    into_out = [(p.into, p.out) for p in run(tasks(5), Solve(n=2), step(scope="task", do=halve)).funnel]
    assert into_out == [(5, 10), (10, 5)]


def test_an_error_stops_the_phase_and_comes_out():
    begun = list[str]()

    def fail(batch: Batch, ctx: Context) -> Batch:
        begun.append(batch[0].id)
        if batch[0].id == "t3#0":
            raise UsageError("a bad thing")
        time.sleep(0.002)
        return batch

    with pytest.raises(UsageError, match="a bad thing"):
        run(tasks(500), step(do=fail), threads=4)
    assert len(begun) < 50
    assert not [t for t in threading.enumerate() if t.name.startswith("crew") and t.is_alive()]


def test_an_interrupt_does_not_wait_for_an_answer():
    forever = threading.Event()

    class Interrupting(MemoryStore):
        def event(self, kind: str, /, **data: Any) -> None:
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(tasks(2), step(do=lambda b, _: (forever.wait(20), b)[1]), ctx=replace(context(), store=Interrupting()))
    assert time.monotonic() - began < 2
    forever.set()


def test_an_executor_inside_an_operator_does_not_deadlock():
    def nested(batch: Batch, ctx: Context) -> Batch:
        return Streaming(threads=2).run([("inner.Solve", Solve(n=2))], batch, ctx).batch

    assert len(run(tasks(10), step(do=nested, writes={"solution"}), threads=2).batch) == 20


def test_progress_is_told():
    store = MemoryStore()
    run(tasks(30), Solve(n=2, sleep_s=0.02), threads=2, ctx=replace(context(), store=store, operator=""))
    told = [data for kind, data in store.events if kind == "progress"]
    assert told[-1] == {"phase": "x", "done": 30, "total": 30, "samples": 60, "kept": 60}
    assert 1 < len(told) < 20
    assert [t["done"] for t in told] == sorted(t["done"] for t in told)


def test_an_operator_that_returns_nothing_is_named():
    with pytest.raises(UsageError, match=r"x\.Step0 gave a NoneType"):
        run(tasks(1), step(do=lambda _b, _c: None))


@pytest.mark.parametrize("threads", [0, 513])
def test_the_number_of_threads_has_bounds(threads: int):
    with pytest.raises(UsageError, match="give 1 to 512"):
        Streaming(threads=threads)
