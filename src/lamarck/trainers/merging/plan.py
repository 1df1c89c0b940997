"""What the main process does of a merge: look at the plan, and hand it to a worker. No torch here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lamarck.core import Merge, ModelRef, UsageError, unknown

if TYPE_CHECKING:
    from lamarck.trainers.lean.trainer import Pool

MERGE = "lamarck.trainers.merging.make:merge"
"""Called in a worker process by name: importing it here would import torch."""
BLENDS = ("dare_linear", "dare_ties", "linear", "slerp", "ties")
"""Methods of parameter space."""
PATH = "path"
"""The method of data-flow space."""


def merged(pool: Pool, plan: Merge, into: str, *, kit: str, locate: Callable[[ModelRef], Path]) -> ModelRef:
    """Merge in a worker process. Out: the model in a new folder under `into`, named by its content.

    In: the name of a module that has `digest(folder)`, and what finds a model's folder.
    Raises: UsageError for a plan that cannot be, or models that do not fit each other.
    """
    check(plan)
    sources = tuple(_placed(source, locate) for source in plan.sources)
    placed = replace(plan, sources=sources, base=plan.base and _placed(plan.base, locate))
    return cast("ModelRef", pool.submit(MERGE, placed, into, kit).result())


def check(plan: Merge) -> None:
    """Refuse a plan that no models could follow. Raises: UsageError."""
    if plan.method not in (*BLENDS, PATH):
        raise unknown("merging method", plan.method, (*BLENDS, PATH))
    count = len(plan.sources)
    if not count:
        raise UsageError("there are no models to merge; name at least one source")
    providers = {model.provider for model in (*plan.sources, *((plan.base,) if plan.base else ()))}
    if len(providers) > 1:
        raise UsageError(f"models of {' and '.join(sorted(providers))} cannot be merged; name models of one provider")
    if plan.method == PATH:
        _check_path(plan, count)
        return
    if plan.path:
        raise UsageError(f"a path is followed by method '{PATH}', not by '{plan.method}'")
    if plan.method == "slerp" and count != 2:
        raise UsageError(f"slerp merges 2 models, not {count}")
    shape = [len(row) for row in plan.weights]
    if not shape or set(shape) != {count}:
        raise UsageError(f"weights are {shape} numbers a group, but there are {count} sources")
    if plan.densities and [len(row) for row in plan.densities] != shape:
        raise UsageError("densities must be as many as weights, or none")
    if not all(math.isfinite(weight) for row in plan.weights for weight in row):
        raise UsageError(f"weights must be finite numbers, got {plan.weights}")
    if not all(0 <= density <= 1 for row in plan.densities for density in row):
        raise UsageError(f"densities are shares from 0 to 1, got {plan.densities}")


def _check_path(plan: Merge, count: int) -> None:
    if not plan.path:
        raise UsageError("the path has no layers; give at least one Hop")
    if plan.base:
        raise UsageError("a path takes whole layers, so it has no base; put the model among the sources")
    for hop in plan.path:
        if not 0 <= hop.source < count or hop.layer < 0:
            raise UsageError(f"the path goes to {hop}, but there are sources 0 to {count - 1} and layers from 0")
        if not 0 < hop.scale < math.inf:
            raise UsageError(f"the path has the scale {hop.scale}; scales are above 0, as a norm does not hide a sign")


def _placed(model: ModelRef, locate: Callable[[ModelRef], Path]) -> ModelRef:
    return replace(model, folder=str(locate(model)))
