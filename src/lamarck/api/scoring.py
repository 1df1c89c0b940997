"""Single evaluations: a learner is scored, and nothing is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lamarck import recipes
from lamarck.api.machine import machine
from lamarck.api.method import itself, playable
from lamarck.api.question import Listener
from lamarck.api.results import of_run
from lamarck.api.sealing import unsealed
from lamarck.api.worlds import Elsewhere, met, walled, world_of
from lamarck.core import Environment, Evaluator, Objective, Recipe, Scorecard, Split, UsageError, stages
from lamarck.data.typed import of_value
from lamarck.operators.evaluation import Accuracy, InspectAi, LmEval
from lamarck.store.nowhere import Nowhere

HARNESSES: Mapping[str, Callable[..., Evaluator]] = MappingProxyType({"lm_eval": LmEval, "inspect": InspectAi})
"""What stands before the colon of a protocol that is another program's task."""


def evaluate(
    learner: str,
    environment: str | Environment = "",
    *,
    protocol: str | Recipe = "",
    tasks: str | Path = "",
    check: str = "",
    columns: Mapping[str, str] | None = None,
    skip_bad: bool = False,
    split: str = "selection",
    samples: int | None = None,
    n: int | None = None,
    roles: Mapping[str, str] | None = None,
    ablate: Iterable[str] = (),
    seed: int = 0,
    workers: int | None = None,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
    unsafe_sandbox: bool = False,
    again: bool = False,
    listener: Listener | None = None,
    **options: Any,
) -> Scorecard:
    """Score a learner by a protocol; without one: greedy, pass@1, pass@k of 16 samples, and the protected abilities.

    In: ``provider/name``, ``RUN:champion`` or ``RUN:<hash>``, and an environment, or tasks as in :func:`lamarck.run`; a
    ``protocol`` is a recipe with an evaluation ("llm_judge", a file, an object), with its options as keywords and
    the mechanisms to ``ablate``, or "lm_eval:NAME" or "inspect:NAME", which bring tasks of their own; ``roles``
    names the models that it asks. ``samples`` a task and the first ``n`` tasks are the protocol's own where they are
    not given. ``again``: a further look at a run's sealed items is meant. ``listener`` hears what it reports beside the
    scores.
    Out: the scorecard, one value an item. Raises: UsageError for a run, learner or protocol there is not.
    """
    if environment or tasks or not (isinstance(protocol, str) and is_harness(protocol)):
        world = world_of(environment, tasks, check=check, columns=columns, skip_bad=skip_bad)
    else:
        world = Elsewhere(name=protocol)
    roles = playable(roles or {})
    evaluator, labels = _evaluation(protocol, tuple(ablate), options, roles)
    evaluator = _set(evaluator, {"split": of_value(split, Split, "split"), "samples": samples, "limit": n})
    with machine(world, workers, providers=providers) as at:
        scored = of_run(learner) or at.models.learner(learner)
        others = {role: of_run(name) or at.models.learner(name) for role, name in roles.items()}
        # a look that cannot be made for another reason is no look
        unsealed(learner, split, world.name, again=again)
        ctx = at.scoring(
            world,
            {"learner": scored, **others},
            objective=Objective(ability=world.ability),
            memory=learner.rpartition(":")[0] if scored.memory else "",
            seed=seed,
            store=Nowhere(listener=listener),
            labels=labels,
        )
        with walled(world, unsafe=unsafe_sandbox), met(world, ctx.store):
            within = ctx.stage(0, "learner").within(f"evaluation.{type(evaluator).__name__}")
            return evaluator(scored, within)


def _evaluation(
    protocol: str | Recipe, ablate: tuple[str, ...], options: Mapping[str, Any], roles: Mapping[str, str]
) -> tuple[Evaluator, str]:
    """Out: how a protocol measures, and what it may know of labels."""
    unused = ", ".join([*options, *ablate])
    if not protocol:
        if unused:
            raise UsageError(f"{unused}: is of a protocol; type: --protocol NAME")
        return Accuracy(), "check"
    if isinstance(protocol, str) and is_harness(protocol):
        if unused:
            raise UsageError(f"{unused}: {protocol} takes no options of a recipe")
        kind, _, task = protocol.partition(":")
        return HARNESSES[kind](task=task), "check"
    found = protocol if isinstance(protocol, Recipe) else recipes.load(protocol)
    return protocol_of(found, ablate, options, roles), found.labels


def is_harness(protocol: str) -> bool:
    """Whether a protocol is another program's task: "lm_eval:NAME", "inspect:NAME"."""
    kind, colon, task = protocol.partition(":")
    return bool(colon and task) and kind in HARNESSES


def protocol_of(
    found: Recipe, ablate: Iterable[str], options: Mapping[str, Any], roles: Mapping[str, str]
) -> Evaluator:
    """How a recipe measures its learner. Raises: UsageError for one that measures nothing, or asks who is not there."""
    method = found(ablate=tuple(ablate), **options)
    measures = [c.evaluation for c in stages(method) if c.updates == "learner" and c.evaluation is not None]
    if not measures:
        raise UsageError(f"{found.name} has no evaluation, so it is no protocol; type: lamarck recipes")
    if faults := itself(found.name, measures[-1], roles):
        raise UsageError("; ".join(faults))
    return measures[-1]


def _set(evaluator: Evaluator, asked: Mapping[str, Any]) -> Evaluator:
    """The evaluation with what was asked for. Raises: UsageError for what it has not."""
    given = {name: value for name, value in asked.items() if value is not None}
    if not is_dataclass(evaluator) or isinstance(evaluator, type):
        return evaluator
    known = {field.name for field in fields(evaluator)}
    if "samples" in given and "samples" not in known:
        raise UsageError(f"{type(evaluator).__name__} takes no samples; leave --samples out")
    return replace(evaluator, **{name: value for name, value in given.items() if name in known})
