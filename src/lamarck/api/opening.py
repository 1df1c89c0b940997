"""A learner at work in somebody's own program: it answers there, and what became of it is written down."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from lamarck.api.conversations import Turns, named, turns
from lamarck.api.machine import machine
from lamarck.api.results import Run, of_run
from lamarck.api.worlds import Elsewhere, walled, world_of
from lamarck.core import (
    Context,
    Environment,
    Experience,
    LamarckError,
    Learner,
    Objective,
    Sampling,
    Solution,
    Task,
    UsageError,
)
from lamarck.data import feedback as people
from lamarck.data.appending import appended
from lamarck.data.rows import LONGEST
from lamarck.data.strict import write
from lamarck.models import PROVIDERS
from lamarck.store import find
from lamarck.store.nowhere import Nowhere
from lamarck.trust.credit import recalled

OBSERVED = "observed.jsonl"
"""Where observations go unless told."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a learner said; as text it is its last turn."""

    solution: Solution
    """All that was said and done, with tokens and how it ended."""
    recalled: tuple[str, ...] = ()
    """Sources of the entries of memory that stood in the prompt."""

    @property
    def text(self) -> str:
        """The last turn."""
        return self.solution.text

    def __str__(self) -> str:
        return self.text


class Live:
    """A learner with its weights, memory, prompt and way of answering, from :func:`lamarck.open`.

    It is what its run left and learns nothing while it is open: what is observed is for the next run, whose gate
    decides. Any number of threads may ask it. A context manager; ``close`` ends its processes and calls.
    """

    def __init__(self, learner: Learner, ctx: Context, observed: Path, opened: ExitStack) -> None:
        self.learner = learner
        self._ctx, self._observed, self._opened = ctx, observed, opened
        self._lock, self._is_closed = threading.Lock(), False

    def answer(self, messages: Turns | Task, *, stream: str = "", temperature: float = 0.0) -> Answer:
        """Answer as the learner does.

        In: a question as text, a conversation that ends with a user's turn (``{"role": ..., "content": ...}``), or a
        task of the environment that the learner was opened in; whose dialogue it is; how to draw where the learner has
        no way of answering of its own. The same question gets the same answer where the model's seeds hold. Out: the
        answer. Raises: UsageError for what is no conversation, or a closed learner; PausedRun where nobody answers.
        """
        if self._is_closed:
            raise UsageError("the learner is closed; answer within its block: with lamarck.open(...) as learner")
        task = replace(messages, reference=None) if isinstance(messages, Task) else _asked(turns(messages), stream)
        if self.learner.answer is None:
            sampling = Sampling(temperature=temperature)
            ((solution,),) = self._ctx.generate([task.prompt], [task.id], sampling=sampling)
            return Answer(solution=solution)
        found = self.learner.answer([Experience(task=task)], self._ctx.within(self._ctx.operator))
        best = next((one for one in found if one.solution), None)
        if best is None or best.solution is None:
            way = type(self.learner.answer).__name__
            raise LamarckError(
                f"the learner's way of answering ({way}) gave no answer to: {task.messages[-1].text[:80]!r}"
            )
        return Answer(solution=best.solution, recalled=tuple(recalled(best)))

    def observe(
        self,
        messages: Turns,
        *,
        good: bool | str,
        answer: str | Answer = "",
        note: str = "",
        stream: str = "",
        source: str = "person",
    ) -> None:
        """Write down what became of an answer; it is on the disk when this returns.

        In: the conversation, with the answer as its last turn or as ``answer``; whether it was good, or the answer
        that it should have been; why, in words; whose dialogue it was; whose word this is. Secrets of known forms are
        taken out. ``lamarck run --feedback FILE`` learns from the file. Raises: UsageError for what says nothing, and
        where the file cannot be written.
        """
        said: list[dict[str, str]] = [{"role": turn.role, "content": turn.text} for turn in turns(messages, ends=None)]
        if str(answer):
            said.append({"role": "assistant", "content": str(answer)})
        if said[-1]["role"] != "assistant":
            raise UsageError(
                "observe: the last turn is no answer; end messages with the assistant's, or give answer=..."
            )
        row = {"messages": said, **_verdict(good), "note": note, "stream": stream, "source": source}
        line = write(people.said_in(row)[0].row())
        if len(line) > LONGEST:
            raise UsageError(
                f"observe: a conversation of {len(line):,} bytes is too long; at most {LONGEST:,} are read"
            )
        appended(self._observed, line)

    def close(self) -> None:
        """End its processes and calls; answers under way are finished. A second call does nothing."""
        with self._lock:
            self._is_closed = True
            self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open(
    learner: str,
    *,
    environment: str | Environment = "",
    observed: str | Path = OBSERVED,
    seed: int = 0,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
    workers: int | None = None,
) -> Live:
    """Open a learner for a program of your own.

    In: ``RUN`` (its champion), ``RUN:champion``, ``RUN:<hash>``, or ``provider/name``; the environment, where tasks of
    it are to be answered; the file that :meth:`Live.observe` adds to; ``providers`` as in :func:`lamarck.run`, where
    what the run was told still holds. Out: the learner, ready to answer. Raises: UsageError for a run, a learner or a
    model there is not.
    """
    name = named(learner, PROVIDERS)
    path = Path(observed)
    if path.suffix != ".jsonl":
        raise UsageError(f"{path}: observations are JSON lines; name a file that ends in .jsonl")
    world: Environment = world_of(environment) if environment else Elsewhere(name="live")
    with ExitStack() as opening:
        scored = of_run(name)
        run = find(name.rpartition(":")[0]) if scored else None
        said = {**(Run(run).info.providers if run else {}), **(providers or {})}
        at = opening.enter_context(machine(world, workers, providers=said))
        found = scored or at.models.learner(name)
        at.models.open(found)  # what is missing is missed here and not at the first answer
        opening.enter_context(walled(world, unsafe=False))
        ctx = at.scoring(
            world,
            {"learner": found},
            objective=Objective(ability=world.ability),
            memory=str(run) if run and found.memory else "",
            seed=seed,
            store=Nowhere(),
            labels="none",
        )
        return Live(found, ctx.stage(0, "learner").within("answer"), path, opening.pop_all())


def _verdict(good: object) -> Mapping[str, object]:
    """What was said of an answer, as a column of the feedback."""
    match good:
        case bool():
            return {"rating": good}
        case str():
            return {"edited": good}
        case _:
            raise UsageError(f"observe: good is {good!r}; give True, False, or the answer that it should have been")


def _asked(said: Sequence[Any], stream: str) -> Task:
    """A conversation as a task of nobody's, its id by content."""
    content = "\x1f".join([stream, *(f"{turn.role}\x1e{turn.text}" for turn in said)])
    name = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Task(
        id=f"live/{name}",
        kind="instruction",
        messages=tuple(said),
        fields={"line": said[-1].text},
        stream=stream,
        source="live",
    )
