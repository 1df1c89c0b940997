"""Lamarck from Python: :func:`run`, :func:`resume`, :func:`evaluate`, and what a run left behind."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lamarck import environments, operators, recipes
from lamarck.core import (
    Context,
    Environment,
    Gate,
    Learner,
    Limits,
    Method,
    Objective,
    PausedRun,
    Phase,
    Recipe,
    Scorecard,
    Split,
    UsageError,
    Verdict,
    check,
    describe,
    put,
    stages,
    unknown,
)
from lamarck.core import run as run_method
from lamarck.data.typed import kind_at, of_value
from lamarck.executors.processes import Processes
from lamarck.executors.streaming import Streaming
from lamarck.models import Shelf
from lamarck.models.pupil import files
from lamarck.operators import evaluation as evaluations
from lamarck.store import RunInfo, RunReader, RunStore, find, fresh, named
from lamarck.store.nowhere import Nowhere
from lamarck.trainers import Trainers
from lamarck.trainers.lean.trainer import LeanTrainer
from lamarck.trust import Guard, Open

STOPS = operators.PHASES[1:]
"""Where a run may be told to stop."""
Listener = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Run:
    """A run folder, finished or not."""

    path: Path

    @property
    def reader(self) -> RunReader:
        """Everything the folder holds."""
        return RunReader(self.path, known=operators.table())

    @property
    def info(self) -> RunInfo:
        """What was asked for and how far it came."""
        return self.reader.info

    @property
    def scores(self) -> list[Scorecard]:
        """One scorecard a round: the base's first, then each candidate's."""
        return [view.scorecards[0] for view in self.reader.rounds() if view.scorecards]

    @property
    def verdicts(self) -> list[Verdict]:
        """What the gate said, round by round."""
        return [view.verdict for view in self.reader.rounds() if view.verdict]

    @property
    def champion(self) -> Champion:
        """The learner that would be deployed now."""
        return Champion(self.reader.learner(self.info.champion or self.info.base))

    @property
    def exit_code(self) -> int:
        """0 done, 1 failed, 3 done but nothing promoted, 4 paused."""
        if self.info.status != "done":
            return 4 if self.info.status == "paused" else 1
        decisions = [verdict.decision for verdict in self.verdicts]
        return 3 if decisions and set(decisions) <= {"rolled back", "no update"} else 0


@dataclass(frozen=True)
class Champion:
    """A learner with its files."""

    learner: Learner

    def save(self, folder: str | Path) -> Path:
        """Copy its model to ``folder``, as Hugging Face reads it. Raises: UsageError where it exists."""
        return Shelf.save(self.learner.model, Path(folder))


def run(
    recipe: str | Recipe,
    *,
    learner: str = "pupil",
    environment: str | Environment,
    seed: int = 0,
    out: str | Path | None = None,
    rounds: int | None = None,
    gate: str = "guard",
    alpha: float = 0.05,
    until: str = "",
    ablate: Iterable[str] = (),
    sets: Mapping[str, Any] | None = None,
    tasks_limit: int | None = None,
    samples: int | None = None,
    workers: int | None = None,
    listener: Listener | None = None,
    **options: Any,
) -> Run:
    """Run a recipe, or go on with it where ``out`` holds the same run already.

    In: a recipe (name, ``FILE.py`` or object) with its options as keywords, the learner's
    ``provider/name``, an environment (name, ``FILE.py`` or object). Out: the run, whose folder holds
    everything. Raises: UsageError before anything is paid for; PausedRun where it can be resumed.
    """
    found = recipe if isinstance(recipe, Recipe) else recipes.load(recipe)
    world = environments.load(environment) if isinstance(environment, str) else environment
    if rounds is not None and "rounds" in found.options:
        options["rounds"] = rounds
    wanted = RunInfo(
        recipe=found.name,
        recipe_file=_file(recipe),
        options=options,
        sets={**(sets or {}), **({"rounds": rounds} if rounds is not None and "rounds" not in found.options else {})},
        ablate=tuple(ablate),
        learner=learner,
        environment=world.name,
        environment_file=_file(environment),
        seed=seed,
        gate=gate,
        alpha=alpha,
        until=until,
        tasks_limit=tasks_limit,
        samples=samples,
        workers=workers or os.cpu_count() or 1,
    )
    if until and until not in STOPS:
        raise unknown("phase", until, STOPS, f"they run in this order: {', '.join(STOPS)}")
    method = _method(found, wanted)
    folder = fresh(f"{found.name}-{world.name}") if out is None else Path(out) if "/" in str(out) else named(str(out))
    return _go(folder, replace(wanted, resolved=describe(method)), found, method, world, listener)


def resume(run: str | Path, *, listener: Listener | None = None, repair: bool = False) -> Run:
    """Go on with a run where it stopped; a finished run is returned as it is.

    ``repair`` first forgets the damaged phases and those after them. Raises: UsageError for an
    unknown run, DamagedRun naming the file, HeldRun where another process holds it.
    """
    path = find(run)
    if repair:
        RunStore.repair(path)
    info = RunReader(path).info
    found = recipes.load(info.recipe_file or info.recipe)
    world = environments.load(info.environment_file or info.environment)
    return _go(path, info, found, _method(found, info), world, listener)


def evaluate(
    learner: str,
    environment: str | Environment,
    *,
    split: str = "selection",
    samples: int = 16,
    n: int | None = None,
    seed: int = 0,
    workers: int | None = None,
) -> Scorecard:
    """Score a learner: greedy, pass@1 and pass@k on a split, and the protected abilities.

    In: ``provider/name``, ``RUN:champion`` or ``RUN:<hash>``, and an environment. Out: the scorecard,
    one value an item. Raises: UsageError for a run or learner there is not.
    """
    world = environments.load(environment) if isinstance(environment, str) else environment
    accuracy = evaluations.Accuracy(split=of_value(split, Split, "split"), samples=samples, limit=n)
    with _machine(world, workers) as (shelf, executor, trainer):
        name, colon, which = learner.partition(":")
        scored = _of_run(Run(find(name)), which) if colon else shelf.learner(learner)
        ctx = Context(
            seed=seed,
            learners={"learner": scored},
            environment=world,
            models=shelf,
            trainer=trainer,
            executor=executor,
            store=Nowhere(),
            gate=Open(),
            objective=Objective(ability=world.ability),
        )
        return accuracy(scored, ctx.stage(0, "learner").within("evaluation.Accuracy"))


def _of_run(run: Run, which: str) -> Learner:
    return run.champion.learner if which == "champion" else run.reader.learner(which)


def _go(path: Path, info: RunInfo, found: Recipe, method: Method, world: Environment, listener: Listener | None) -> Run:
    """Open the run folder and run what is not committed there yet."""
    gate = gate_of(info, method)
    with ExitStack() as opened:
        shelf, executor, trainer = opened.enter_context(_machine(world, info.workers))
        base = shelf.learner(info.learner)  # before the folder is made: a wrong name leaves nothing behind
        store = opened.enter_context(RunStore.hold(path, info, listener, known=operators.table()))
        store.progress(base=store.keep(base))
        ctx = Context(
            seed=info.seed,
            learners={"learner": base},
            environment=world,
            models=shelf,
            trainer=trainer,
            executor=executor,
            store=store,
            gate=gate,
            objective=stages(method)[0].objective,
            labels=found.labels,
            limits=Limits(tasks=info.tasks_limit, samples=info.samples, until=info.until),
        )
        try:
            champion = run_method(method, ctx).learners["learner"]
            if not info.until:
                _sealed(method, ctx, base, champion)
        except KeyboardInterrupt:
            raise PausedRun(f"stopped; nothing committed is lost; type: lamarck resume {path}") from None
        store.progress(status="done", champion=champion.hash)
    return Run(path)


def _sealed(method: Method, ctx: Context, base: Learner, champion: Learner) -> None:
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


def gate_of(info: RunInfo, method: Method) -> Gate:
    """The gate a run asks for. Raises: UsageError for one there is not, or an alpha that is no chance."""
    if not 0 < info.alpha < 1:
        raise UsageError(f"--alpha is {info.alpha}; give a chance between 0 and 1, such as 0.05")
    gates: dict[str, Gate] = {
        "guard": Guard(alpha=info.alpha, rounds=sum(c.rounds for c in stages(method) if c.gated)),
        "off": Open(),
    }
    if info.gate == "strict":
        raise UsageError("--gate strict comes with the sequential gate, which is not there yet; type: --gate guard")
    if info.gate not in gates:
        raise unknown("gate", info.gate, gates, "type: --gate guard or --gate off")
    return gates[info.gate]


@contextmanager
def _machine(world: Environment, workers: int | None) -> Generator[tuple[Shelf, Streaming, Trainers]]:
    """What computes: models, executor and trainers over one pool of worker processes."""
    with Processes(workers) as pool:
        lean = LeanTrainer(pool, kit="lamarck.models.pupil.kit", locate=files.locate)
        yield Shelf(pool, world.name), Streaming(), Trainers({"pupil": lean})


def _method(found: Recipe, info: RunInfo) -> Method:
    """The method with the options, ablations and ``--set`` changes of a run."""
    kinds = found.options
    options = {n: of_value(v, kinds[n][0], f"--{n}") if n in kinds else v for n, v in info.options.items()}
    method = found(ablate=info.ablate, **options)
    for path, value in info.sets.items():
        method = put(path, of_value(value, kind_at(method, path), path))(method)
    if info.sets:
        check(found.name, method, found.labels)
    return method


def _file(name: object) -> str:
    return str(Path(name).resolve()) if isinstance(name, str) and name.endswith(".py") else ""
