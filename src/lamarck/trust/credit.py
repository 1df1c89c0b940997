"""What became of tasks that were answered with an entry of memory in view, beside those answered without it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TypeVar

from lamarck.core import Batch, Experience
from lamarck.trust.agreement import gap

Key = TypeVar("Key", bound=Hashable)
Outcomes = Mapping[str, Sequence[float]]
"""Task -> what its solutions got."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How well tasks went with an entry in view, and without it.

    It says what went together. What is recalled is near to the task, so that an entry about hard tasks stands beside
    hard tasks; only a run without it shows what it caused.
    """

    uses: int
    """Solutions that were made with it in view."""
    tasks: int
    """Tasks that these solved."""
    others: int
    """Tasks with a solution that was made without it, in the rounds since it was first in view."""
    having: float
    """Mean over the tasks of their mean outcome with it, 0 to 1."""
    lacking: float | None
    """The same of the others; None where there are none."""
    low: float = -1.0
    """The 95 % interval of the difference; -1 to 1 where there is nothing to compare with."""
    high: float = 1.0

    @property
    def difference(self) -> float | None:
        """Above zero: tasks went better with it. None where there is nothing to compare with."""
        return None if self.lacking is None else self.having - self.lacking

    @property
    def is_known(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def credit(rounds: Iterable[Batch], shown: Callable[[Experience], Collection[Key]]) -> dict[Key, Effect]:
    """The effect of each entry that was ever in view.

    In: what each round's solutions got, oldest round first; ``shown`` names the entries that stood before who made a
    solution. An experience without an outcome does not count. Several solutions of one task count as one, for they
    are no new evidence. Out: by entry, in the order in which they came into view.
    Source: the interval of ``agreement.gap``. Differs: outcomes may lie between 0 and 1, where they scatter less than
    verdicts, so that the interval is rather too wide; a task that was answered in both ways counts on either side.
    """
    seen = [
        [(one.task.id, tuple(dict.fromkeys(shown(one))), value) for one in batch if (value := outcome(one)) is not None]
        for batch in rounds
    ]
    begun, having = dict[Key, int](), defaultdict[Key, dict[str, list[float]]](lambda: defaultdict(list))
    for number, batch in enumerate(seen):
        for task, keys, value in batch:
            for key in keys:
                begun.setdefault(key, number)
                having[key][task].append(value)
    since = {first: _values(seen[first:]) for first in set(begun.values())}
    return {key: _effect(having[key], since[first]) for key, first in begun.items()}


def outcome(experience: Experience) -> float | None:
    """How well it went: the verdict as 1 or 0, else a score from 0 to 1; None where it has neither."""
    found = experience.feedback
    if experience.solution is None or found is None:
        return None
    if found.passed is not None:
        return float(found.passed)
    return found.score if found.score is not None and 0 <= found.score <= 1 else None


def recalled(experience: Experience) -> Collection[str]:
    """The sources of the entries that stood in the prompt, in order, each once; one with a space, word by word."""
    return list(dict.fromkeys(prompted(experience).get("recalled", "").split()))


def prompted(experience: Experience) -> Mapping[str, str]:
    """The fields of the prompt that a solution was made with."""
    return experience.asked.fields if experience.asked else {}


def _values(rounds: Sequence[Sequence[tuple[str, object, float]]]) -> Outcomes:
    found = defaultdict[str, list[float]](list)
    for task, _, value in (each for batch in rounds for each in batch):
        found[task].append(value)
    return found


def _effect(having: Outcomes, everything: Outcomes) -> Effect:
    """In: outcomes with the entry, and all since it was first in view."""
    mine = [fmean(values) for values in having.values()]
    others = [
        (sum(values) - sum(having.get(task, ()))) / rest
        for task, values in everything.items()
        if (rest := len(values) - len(having.get(task, ())))
    ]
    uses, found = sum(map(len, having.values())), gap(mine, others)
    made = Effect(uses=uses, tasks=len(mine), others=len(others), having=fmean(mine), lacking=None)
    if found is None:
        return made
    return replace(made, lacking=fmean(others), low=found.low, high=found.high)
