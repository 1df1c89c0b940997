"""The environment that is asked for: by name, by file, as an object, or made of the user's own tasks."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from lamarck import environments
from lamarck.core import Environment, Experience, Feedback, Objective, Solution, Split, Store, Task, UsageError
from lamarck.store import RunInfo


@runtime_checkable
class Own(Protocol):
    """An environment made of a user's tasks."""

    @property
    def mark(self) -> str:
        """The source and the digest of its content: what a run keeps."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of its rows."""
        ...

    def settle(self) -> None:
        """Raises: UsageError where the user's check failed on every solution."""
        ...


@runtime_checkable
class Boxed(Protocol):
    """An environment that runs programs which models wrote."""

    def isolate(self, *, unsafe: bool) -> Mapping[str, Any]:
        """What isolates them, as plain data. Raises: UsageError where nothing does and ``unsafe`` is not set."""
        ...

    def close(self) -> None:
        """End what it holds."""
        ...


def world_of(
    environment: str | Environment,
    tasks: str | Path = "",
    *,
    check: str = "",
    columns: Mapping[str, str] | None = None,
    skip_bad: bool = False,
) -> Environment:
    """The environment. Raises: UsageError where there is none or two, or the tasks are not what they should be."""
    if bool(environment) == bool(tasks):
        said = "both an environment and tasks are given" if tasks else "which environment?"
        raise UsageError(f"{said}; type: --environment game24, or: --tasks FILE --check numeric; lamarck environments")
    if tasks:
        return environments.from_tasks(str(tasks), check=check, columns=columns, skip_bad=skip_bad)
    if check or columns or skip_bad:
        raise UsageError("--check, --columns and --skip-bad are of --tasks; an environment has its own rules")
    return environments.load(environment) if isinstance(environment, str) else environment


def again(info: RunInfo) -> Environment:
    """The environment that a run was asked for with. Raises: UsageError where its file was changed."""
    if info.tasks:
        return world_of("", info.tasks, check=info.checked_by, columns=info.columns, skip_bad=info.skip_bad)
    return world_of(info.environment_file or info.environment)


def kept(world: Environment, check: str, columns: Mapping[str, str] | None, skip_bad: bool) -> dict[str, Any]:
    """The fields of a run's page that find its tasks again."""
    if not isinstance(world, Own):
        return {}
    trusted = "trusted:" if check.startswith("trusted:") else ""
    file, colon, function = check.removeprefix(trusted).rpartition(":")
    whole = f"{trusted}{Path(file).resolve()}{colon}{function}" if file.endswith(".py") else check
    return {"tasks": world.mark, "checked_by": whole, "columns": dict(columns or {}), "skip_bad": skip_bad}


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Stands for an environment where another program brings tasks and checks; it has none."""

    name: str

    @property
    def ability(self) -> str:
        """What the other program calls its task."""
        return self.name

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """None."""
        return ()

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """No verdict."""
        return Feedback(text=f"{self.name} checks by itself")

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """None."""
        return ()

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """None."""
        return {}

    def key(self, task: Task, /) -> str:
        """The task's id."""
        return task.id


@contextmanager
def walled(world: Environment, *, unsafe: bool) -> Generator[Mapping[str, Any]]:
    """The time in which an environment may run programs. Out: what isolates them, {} where it runs none.

    Raises: UsageError where nothing safe enough does.
    """
    if not isinstance(world, Boxed):
        yield {}
        return
    try:
        yield world.isolate(unsafe=unsafe)
    finally:
        world.close()


@contextmanager
def met(world: Environment, store: Store) -> Generator[None]:
    """The time in which tasks of a user are met: what became of the rows is told first, how the check did after."""
    if isinstance(world, Own):
        store.event("tasks", **world.counts)
    yield
    if isinstance(world, Own):
        world.settle()
