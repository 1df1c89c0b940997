"""Every error a user can meet. Each says what was found, where, and what to type."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LamarckError(Exception):
    """Base of all errors raised on purpose; the command line prints it without a traceback."""

    exit_code = 1


class UsageError(LamarckError):
    """What was asked for cannot be: an unknown name, a wrong type, a folder of another recipe."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe that cannot work; ``faults`` holds every fault found, each with its cure."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class LabelError(LamarckError):
    """A reference was read by something that declared it would not."""


class MissingExtra(UsageError):
    """An optional dependency is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}'; type: pip install 'lamarck-lm[{extra}]'")


class CapabilityError(UsageError):
    """A model cannot do what the recipe needs."""


class DamagedRun(LamarckError):
    """A file of the run folder is not what the manifest says."""


class PausedRun(LamarckError):
    """The run stopped where it can be resumed: full disk, budget, endpoint, Ctrl-C."""

    exit_code = 4


class HeldRun(LamarckError):
    """Another process holds the run."""

    exit_code = 5


def unknown(what: str, name: str, known: Iterable[str], cure: str = "") -> UsageError:
    """The error for a name nobody knows: the nearest names and what to type."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"
    return UsageError(f"unknown {what} '{name}': {hint}" + (f"; {cure}" if cure else ""))
