"""The sealed split is scored once, by the run itself; any other look must be asked for and is told."""

from __future__ import annotations

import getpass

from lamarck.api.results import of_run
from lamarck.core import UsageError
from lamarck.store import RunReader, find
from lamarck.store.looked import looked


def unsealed(learner: str, split: str, environment: str, *, again: bool) -> None:
    """Nothing where a learner may be scored on a split; a further look at a run's sealed items goes to its event log.

    In: the environment's name; ``again`` says that it is meant. Raises: UsageError where it is not, HeldRun while the
    run is going on.
    """
    found = of_run(learner) if split == "sealed" else None
    if found is None:
        return
    path = find(learner.rpartition(":")[0])
    reader = RunReader(path)
    if reader.info.environment != environment:
        return
    if not again:
        scored = reader.sealed() is not None
        said = "has scored its sealed items, once" if scored else "scores its sealed items itself, once, at its end"
        where = f"see them: lamarck report {path.name}" if scored else f"go on with it: lamarck resume {path.name}"
        raise UsageError(f"{path.name} {said}; {where}; a further look makes the numbers worth less: --again is told")
    looked(path, split, found.hash, who=getpass.getuser())
