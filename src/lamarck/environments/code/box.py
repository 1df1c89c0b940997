"""Where an environment's programs run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from lamarck.sandbox import Runner, Sandbox


class Box:
    """One sandbox for all verdicts. It starts with the first program, or when somebody asks what isolates."""

    def __init__(self, runner: Runner | None = None, *, packages: Sequence[str] = ()) -> None:
        """In: where programs run, None = a sandbox of its own; the installed packages that they may import."""
        self._given, self._packages = runner, tuple(packages)
        self._lock, self._own = Lock(), None

    def isolate(self, *, unsafe: bool = False) -> Mapping[str, Any]:
        """What isolates programs here, as plain data; looked for now. Nothing where somebody else runs them.

        Raises: UsageError where this machine cannot isolate and ``unsafe`` is not set.
        """
        if self._given is not None:
            return {}
        return self._opened(unsafe).layers.describe()

    @property
    def runner(self) -> Runner:
        """Where programs run."""
        return self._given or self._opened(False)

    def close(self) -> None:
        """End the sandbox; the next program starts another."""
        with self._lock:
            if self._own is not None:
                self._own.close()
            self._own = None

    def _opened(self, unsafe: bool) -> Sandbox:
        with self._lock:
            if self._own is None:
                self._own = Sandbox(packages=self._packages, unsafe_sandbox=unsafe)
            return self._own
