"""What the gate hears: paired outcomes of learners, and further items where it asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field

from lamarck.core.scores import Score, Scorecard

Sitting = list[Scorecard]
"""Scorecards of several learners on the same items."""
Draw = Callable[[Sequence[str], Set[str]], Sitting]
"""(abilities, ids of items that were met) -> a sitting on others; its scores may be empty."""


@dataclass(kw_only=True)
class Sittings:
    """Core's ``Hearing`` over the scorecards of a stage."""

    earlier: Sequence[Sitting]
    """Of the rounds before, oldest first."""
    now: list[Sitting]
    """Of this round; the first has every ability."""
    draw: Draw
    _found: dict[tuple[str, str, str], tuple[int, list[float]]] = field(init=False, default_factory=dict)  # pyright: ignore[reportUnknownVariableType]

    @property
    def abilities(self) -> Sequence[str]:
        """What is compared: the target first, then the protected abilities."""
        return [score.ability for score in self.now[0][0].gated]

    def metric(self, ability: str, /) -> str:
        """The scorecard's own metric where this ability has it, else the first it has."""
        score = _of(self.now[0][0], ability)
        return self.now[0][0].metric if score is None else decisive(self.now[0][0], score)

    def differences(self, learner: str, rival: str, ability: str, /) -> Sequence[float]:
        """Outcomes of one learner minus the rival's on every item both were scored on; an item counts once."""
        sittings = [*self.earlier, *self.now]
        read, found = self._found.get((learner, rival, ability), (0, list[float]()))
        if read < len(sittings):
            found = _paired(sittings, learner, rival, ability)
            self._found[learner, rival, ability] = len(sittings), found
        return found

    def more(self, abilities: Sequence[str], /) -> bool:
        """Score everybody on fresh items of these abilities. Out: whether there were any."""
        met = {item for sitting in self.now for score in sitting[0].gated for item in (*score.items, *score.unread)}
        drawn = self.draw(abilities, met)
        if not any(score.items for card in drawn for score in card.scores):
            return False
        self.now.append(drawn)
        return True


def decisive(card: Scorecard, score: Score) -> str:
    """The metric that decides on an ability."""
    return card.metric if card.metric in score.metrics else next(iter(score.metrics))


def _of(card: Scorecard, ability: str) -> Score | None:
    return next((score for score in card.gated if score.ability == ability), None)


def _paired(sittings: Sequence[Sitting], learner: str, rival: str, ability: str) -> list[float]:
    found, met = list[float](), set[str]()
    for sitting in sittings:
        cards = {card.learner: card for card in sitting}
        if learner not in cards or rival not in cards:
            continue
        mine, other = _of(cards[learner], ability), _of(cards[rival], ability)
        if mine is None or other is None:
            continue
        if {*mine.items, *mine.unread} != {*other.items, *other.unread}:
            raise ValueError(f"{ability}: the two learners were scored on different items")
        metric = decisive(cards[learner], mine)
        # what a judge left unread on one side is no difference
        theirs = dict(zip(other.items, other.metrics[metric], strict=True))
        for item, value in zip(mine.items, mine.metrics[metric], strict=True):
            if item in theirs and item not in met:
                met.add(item)
                found.append(value - theirs[item])
    return found
