"""Programs on tests that may be seen: the task's examples, or tests that a model wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import (
    Batch,
    Context,
    Environment,
    Executing,
    Experience,
    Feedback,
    Names,
    Prompt,
    Sampling,
    Scope,
    Task,
    UsageError,
    by_task,
    offers,
)
from lamarck.operators.asserting import asserts, calls, idle

SOURCE = "tests"
MOST = 20
"""Tests of one task."""


@dataclass(frozen=True, kw_only=True)
class UnitTests:
    """Run each solution's program in the sandbox on the tests that its task shows, or on a model's own.

    In: experiences with a solution; with own tests all of one task, for which they are written once. Out: the same
    ones with feedback: passed where every test holds, the score the share of them, and no verdict where there is no
    test, or the sandbox itself failed. An own test that a program passes which does nothing says nothing and is left
    out. Hidden tests are never run here; they are ``feedback.Verifier``'s.
    Raises: UsageError where the environment runs no programs, or this machine has no safe place for them.
    Source: own tests Code Llama (arXiv:2308.12950), section 2.5; a failed test in words Self-Debug (arXiv:2304.05128).
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}

    of: Literal["examples", "own"] = "examples"
    """"examples": the tests that the task shows; "own": tests that ``role`` writes from the task's words alone."""
    show: Literal["verdict", "message"] = "verdict"
    """What the feedback's text says: right or wrong, or the first test that fails with what came of it."""
    prompt: str = "code_llama/tests"
    """For own tests; its fields: the task's own, and "task" (its words). Statements ``assert ...`` are read."""
    role: str = "learner"
    """Who writes own tests."""
    idle: bool = True
    """Leave out own tests that a program passes which does nothing."""
    temperature: float = 0.2
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        """Own tests are of a task, so all of its solutions come at once; the executor asks the instance."""
        if self.of == "own":
            object.__setattr__(self, "scope", "task")

    def suits(self, world: Environment) -> Executing:
        """The world as one of programs. Raises: UsageError where it is none; a run asks before it begins."""
        if not offers(world, Executing):
            raise UsageError(
                f"UnitTests runs programs, and {world.name} has none; take an environment of code, such as "
                "--environment functions, or a file of problems: --tasks FILE --check code"
            )
        return world

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: each with its verdict."""
        out: Batch = []
        for group in by_task(batch):
            tests = self._tests(group[0].task, ctx)
            out += [replace(e, feedback=self._told(e, tests, ctx)) for e in group]
        return out

    def _tests(self, task: Task, ctx: Context) -> Sequence[str]:
        world = self.suits(ctx.environment)
        if self.of == "examples":
            return world.shown(task)
        asked = Prompt(name=self.prompt, fields={**task.fields, "task": task.messages[-1].text})
        sampling = Sampling(temperature=self.temperature, max_tokens=self.max_tokens)
        ((reply,),) = ctx.generate([asked], [task.id], role=self.role, sampling=sampling)
        written = asserts(reply.text)[:MOST]
        if not self.idle:
            return written
        nothing = idle(written)
        return [one for one in written if calls(one) and not world.tested(task, nothing, [one]).passed]

    def _told(self, e: Experience, tests: Sequence[str], ctx: Context) -> Feedback:
        world = ctx.environment
        if e.solution is None or not offers(world, Executing):
            return Feedback(passed=False, score=0.0, text="no solution", source=SOURCE)
        if not tests:
            why = "the task shows no test" if self.of == "examples" else "no test was written that says something"
            return Feedback(text=f"no verdict: {why}", source=SOURCE)
        found = world.tested(e.task, e.solution, tests)
        text = found.text if self.show == "message" or found.passed is None else "right" if found.passed else "wrong"
        return replace(found, text=text, source=SOURCE, details={**found.details, "tests": "\n".join(tests)})
