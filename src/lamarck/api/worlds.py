"""The environment that is asked for: by name, by file, as an object, or made of the user's own tasks or documents."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from lamarck import environments
from lamarck.core import Environment, Experience, Feedback, Objective, Solution, Split, Store, Task, UsageError
from lamarck.data.documents.corpus import Corpus
from lamarck.environments.documents import Documents
from lamarck.store import RunInfo

WHICH = "type: --environment game24, or: --tasks FILE --check numeric, or: --documents FOLDER; lamarck environments"


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
class Papered(Protocol):
    """An environment with documents of a user."""

    @property
    def corpus(self) -> Corpus:
        """What they hold, and what became of the rest."""
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
    documents: str | Path = "",
    passages: str = "",
) -> Environment:
    """The environment, with the documents in it or, without any other, of these alone.

    Raises: UsageError where there is none or two, or tasks or documents are not what they should be.
    """
    if passages and not documents:
        raise UsageError("--passages is of --documents; type: --documents FOLDER")
    if environment and tasks:
        raise UsageError(f"both an environment and tasks are given; {WHICH}")
    if not (environment or tasks or documents):
        raise UsageError(f"which environment? {WHICH}")
    if not tasks and (check or columns or (skip_bad and not documents)):
        raise UsageError("--check, --columns and --skip-bad are of --tasks; an environment has its own rules")
    world: Environment | None = None
    if tasks:
        world = environments.from_tasks(str(tasks), check=check, columns=columns, skip_bad=skip_bad)
    elif environment:
        world = environments.load(environment) if isinstance(environment, str) else environment
    if documents:
        return environments.from_documents(str(documents), passages=passages, skip_bad=skip_bad, beside=world)
    assert world is not None
    return world


def again(info: RunInfo) -> Environment:
    """The environment that a run was asked for with. Raises: UsageError where its files were changed."""
    name = "" if info.tasks or info.alone else info.environment_file or info.environment
    return world_of(
        name,
        info.tasks,
        check=info.checked_by,
        columns=info.columns,
        skip_bad=info.skip_bad,
        documents=info.documents,
        passages=info.passages,
    )


def kept(
    world: Environment, check: str, columns: Mapping[str, str] | None, skip_bad: bool, passages: str = ""
) -> dict[str, Any]:
    """The fields of a run's page that find its tasks and documents again."""
    found = dict[str, Any]()
    if isinstance(world, Papered):
        alone = isinstance(world, Documents)
        found = {"documents": world.corpus.mark, "passages": passages, "skip_bad": skip_bad, "alone": alone}
    if not isinstance(world, Own):
        return found
    trusted = "trusted:" if check.startswith("trusted:") else ""
    file, colon, function = check.removeprefix(trusted).rpartition(":")
    whole = f"{trusted}{Path(file).resolve()}{colon}{function}" if file.endswith(".py") else check
    own = {"tasks": world.mark, "checked_by": whole, "columns": dict(columns or {}), "skip_bad": skip_bad}
    return {**found, **own}


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
    if isinstance(world, Papered):
        store.event("documents", **world.corpus.account)
    yield
    if isinstance(world, Own):
        world.settle()
