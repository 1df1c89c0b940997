"""What a learner remembers, and what became of the tasks that were answered with each entry in view."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lamarck.core import Batch, Entry, Experience
from lamarck.memory import line
from lamarck.operators.reminding import was_shown
from lamarck.report.reader import Run
from lamarck.report.sound import Sound
from lamarck.report.words import count, percent, points, span
from lamarck.trust.credit import Effect, credit, recalled


@dataclass(frozen=True, kw_only=True)
class Known:
    """An entry, and its effect; None where it never stood before anybody."""

    entry: Entry
    effect: Effect | None = None

    @property
    def standing(self) -> int:
        """2 where tasks went better with it, 0 where they went worse, 1 where the interval does not tell."""
        if self.effect is None or not self.effect.is_known:
            return 1
        return 2 if self.effect.low > 0 else 0

    @property
    def told(self) -> str:
        """Its effect in words."""
        return "never in view" if self.effect is None else _told(self.effect)


def id_of(entry: Entry) -> str:
    """Twelve hex digits over all that an entry says: the same in every version."""
    return hashlib.sha256(line(entry)).hexdigest()[:12]


def known(entries: Sequence[Entry], rounds: Iterable[Batch]) -> list[Known]:
    """Each entry with its effect, in their order. In: what each round's solutions got, oldest round first."""
    places = defaultdict[str, list[int]](list)
    for at, entry in enumerate(entries):
        places[entry.source.partition(" ")[0]].append(at)

    def shown(experience: Experience) -> list[int]:
        near = (at for word in recalled(experience) for at in places.get(word, ()))
        return [at for at in near if was_shown(entries[at], experience)]

    found = credit(rounds, shown)
    return [Known(entry=entry, effect=found.get(at)) for at, entry in enumerate(entries)]


def best_first(found: Iterable[Known]) -> list[Known]:
    """Those that tasks went better with, then those that are undecided, then the others; in each the oftener confirmed
    goes first, then the greater difference, and of equals the newer."""

    def worth(numbered: tuple[int, Known]) -> tuple[float, ...]:
        age, one = numbered
        return (one.standing, one.entry.support, (one.effect and one.effect.difference) or 0.0, age)

    return [one for _, one in sorted(enumerate(found), key=worth, reverse=True)]


def solved(run: Run | Sound) -> Iterator[Batch]:
    """What each round's solutions got, oldest round first, read when it is asked for."""
    return (run.batch(view.stage, view.round, "feedback") for view in run.rounds() if view.round)


def _told(effect: Effect) -> str:
    used = f"in view for {count(effect.uses, 'solution')} of {count(effect.tasks, 'task')}"
    if effect.lacking is None or effect.difference is None:
        return f"{used}: {percent(effect.having)} went well, and none was solved without it"
    return (
        f"{used}: {percent(effect.having)} went well, and {percent(effect.lacking)} of {effect.others:,} without it, "
        f"{points(effect.difference)} points [{span(effect.low, effect.high)}]"
    )
