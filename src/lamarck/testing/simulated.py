"""Learners of known ability before a gate: outcomes drawn from a stated model instead of measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray

from lamarck.core import Gate, Parties, Verdict

BASE = "base"
"""The learner that a simulated stage begins with."""
Effects = Mapping[str, float]
"""Ability -> how much more often than the base it is right; what is missing is 0."""


@dataclass(kw_only=True)
class SimulatedHearing:
    """Core's ``Hearing`` over drawn outcomes; every look has fresh items, the same for all who sit in it.

    A share of 2 x ``discordance`` of the items is open: there each learner tosses its own coin, right with chance 1/2
    + effect / (2 x discordance). On all others everybody is alike. So two learners differ by exactly their
    effects' difference, in the mean, and a learner and one of effect 0 disagree on ``discordance`` of the items;
    two of the same large effect on a little less. Effects lie within plus and minus ``discordance``.
    """

    rng: np.random.Generator
    abilities: Sequence[str]
    discordance: float
    first: int = 1000
    """Items an ability in the first look of a round."""
    further: int = 1000
    """Items an ability in each further look, 0 = there are none."""
    effects: dict[str, Effects] = field(default_factory=dict[str, Effects])
    """By learner."""
    present: Sequence[str] = ()
    _seen: dict[str, list[dict[str, NDArray[np.int8]]]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]

    def metric(self, ability: str, /) -> str:
        """Right or wrong."""
        return "greedy"

    def sit(self, learners: Iterable[str]) -> None:
        """A new round: these learners are scored on the first items of every ability."""
        self.present = list(dict.fromkeys(learners))
        for ability in self.abilities:
            self._look(ability, self.first)

    def differences(self, learner: str, rival: str, ability: str, /) -> Sequence[float]:
        """Outcomes of one minus the other's on every item both sat for."""
        shared = [look for look in self._seen[ability] if learner in look and rival in look]
        found = np.concatenate([look[learner] - look[rival] for look in shared] or [np.zeros(0, dtype=np.int8)])
        return cast("Sequence[float]", found)  # thousands of items: an array does all that a gate asks of a sequence

    def more(self, abilities: Sequence[str], /) -> bool:
        """One more look at these."""
        for ability in abilities:
            self._look(ability, self.further)
        return self.further > 0

    def _look(self, ability: str, items: int) -> None:
        # where everybody is alike differences are 0, so only the open items are drawn
        open_, half = self.rng.binomial(items, 2 * self.discordance), 2 * self.discordance
        look = dict[str, NDArray[np.int8]]()
        for learner in self.present:
            chance = 0.5 + self.effects.get(learner, {}).get(ability, 0.0) / half
            look[learner] = np.zeros(items, dtype=np.int8)
            look[learner][:open_] = self.rng.random(open_) < chance
        self._seen.setdefault(ability, []).append(look)


def play(gate: Gate, hearing: SimulatedHearing, rounds: int, make: Callable[[int, Effects], Effects]) -> list[Verdict]:
    """So many rounds as the loop plays them. In: ``make`` gives the effects of a round's candidate from the round's
    number and its champion's effects. Out: the verdicts; ``hearing.effects`` has every learner."""
    hearing.effects.setdefault(BASE, {})
    champion, best, said = BASE, BASE, list[Verdict]()
    for number in range(1, rounds + 1):
        candidate = f"candidate {number}"
        hearing.effects[candidate] = make(number, hearing.effects[champion])
        hearing.sit((candidate, champion, best, BASE))
        said.append(gate.decide(hearing, Parties(candidate=candidate, champion=champion, best=best, base=BASE)))
        champion, best = said[-1].champion, said[-1].best
    return said
