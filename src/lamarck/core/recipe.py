"""``@recipe``: a keyword-only function whose signature is its configuration and whose value is a method."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from lamarck.core.check import check
from lamarck.core.context import Labels
from lamarck.core.cycle import Method
from lamarck.core.edit import Change
from lamarck.core.errors import RecipeError, UsageError, unknown


@dataclass(frozen=True)
class Recipe:
    """A method that can be listed, shown, changed and run. Calling it builds and checks the method."""

    name: str
    build: Callable[..., Method]
    paper: str
    place: str = ""
    """Where the survey's taxonomy puts it."""
    labels: Labels = "check"
    ablations: Mapping[str, Change] = field(default_factory=dict[str, Change])
    """Named switches that take an essential mechanism out, for ``--ablate``; several go from the last to the first."""

    def __call__(self, *, ablate: Iterable[str] = (), **options: Any) -> Method:
        """In: the recipe's options and the names of mechanisms to switch off. Out: the method, checked.

        Raises: UsageError for an unknown option or ablation, RecipeError for a method that cannot work.
        """
        for option in options:
            if option not in self.options:
                raise unknown(f"option of {self.name}", option, self.options)
        for option, (_kind, default) in self.options.items():
            if default is inspect.Parameter.empty and option not in options:
                raise UsageError(f"{self.name} needs {option}; type: --{option.replace('_', '-')} VALUE")
        off = set(ablate)
        if strange := off - self.ablations.keys():
            raise unknown(f"ablation of {self.name}", min(strange), self.ablations)
        method = self.build(**options)
        for name in reversed([*self.ablations]):
            method = self.ablations[name](method) if name in off else method
        check(self.name, method, self.labels)
        return method

    @property
    def options(self) -> dict[str, tuple[Any, Any]]:
        """The signature: option -> (type, default); a default of ``inspect.Parameter.empty`` must be given."""
        hints = get_type_hints(self.build)
        return {name: (hints.get(name, str), p.default) for name, p in inspect.signature(self.build).parameters.items()}

    @property
    def title(self) -> str:
        """First line of the recipe's module or function text."""
        text = inspect.getdoc(inspect.getmodule(self.build)) or inspect.getdoc(self.build) or self.name
        return text.splitlines()[0]

    @property
    def called(self) -> str:
        """The title up to its authors and year."""
        return self.title.partition(". ")[0].removesuffix(".")


def recipe(
    *, paper: str, place: str = "", labels: Labels = "check", ablations: Mapping[str, Change] | None = None
) -> Callable[[Callable[..., Method]], Recipe]:
    """Make a recipe of a function that returns a Cycle or Stages.

    ``labels`` says who may read a task's reference: "none" nobody, "check" the environment's
    verifier only, "train" operators too. Raises: RecipeError where a parameter is not keyword-only.
    """

    def wrap(build: Callable[..., Method]) -> Recipe:
        name = build.__name__
        loose = [p.name for p in inspect.signature(build).parameters.values() if p.kind is not p.KEYWORD_ONLY]
        if loose:
            raise RecipeError([f"{name}: {', '.join(loose)} must be keyword-only; write def {name}(*, ...)"])
        return Recipe(name, build, paper, place, labels, dict(ablations or {}))

    return wrap
