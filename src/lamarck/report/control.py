"""The control arm of a run: the same recipe, learning from what is not its own samples."""

from __future__ import annotations

from itertools import islice

from lamarck.core import LamarckError
from lamarck.report.reader import Run
from lamarck.store import RunReader

ABLATION = "own_samples"
"""The ablation that makes a run a control arm."""

LOOKED_AT = 500
"""Folders beside the run that are looked at."""


def beside(run: Run) -> Run | None:
    """The control arm among the runs in the same folder: all that was asked for is equal, but for the ablation.

    The seed too: two seeds are two experiments.
    """
    if run.info.ablate or not isinstance(run, RunReader):
        return None
    here, wanted = run.path.resolve(), _kind(run)
    try:
        folders = sorted(path for path in here.parent.iterdir() if (path / "run.json").is_file())
    except OSError:
        return None
    for folder in islice(folders, LOOKED_AT):
        try:
            other = RunReader(folder)
            if tuple(other.info.ablate) == (ABLATION,) and _kind(other) == wanted and other.rounds():
                return other
        except (LamarckError, OSError):
            continue  # a damaged neighbour is no reason not to show this run
    return None


def _kind(run: Run) -> tuple[object, ...]:
    info = run.info
    asked = (info.recipe, info.recipe_file, info.learner, info.environment, info.environment_file, info.seed)
    return (*asked, dict(info.options), dict(info.sets), info.tasks_limit, info.samples)
