"""Runs and single evaluations: what is asked for becomes a context, and the loop does the rest."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from lamarck import operators, recipes
from lamarck.api.able import able
from lamarck.api.asked import gate_of, method_of
from lamarck.api.decontaminating import leaks_of
from lamarck.api.machine import machine
from lamarck.api.results import Run, of_run
from lamarck.api.sealing import unsealed
from lamarck.api.worlds import again, kept, met, walled, world_of
from lamarck.core import (
    Context,
    Environment,
    Learner,
    Method,
    Objective,
    PausedRun,
    Phase,
    Recipe,
    Scorecard,
    Split,
    describe,
    stages,
    unknown,
)
from lamarck.core import run as run_method
from lamarck.data import examples, texts
from lamarck.data.typed import of_value
from lamarck.memory import ReadOnly, Versions
from lamarck.models.budget import limits_of
from lamarck.operators import evaluation as evaluations
from lamarck.store import RunInfo, RunReader, RunStore, find, fresh, named
from lamarck.store.nowhere import Nowhere
from lamarck.trust import Open

STOPS = operators.PHASES[1:]
"""Where a run may be told to stop."""
Listener = Callable[[Mapping[str, Any]], None]
Going = Callable[[Path, RunInfo, Recipe, Method, Environment, Listener | None], Run]
"""Takes a run as it was asked for: its folder, its page, its parts."""


def run(
    recipe: str | Recipe,
    *,
    learner: str = "pupil",
    environment: str | Environment = "",
    tasks: str | Path = "",
    check: str = "",
    columns: Mapping[str, str] | None = None,
    skip_bad: bool = False,
    seed: int = 0,
    out: str | Path | None = None,
    rounds: int | None = None,
    gate: str = "guard",
    alpha: float = 0.05,
    gate_every: int = 1,
    roles: Mapping[str, str] | None = None,
    objective: Mapping[str, str | int | float | bool | None] | None = None,
    seed_data: str | Path | None = None,
    held_out: Iterable[str | Path] = (),
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
    instead: Going | None = None,
    **options: Any,
) -> Run:
    """Run a recipe, or go on with it where ``out`` holds the same run already.

    In: a recipe (name, ``FILE.py`` or object) with its options as keywords, the learner's
    ``provider/name`` or ``RUN:champion``, an environment (name, ``FILE.py`` or object) or ``tasks`` of your own
    (a file, or a data set as ``owner/name``) with their ``check``, ``columns`` by name and whether to ``skip_bad``
    rows; ``roles`` names the models of other roles, ``providers`` what is to be known of a provider (its address,
    limits), ``objective`` parameters of the environment's generator, ``seed_data`` a JSONL file of labelled examples,
    ``held_out`` files of items that nothing may be learned from, as ``lamarck decontaminate --against`` reads them,
    ``gate_every`` how often there is a verdict (0 = at the end), ``budget`` what may be spent on models
    ("usd=5,tokens=2M,calls=1000,minutes=60"), ``unsafe_sandbox`` whether programs of models may run where this machine
    cannot isolate them, ``instead`` what takes all this in place of running it. Out: the run, whose folder holds
    everything. Raises: UsageError before anything is paid for; PausedRun where it can be resumed.
    """
    found = recipe if isinstance(recipe, Recipe) else recipes.load(recipe)
    world = world_of(environment, tasks, check=check, columns=columns, skip_bad=skip_bad)
    if rounds is not None and "rounds" in found.options:
        options["rounds"] = rounds
    wanted = RunInfo(
        recipe=found.name,
        recipe_file=_file(recipe),
        options=options,
        sets={**(sets or {}), **({"rounds": rounds} if rounds is not None and "rounds" not in found.options else {})},
        ablate=tuple(ablate),
        learner=_pinned(learner),
        roles={role: _pinned(name) for role, name in (roles or {}).items()},
        environment=world.name,
        environment_file=_file(environment),
        seed=seed,
        gate=gate,
        alpha=alpha,
        gate_every=gate_every,
        objective=dict(objective or {}),
        seed_data=examples.marked(Path(seed_data)) if seed_data else "",
        held_out=tuple(texts.marked(Path(file)) for file in held_out),
        until=until,
        tasks_limit=tasks_limit,
        samples=samples,
        workers=workers or os.cpu_count() or 1,
        providers=dict(providers or {}),
        budget=limits_of(budget),
        unsafe_sandbox=unsafe_sandbox,
        **kept(world, check, columns, skip_bad),
    )
    if until and until not in STOPS:
        raise unknown("phase", until, STOPS, f"they run in this order: {', '.join(STOPS)}")
    method = method_of(found, wanted)
    folder = fresh(f"{found.name}-{world.name}") if out is None else Path(out) if "/" in str(out) else named(str(out))
    go = instead or _go
    return go(folder, replace(wanted, resolved=describe(method)), found, method, world, listener)


def resume(
    run: str | Path,
    *,
    listener: Listener | None = None,
    repair: bool = False,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
    budget: str | Mapping[str, float] | None = None,
) -> Run:
    """Go on with a run where it stopped; a finished run is returned as it is.

    ``providers`` and ``budget`` change what was said of them before. ``repair`` first forgets the damaged
    phases and those after them. Raises: UsageError for an unknown run, DamagedRun naming the file, HeldRun
    where another process holds it.
    """
    path = find(run)
    if repair:
        RunStore.repair(path)
    info = RunReader(path).info
    said = {name: {**info.providers.get(name, {}), **more} for name, more in (providers or {}).items()}
    info = replace(info, providers={**info.providers, **said}, budget={**info.budget, **limits_of(budget)})
    found = recipes.load(info.recipe_file or info.recipe)
    world = again(info)
    return _go(path, info, found, method_of(found, info), world, listener)


def evaluate(
    learner: str,
    environment: str | Environment = "",
    *,
    tasks: str | Path = "",
    check: str = "",
    columns: Mapping[str, str] | None = None,
    skip_bad: bool = False,
    split: str = "selection",
    samples: int = 16,
    n: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
    unsafe_sandbox: bool = False,
    again: bool = False,
) -> Scorecard:
    """Score a learner: greedy, pass@1 and pass@k on a split, and the protected abilities.

    In: ``provider/name``, ``RUN:champion`` or ``RUN:<hash>``, and an environment, or tasks as in :func:`run`.
    ``again``: a further look at a run's sealed items is meant.
    Out: the scorecard,
    one value an item. Raises: UsageError for a run or learner there is not, or sealed items that were scored.
    """
    world = world_of(environment, tasks, check=check, columns=columns, skip_bad=skip_bad)
    unsealed(learner, split, world.name, again=again)
    accuracy = evaluations.Accuracy(split=of_value(split, Split, "split"), samples=samples, limit=n)
    with machine(world, workers, providers=providers) as at:
        scored = of_run(learner) or at.models.learner(learner)
        ctx = Context(
            seed=seed,
            learners={"learner": scored},
            environment=world,
            models=at.models,
            trainer=at.trainer,
            executor=at.executor,
            store=Nowhere(),
            memories=Versions(ReadOnly(find(learner.rpartition(":")[0]).absolute())) if scored.memory else None,
            gate=Open(),
            objective=Objective(ability=world.ability),
        )
        with walled(world, unsafe=unsafe_sandbox), met(world, ctx.store):
            return accuracy(scored, ctx.stage(0, "learner").within("evaluation.Accuracy"))


def _go(path: Path, info: RunInfo, found: Recipe, method: Method, world: Environment, listener: Listener | None) -> Run:
    """Open the run folder and run what is not committed there yet."""
    gate = gate_of(info, method)
    with ExitStack() as opened:
        at = opened.enter_context(machine(world, info.workers, path.absolute(), info.providers, info.budget))
        # before the folder is made: a wrong name leaves nothing behind
        base = of_run(info.learner) or at.models.learner(info.learner)
        others = {role: of_run(name) or at.models.learner(name) for role, name in info.roles.items()}
        walls = opened.enter_context(walled(world, unsafe=info.unsafe_sandbox))
        able(found.name, method, {"learner": base, **others}, at.models, info.until)
        seeds = examples.read(info.seed_data) if info.seed_data else ()
        store = opened.enter_context(RunStore.hold(path, info, listener, known=operators.table()))
        store.progress(base=store.keep(base))
        if walls:
            store.event("sandbox", **walls)
        ctx = Context(
            seed=info.seed,
            learners={"learner": base, **others},
            environment=world,
            models=at.models,
            trainer=at.trainer,
            executor=at.executor,
            store=store,
            memories=_memories(store, info, base),
            budget=getattr(at, "budget", None),
            gate=gate,
            objective=stages(method)[0].objective,
            leaks=leaks_of(world, method, info.held_out),
            labels=found.labels,
            limits=info.limits,
            cadence=info.gate_every,
            seed_data=seeds,
        )
        try:
            with met(world, store):
                champion = run_method(method, ctx).learners["learner"]
                if not info.until:
                    sealed(method, ctx, base, champion)
        except KeyboardInterrupt:
            raise PausedRun(f"stopped; nothing committed is lost; type: lamarck resume {path}") from None
        store.progress(status="done", champion=champion.hash)
    return Run(path)


def _memories(store: RunStore, info: RunInfo, base: Learner) -> Versions:
    """The run's memory; what a learner of another run brings along becomes this run's own."""
    memories = Versions(store.disk)
    if base.memory:
        memories.take(Versions(ReadOnly(find(info.learner.rpartition(":")[0]).absolute())), base.memory)
    return memories


def sealed(method: Method, ctx: Context, base: Learner, champion: Learner) -> None:
    """Score base and champion on the sealed split, once, where the evaluation has one."""
    scorers = [c.evaluation for c in stages(method) if c.updates == "learner" and hasattr(c.evaluation, "sealed")]
    if not scorers or not ctx.environment.tasks("sealed", 1, 0, ctx.objective):
        return
    scorer: Any = scorers[-1]
    scorer = scorer.sealed()
    at = ctx.stage(0, "learner").within("sealed")

    def make() -> list[Scorecard]:
        ctx.store.event("phase", name="sealed", stage=0, round=0, into=2)
        return [scorer(learner, at) for learner in {base.hash: base, champion.hash: champion}.values()]

    ctx.store.commit(Phase(stage=0, round=0, name="sealed"), list[Scorecard], make)


def _pinned(name: str) -> str:
    """``RUN:champion`` as ``RUN:<hash>``, so that going on later means the same learner."""
    learner = of_run(name)
    return f"{name.rpartition(':')[0]}:{learner.hash}" if learner else name


def _file(name: object) -> str:
    return str(Path(name).resolve()) if isinstance(name, str) and name.endswith(".py") else ""
