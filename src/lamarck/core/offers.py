"""What an environment may offer beside what every one has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Protocol, TypeGuard, TypeVar

from lamarck.core.protocols import Environment
from lamarck.core.types import Experience, Feedback, Objective, Solution, Task

T = TypeVar("T")


def offers(environment: object, what: type[T]) -> TypeGuard[T]:
    """Whether an environment has all methods of such a protocol, its own or those of one that it wraps.

    From Python 3.12 on ``isinstance`` does not see what a wrapper passes on.
    """
    return all(hasattr(environment, name) for name in _methods(what))


@cache
def _methods(what: type) -> tuple[str, ...]:
    return tuple(name for name, value in vars(what).items() if callable(value) and not name.startswith("_"))


class Reading(Environment, Protocol):
    """An environment that reads final answers: what votes count and memories hold."""

    def answer(self, task: Task, solution: Solution, /) -> str | None:
        """The solution's final answer, None where none can be read. Looks at no label."""
        ...


class Inventing(Environment, Protocol):
    """An environment whose tasks a model can invent."""

    def brief(self, objective: Objective, seed: int, /) -> Mapping[str, str]:
        """Prompt fields that say what is wanted under an objective."""
        ...

    def invented(self, text: str, objective: Objective, /) -> Task | None:
        """The practice task that a model's text states, None where it states none or a held-out one."""
        ...


class Stating(Environment, Protocol):
    """An environment whose tasks have a short form that a model writes when it invents them."""

    def stated(self, task: Task, solution: Solution, /) -> str:
        """The text that ``invented`` reads as this task, by what task and solution say; looks at no label."""
        ...


class Executing(Environment, Protocol):
    """An environment that runs programs of models in the sandbox."""

    def shown(self, task: Task, /) -> Sequence[str]:
        """The tests that a task shows, statements such as ``assert f(1) == 2``; none where it shows none."""
        ...

    def tested(self, task: Task, solution: Solution, tests: Sequence[str], /) -> Feedback:
        """What becomes of a solution's program on these tests alone, all of which may be quoted; no verdict where the
        sandbox failed or the tests cannot be run. Raises: UsageError where this machine cannot isolate."""
        ...


class Masking(Environment, Protocol):
    """An environment that turns its own tasks round."""

    def masked(self, task: Task, answer: str, /) -> Sequence[Task]:
        """For each value that a task gives, a practice task that gives the answer and asks for that value, its
        reference; none for a task that cannot be turned round."""
        ...


class Labelling(Environment, Protocol):
    """An environment whose labelled examples follow an objective."""

    def labelled(self, n: int, seed: int, objective: Objective, /) -> Sequence[Experience]:
        """n examples as ``examples`` gives them, of the objective's kind."""
        ...


class Documented(Environment, Protocol):
    """An environment with texts that nobody has asked a question about, such as a user's documents."""

    def documents(self, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n of them that may be learned from, all of a fixed set where n is None, each a task whose words it is."""
        ...
