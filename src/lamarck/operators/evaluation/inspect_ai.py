"""The tasks of inspect_ai, asked of a learner. Imported only here, and only when it is used."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from threading import Lock
from typing import Any, cast

from lamarck.core import (
    CapabilityError,
    Context,
    Learner,
    Message,
    MissingExtra,
    Sampling,
    Score,
    Scorecard,
    Solution,
    Task,
    UsageError,
)
from lamarck.operators.held_out import answers

KIND = "inspect"
"""Of its prompts: ``task/inspect``."""


@dataclass(frozen=True, kw_only=True)
class InspectAi:
    """Scores of an inspect_ai task by its own scorers, one value an item.

    What the task's solvers ask goes to the learner, in its own way of answering where it has one; at temperature 0
    unless the task says another. A letter counts as inspect reads it (C 1, P 0.5, I 0), a sample that was asked
    several times its mean. A task's file runs with your rights. Raises: MissingExtra; UsageError for a task there is
    not or that failed; CapabilityError for one that hands the model tools or pictures.
    """

    task: str
    """``FILE.py``, ``FILE.py@task``, or a registered name, ``package/task``."""
    limit: int | None = None
    """Items at most."""

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        """Out: a score a task; a file without a name may hold several."""
        library, model, scorer = _library()
        path = Path(self.task.partition("@")[0])
        if path.suffix == ".py" and not path.is_file():
            raise UsageError(f"no such file: {path}; give FILE.py, FILE.py@task, or a registered name: package/task")
        asked = Asked(learner=learner, ctx=ctx, model=model)
        with tempfile.TemporaryDirectory() as folder:  # samples are read from the logs there when they are asked for
            logs = _run(library, self.task, asked, limit=self.limit, log_dir=folder)
            if not logs:
                raise UsageError(f"inspect:{self.task} names no task; give FILE.py@task, or package/task")
            scores = [_score(self._sound(log, asked), scorer.value_to_float()) for log in logs]
        return Scorecard(learner=learner.hash, scores=tuple(scores), metric=next(iter(scores[0].metrics)))

    def _sound(self, log: Any, asked: Asked) -> Any:
        """The log. Raises: what the learner's model raised, or UsageError with inspect's word on it."""
        if log.status == "success":
            return log
        said = log.error.message.splitlines()[0] if log.error else log.status
        raise asked.faults[0] if asked.faults else UsageError(f"inspect:{self.task} failed: {said}")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A learner as inspect asks it. Safe from many threads."""

    learner: Learner
    ctx: Context
    model: Any
    """inspect's module of models."""
    faults: list[Exception] = field(default_factory=list[Exception])
    """What went wrong, since inspect keeps only words."""
    met: Counter[str] = field(default_factory=Counter[str])
    """How often each conversation was put."""
    lock: Lock = field(default_factory=Lock)

    async def generate(self, messages: Sequence[Any], tools: Sequence[Any], config: Any) -> Any:
        """One answer as inspect takes it."""
        try:
            if tools:
                raise CapabilityError("this inspect task hands the model tools; take one that asks for text")
            solution = await asyncio.to_thread(self._answer, [_message(each) for each in messages], config)
        except Exception as fault:
            self.faults.append(fault)
            raise
        stop = "max_tokens" if solution.stop == "length" else "stop"
        return self.model.ModelOutput.from_content(self.learner.model.name, solution.text, stop)

    def _answer(self, messages: Sequence[Message], config: Any) -> Solution:
        said = "\x1e".join(f"{message.role}\x1f{message.text}" for message in messages)
        with self.lock:
            self.met[said] += 1
            task = Task(id=f"{said} {self.met[said]}", kind=KIND, messages=tuple(messages), split="selection")
        temperature = config.temperature or 0.0
        if self.learner.answer is not None:
            ((found,),) = answers([task], self.learner, self.ctx, 1, temperature)
            return found or Solution(messages=(), stop="empty")
        sampling = Sampling(
            temperature=temperature,
            top_p=config.top_p,
            top_k=config.top_k,
            max_tokens=config.max_tokens,
            stop=tuple(config.stop_seqs or ()),
        )
        ((found,),) = self.ctx.generate([task.prompt], [task.id], role=self.learner, sampling=sampling)
        return found


def _library() -> tuple[Any, Any, Any]:
    try:
        import inspect_ai  # pyright: ignore[reportMissingImports]
        import inspect_ai.model as model  # pyright: ignore[reportMissingImports]
        import inspect_ai.scorer as scorer  # pyright: ignore[reportMissingImports]
    except ImportError as fault:
        raise MissingExtra("inspect:...", "eval") from fault
    return cast("Any", inspect_ai), cast("Any", model), cast("Any", scorer)


def _run(library: Any, task: str, asked: Asked, **options: Any) -> list[Any]:
    """The logs of the tasks. Raises: UsageError for what inspect cannot begin with."""

    async def generate(_self: Any, input: Any, tools: Any, tool_choice: Any, config: Any) -> Any:
        return await asked.generate(input, tools, config)

    kind = type("LamarckLearner", (asked.model.ModelAPI,), {"generate": generate})
    made: Any = asked.model.modelapi(name="lamarck")(kind)
    model = asked.model.Model(made(asked.learner.model.name), asked.model.GenerateConfig())
    try:
        return library.eval(task, model=model, display="none", log_level="error", log_samples=True, **options)
    except Exception as fault:
        if type(fault).__name__ != "PrerequisiteError":
            raise
        raise UsageError(f"inspect:{task}: {getattr(fault, 'message', fault)}") from fault


def _message(given: Any) -> Message:
    if not isinstance(given.content, str) and any(part.type not in ("text", "reasoning") for part in given.content):
        raise CapabilityError("this inspect task shows the model more than text; take one that asks in words")
    return Message(role=given.role, text=given.text)


def _score(log: Any, number: Any) -> Score:
    """The values of a task's items, from 0 to 1. Raises: UsageError where there are none."""
    found = dict[str, dict[str, list[float]]]()
    for sample in log.samples or ():
        given: dict[str, Any] = sample.scores or {}
        for scorer, score in given.items():
            for name, value in _values(scorer, score.value, number):
                found.setdefault(name, {}).setdefault(str(sample.id), []).append(value)
    items = list(dict.fromkeys(str(sample.id) for sample in log.samples or ()))
    metrics = {
        name: tuple(fmean(values[item]) for item in items)
        for name, values in found.items()
        if values.keys() == set(items) and all(0 <= v <= 1 for each in values.values() for v in each)
    }
    if not metrics:
        raise UsageError(f"inspect:{log.eval.task} gives no value from 0 to 1 for each item, so it is no scorecard")
    task = str(log.eval.task)
    return Score(ability=task, metrics=metrics, items=tuple(f"{task}/{item}" for item in items), split="selection")


def _values(scorer: str, value: Any, number: Any) -> list[tuple[str, float]]:
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, Any]", value)
        return [(f"{scorer}, {name}", float(number(each))) for name, each in parts.items()]
    return [] if isinstance(value, list) else [(scorer, float(number(value)))]
