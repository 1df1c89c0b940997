"""A run as people ask for it, and the value that it becomes before anything is opened."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from lamarck import operators, recipes
from lamarck.api.method import method_of, playable
from lamarck.api.remembering import LEARNER, NGRAMS
from lamarck.api.results import of_run
from lamarck.api.watching import SHIPPED
from lamarck.api.worlds import kept, world_of
from lamarck.core import Environment, Method, Recipe, describe, unknown
from lamarck.data import examples, texts
from lamarck.data import feedback as people
from lamarck.memory.address import address
from lamarck.models.budget import limits_of
from lamarck.store import RunInfo, fresh, named

P = ParamSpec("P")
T = TypeVar("T")
STOPS = operators.PHASES[1:]
"""Where a run may be told to stop."""
Listener = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run shall be: nothing is opened, made or paid for yet."""

    path: Path
    """The run folder, which need not be there."""
    info: RunInfo
    recipe: Recipe
    method: Method
    """The recipe with its options, ablations, changes and objective."""
    world: Environment
    listener: Listener | None = None


def asked(
    recipe: str | Recipe,
    *,
    learner: str = "pupil",
    environment: str | Environment = "",
    tasks: str | Path = "",
    check: str = "",
    columns: Mapping[str, str] | None = None,
    skip_bad: bool = False,
    documents: str | Path = "",
    passages: str = "",
    seed: int = 0,
    out: str | Path | None = None,
    rounds: int | None = None,
    gate: str = "guard",
    alpha: float = 0.05,
    gate_every: int = 1,
    roles: Mapping[str, str] | None = None,
    objective: Mapping[str, str | int | float | bool | None] | None = None,
    seed_data: str | Path | None = None,
    feedback: str | Path | None = None,
    held_out: Iterable[str | Path] = (),
    monitors: str = "warn",
    probes: Iterable[str | Path] = (),
    memory: str = "",
    embedder: str = NGRAMS,
    frontier: str = "",
    until: str = "",
    ablate: Iterable[str] = (),
    sets: Mapping[str, Any] | None = None,
    tasks_limit: int | None = None,
    samples: int | None = None,
    workers: int | None = None,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
    budget: str | Mapping[str, float] | None = None,
    unsafe_sandbox: bool = False,
    listener: Listener | None = None,
    **options: Any,
) -> Asked:
    """The question that these arguments of :func:`lamarck.run` make. Raises: UsageError, RecipeError."""
    found = recipe if isinstance(recipe, Recipe) else recipes.load(recipe)
    world = world_of(
        environment, tasks, check=check, columns=columns, skip_bad=skip_bad, documents=documents, passages=passages
    )
    if rounds is not None and "rounds" in found.options:
        options["rounds"] = rounds
    wanted = RunInfo(
        recipe=found.name,
        recipe_file=_file(recipe),
        options=options,
        sets={**(sets or {}), **({"rounds": rounds} if rounds is not None and "rounds" not in found.options else {})},
        ablate=tuple(ablate),
        learner=_pinned(learner),
        roles={role: _pinned(name) for role, name in playable(roles or {}).items()},
        environment=world.name,
        environment_file=_file(environment),
        seed=seed,
        gate=gate,
        alpha=alpha,
        gate_every=gate_every,
        objective=dict(objective or {}),
        seed_data=examples.marked(Path(seed_data)) if seed_data else "",
        feedback=people.read(str(feedback)).mark if feedback else "",
        monitors=monitors,
        probes=tuple(str(file) if str(file) == SHIPPED else texts.marked(Path(file)) for file in probes),
        held_out=tuple(texts.marked(Path(file)) for file in held_out),
        memory=str(address(memory)) if memory else "",
        embedder=embedder if embedder in (NGRAMS, LEARNER) else _pinned(embedder),
        frontier=frontier,
        until=_phase(until),
        tasks_limit=tasks_limit,
        samples=samples,
        workers=workers or os.cpu_count() or 1,
        providers=dict(providers or {}),
        budget=limits_of(budget),
        unsafe_sandbox=unsafe_sandbox,
        **kept(world, check, columns, skip_bad, passages),
    )
    method, path = method_of(found, wanted), _place(out, f"{found.name}-{world.name}")
    info = replace(wanted, resolved=describe(method))
    return Asked(path=path, info=info, recipe=found, method=method, world=world, listener=listener)


def _phase(name: str) -> str:
    if name and name not in STOPS:
        raise unknown("phase", name, STOPS, f"they run in this order: {', '.join(STOPS)}")
    return name


def _place(out: str | Path | None, name: str) -> Path:
    """The run folder: a new one of this name where none is asked for; a bare word is one of the runs."""
    if out is None:
        return fresh(name)
    return Path(out) if "/" in str(out) else named(str(out))


def _of(ask: Callable[P, Asked]) -> Callable[[Callable[[Asked], T]], Callable[P, T]]:
    """Makes functions of an `Asked` that take the arguments it is made of."""

    def taking(answer: Callable[[Asked], T]) -> Callable[P, T]:
        @wraps(answer)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            return answer(ask(*args, **kwargs))

        shown = inspect.signature(ask)
        call.__signature__ = shown.replace(return_annotation=inspect.signature(answer).return_annotation)  # type: ignore[attr-defined]
        return call

    return taking


def question(answer: Callable[[Asked], T]):
    """Decorates a function of an `Asked`: it then takes the arguments of :func:`asked`."""
    return _of(asked)(answer)


def _pinned(name: str) -> str:
    """``RUN:champion`` as ``RUN:<hash>``, so that going on later means the same learner."""
    learner = of_run(name)
    return f"{name.rpartition(':')[0]}:{learner.hash}" if learner else name


def _file(name: object) -> str:
    return str(Path(name).resolve()) if isinstance(name, str) and name.endswith(".py") else ""
