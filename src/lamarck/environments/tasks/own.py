"""A user's own check: `FILE.py:function` or `package.function`, in the shapes in which people have them.

    def check(answer, reference): return answer == reference              # text in, a verdict or a score out
    def check(task, solution): ...                                       # Lamarck's own values
    def reward(completions, answer, **columns): return [1.0, ...]         # TRL: lists, a column a keyword
    async def reward(prompt, completion, answer, state): return 1.0      # verifiers: turns
    def evaluate(program_path): return {"combined_score": 1.0}           # OpenEvolve: a file; runs in the sandbox

It runs in this process with your rights, but for OpenEvolve's shape, which executes what the model wrote: it and the
program share a process of the sandbox, so the program can write its own score. Such verdicts measure but do not teach,
unless the name begins with ``trusted:``.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import pkgutil
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any, Literal, cast

from lamarck.core import Feedback, Solution, Task, UsageError, unknown
from lamarck.data.own import run_file
from lamarck.environments.code.box import Box
from lamarck.environments.code.evaluator import evaluated
from lamarck.environments.tasks.item import Item
from lamarck.environments.tasks.reading import CHECKS

Shape = Literal["text", "values", "trl", "verifiers", "openevolve"]
SOURCE = "own check"
TRUSTED = "trusted:"
"""Before a name: its self-graded verdicts may teach."""
PATIENCE = 16
"""Calls that may fail in a row from the start; then nothing will come of it."""
RIGHT = 1.0
"""A score from which a solution passes, where the check gives a number."""


@dataclass
class Tally:
    """How many calls there were and how many failed."""

    calls: int = 0
    failed: int = 0
    first: str = ""
    """Traceback of the first failure."""
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True, kw_only=True)
class OwnCheck:
    """A user's function as a check. A call that raises gives no verdict and is counted; the run goes on."""

    name: str
    """As the user typed it."""
    function: Callable[..., Any]
    shape: Shape
    trusted: bool = False
    """Whether self-graded verdicts may teach."""
    tally: Tally = field(default_factory=Tally)
    box: Box = field(default_factory=Box)
    """Where an evaluator of programs runs, it and the program together."""

    @classmethod
    def load(cls, name: str) -> OwnCheck:
        """The check of a name. Raises: UsageError for what is not there or no function of a known shape."""
        bare = name.removeprefix(TRUSTED)
        function = _found(bare)
        return cls(name=bare, function=function, shape=shape_of(bare, function), trusted=bare != name)

    def __call__(self, item: Item, task: Task, solution: Solution) -> Feedback:
        """The function's verdict. Raises: UsageError where the first calls have all failed."""
        try:
            found = self._called(item, task, solution)
            ruling = _ruling(found)
        except Exception as error:
            self._count(failed="".join(traceback.format_exception(error)))
            self.settle(patience=PATIENCE)
            text = f"the check failed: {type(error).__name__}: {error}"
            return Feedback(passed=None, text=text[:500], source=SOURCE, details={"check failed": True})
        self._count()
        if self.shape != "openevolve":
            return ruling
        ruling = replace(ruling, details={**ruling.details, "self_graded": True, "said": ruling.passed})
        if self.trusted or task.split != "practice":
            return ruling
        said = f"self-graded, so it teaches nothing (--check {TRUSTED}... lets it): {ruling.text}"
        return replace(ruling, passed=None, score=None, text=said)

    def settle(self, patience: int = 1) -> None:
        """Nothing, or the end where at least so many calls were made and all failed. Raises: UsageError."""
        with self.tally.lock:
            if self.tally.calls >= patience and self.tally.failed == self.tally.calls:
                raise UsageError(
                    f"--check {self.name} failed on every one of {self.tally.calls} solutions; the first time:\n"
                    f"{self.tally.first.rstrip()}\nmend it and go on: lamarck resume"
                )

    def _count(self, failed: str = "") -> None:
        with self.tally.lock:
            self.tally.calls += 1
            if failed:
                self.tally.failed += 1
                self.tally.first = self.tally.first or failed

    def _called(self, item: Item, task: Task, solution: Solution) -> Any:
        label = task.reference.read() if task.reference else ""
        given = dict(item.row)
        match self.shape:
            case "values":
                return _awaited(self.function(task, solution))
            case "text":
                texts = (item.answers.read(solution.text) or "", label) if label else (solution.text,)
                return _awaited(self.function(*texts[: _positional(self.function)]))
            case "trl":
                columns = {name: [value] for name, value in given.items() if name not in ("prompt", "completion")}
                columns |= {"answer": [label]} if label and "answer" not in columns else {}
                turns = isinstance(item.row.get("prompt"), list)
                said: Any = [{"role": "assistant", "content": solution.text}] if turns else solution.text
                asked: Any = item.row["prompt"] if turns else task.messages[-1].text
                own: dict[str, Any] = {
                    "prompts": [asked],
                    "completions": [said],
                    "completion_ids": [[]],
                    "trainer_state": None,
                }
                found: Any = _awaited(self.function(**_accepted(self.function, {**columns, **own})))
                return found[0]
            case "verifiers":
                prompt = [{"role": m.role, "content": m.text} for m in task.messages]
                completion = [{"role": "assistant", "content": solution.text}]
                info: Any = given.get("info") or {}
                state: Any = {
                    "prompt": prompt,
                    "completion": completion,
                    "answer": label,
                    "info": info,
                    "task": item.group,
                }
                own: dict[str, Any] = {
                    "prompt": prompt,
                    "completion": completion,
                    "answer": label,
                    "state": state,
                    "info": info,
                }
                own |= {"task": item.group, "parser": _Parser(item)}
                return _awaited(self.function(**_accepted(self.function, {**given, **own})))
            case "openevolve":
                place = Path(self.name.rpartition(":")[0])
                return evaluated(place, self.function.__name__, solution.text, self.box.runner)


class _Parser:
    """What verifiers hands its functions to read a final answer."""

    def __init__(self, item: Item) -> None:
        self._item = item

    def parse_answer(self, completion: Any) -> str | None:
        text = completion if isinstance(completion, str) else str(completion[-1]["content"])
        return self._item.answers.read(text)

    parse = parse_answer


def shape_of(name: str, function: Callable[..., Any]) -> Shape:
    """Which shape a function has, by the names of its parameters. Raises: UsageError."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError) as error:
        raise UsageError(f"--check {name}: {error}") from error
    names = {parameter.name for parameter in parameters}
    if "program_path" in names:
        if not name.rpartition(":")[0].endswith(".py"):
            raise UsageError(f"--check {name}: an evaluator of programs must be a file, FILE.py:evaluate")
        return "openevolve"
    if "completions" in names:
        return "trl"
    if names & {"completion", "state", "parser"}:
        return "verifiers"
    if {"task", "solution"} <= names:
        return "values"
    if 1 <= _positional(function) <= 2:
        return "text"
    told = ", ".join(p.name for p in parameters) or "nothing"
    raise UsageError(
        f"--check {name} takes {told}; give it (answer, reference), (task, solution), (completions, **columns), "
        "(prompt, completion, answer, state) or (program_path)"
    )


def _found(name: str) -> Callable[..., Any]:
    path, _, attribute = name.rpartition(":")
    if path.endswith(".py"):
        found: Any = getattr(run_file(path, "check"), attribute, None)
    elif name.endswith(".py"):
        raise UsageError(f"--check {name}: name the function too: --check {name}:check")
    elif "." not in name and ":" not in name:
        raise unknown("check", name, CHECKS, "or give your own: --check FILE.py:function, --check package.function")
    else:
        try:
            found = pkgutil.resolve_name(name)
        except (ImportError, AttributeError, ValueError) as error:
            raise UsageError(f"--check {name}: {error}; give package.module.function or FILE.py:function") from error
    if not callable(found):
        raise UsageError(f"--check {name}: {attribute or name} is no function")
    return cast("Callable[..., Any]", found)


def _positional(function: Callable[..., Any]) -> int:
    """How many arguments it needs, by place."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return sum(p.kind in kinds and p.default is inspect.Parameter.empty for p in parameters)


def _accepted(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Of what there is, what the function takes."""
    parameters = inspect.signature(function).parameters
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        return dict(given)
    return {name: value for name, value in given.items() if name in parameters}


def _awaited(found: Any) -> Any:
    async def result() -> Any:
        return await cast("Awaitable[Any]", found)

    return asyncio.run(result()) if inspect.isawaitable(found) else found


def _ruling(found: Any) -> Feedback:
    """What a function returned as feedback. Raises: TypeError, ValueError for what says nothing."""
    if isinstance(found, Feedback):
        return found
    if found is None:
        return Feedback(passed=None, text="the check gave no verdict", source=SOURCE)
    metrics = getattr(found, "metrics", found)
    if isinstance(metrics, Mapping):
        scores = cast("Mapping[str, Any]", metrics)
        numbers = [float(v) for v in scores.values() if isinstance(v, int | float)]
        found = scores.get("combined_score", scores.get("score", sum(numbers) / len(numbers) if numbers else None))
    if isinstance(found, bool):
        return Feedback(passed=found, score=float(found), text="right" if found else "not right", source=SOURCE)
    score = float(found)
    if not math.isfinite(score):
        raise ValueError(f"the check returned {score}")
    return Feedback(passed=score >= RIGHT, score=score, text=f"score {score:g}", source=SOURCE)
