"""Runs: what was asked for becomes a context, and the loop does the rest."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from lamarck import operators, recipes
from lamarck.api.able import able, suits
from lamarck.api.decontaminating import leaks_of
from lamarck.api.machine import machine
from lamarck.api.method import gate_of, method_of
from lamarck.api.question import Asked, Listener, question
from lamarck.api.remembering import embedder_of, remembered, sharing
from lamarck.api.results import Run, of_run
from lamarck.api.watching import watched
from lamarck.api.worlds import again, met, walled
from lamarck.core import Context, Learner, Method, PausedRun, Phase, Scorecard, stages
from lamarck.core import run as run_method
from lamarck.data import examples, feedback
from lamarck.models.budget import limits_of
from lamarck.store import RunReader, RunStore, find
from lamarck.store.folder import is_run


@question
def run(asked: Asked) -> Run:
    """Run a recipe, or go on with it where ``out`` holds the same run already.

    In: a recipe (name, ``FILE.py`` or object) with its options as keywords, the learner's
    ``provider/name`` or ``RUN:champion``, an environment (name, ``FILE.py`` or object) or ``tasks`` of your own
    (a file, or a data set as ``owner/name``) with their ``check``, ``columns`` by name and whether to ``skip_bad``
    rows, ``documents`` (a folder or a file) alone or beside these, with the words that ``passages`` of them have
    ("20-400"); ``roles`` names the models of other roles, ``providers`` what is to be known of a provider (its address,
    limits), ``objective`` parameters of the environment's generator, ``seed_data`` a JSONL file of labelled examples,
    ``held_out`` files of items that nothing may be learned from, as ``lamarck decontaminate --against`` reads them,
    ``gate_every`` how often there is a verdict (0 = at the end), ``budget`` what may be spent on models
    ("usd=5,tokens=2M,calls=1000,minutes=60"), ``memory`` the address of a memory that runs share
    ("postgresql://me@host/db#team": the run begins with what it holds and gives it what its champion learned),
    ``embedder`` what makes the vectors of the memory ("ngrams", "learner" as it began, or a model),
    ``unsafe_sandbox`` whether programs of models may run where this machine cannot isolate them. Out: the run, whose
    folder holds everything. Raises: UsageError before anything is paid for; PausedRun where it can be resumed.
    """
    return _go(asked)


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
    method = method_of(found, info)
    return _go(Asked(path=path, info=info, recipe=found, method=method, world=world, listener=listener))


def _go(asked: Asked) -> Run:
    """Open the run folder and run what is not committed there yet."""
    path, info, method, world = asked.path, asked.info, asked.method, asked.world
    gate = gate_of(info, method)
    with ExitStack() as opened:
        at = opened.enter_context(machine(world, info.workers, path.absolute(), info.providers, info.budget))
        # before the folder is made: a wrong name leaves nothing behind
        base = of_run(info.learner) or at.models.learner(info.learner)
        others = {role: of_run(name) or at.models.learner(name) for role, name in info.roles.items()}
        walls = opened.enter_context(walled(world, unsafe=info.unsafe_sandbox))
        suits(method, world, info.until)
        embedder = embedder_of(info.embedder, base, at.models, tried=is_run(path))
        shared = opened.enter_context(sharing(path, info, base, embedder))
        method, left = able(asked.recipe.name, method, {"learner": base, **others}, at.models, info.until)
        seeds = examples.read(info.seed_data) if info.seed_data else ()
        store = opened.enter_context(RunStore.hold(path, info, asked.listener, known=operators.table()))
        mine = remembered(store, info, base, embedder, shared)
        base = mine.base
        store.progress(base=store.keep(base))
        if walls:
            store.event("sandbox", **walls)
        if left:
            store.event("left out", stages=len(stages(asked.method)) - len(stages(method)), reason=left)
        ctx = Context(
            seed=info.seed,
            learners={"learner": base, **others},
            environment=world,
            models=at.models,
            trainer=at.trainer,
            executor=at.executor,
            store=store,
            memories=mine.versions,
            budget=getattr(at, "budget", None),
            gate=gate,
            objective=stages(method)[0].objective,
            feedback=feedback.read(info.feedback, skip_bad=True).experiences if info.feedback else (),
            monitors=watched(info),
            leaks=leaks_of(world, method, info.held_out),
            labels=asked.recipe.labels,
            limits=info.limits,
            cadence=info.gate_every,
            seed_data=seeds,
        )
        try:
            with met(world, store):
                champion = run_method(method, ctx).learners["learner"]
                if not info.until:
                    sealed(method, ctx, base, champion)
                    mine.publish(store, champion)
        except KeyboardInterrupt:
            raise PausedRun(f"stopped; nothing committed is lost; type: lamarck resume {path}") from None
        store.progress(status="done", champion=champion.hash)
    return Run(path)


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
