"""A deal of blackjack: which cards come, whatever is decided."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from random import Random

ACE, TEN, WHOLE, STANDS = 1, 10, 21, 17
"""Card values, what nobody may go beyond, and from where the dealer takes no more."""
SUIT = (*range(ACE, TEN + 1), TEN, TEN, TEN)
"""Ace to ten, and jack, queen and king, which are tens too."""
ENOUGH = 40
"""Cards that the two of them never use up."""
HANDS = ("low", "stiff", "pat", "soft")
"""To 11, 12 to 16, from 17 on; and with an ace that counts 11."""


@dataclass(frozen=True, kw_only=True)
class Deal:
    """The cards of one game. The dealer's do not depend on how many the player takes."""

    player: tuple[int, ...]
    """In the order they come: two are the hand, with the last one it is over 21 however aces are counted."""
    dealer: tuple[int, ...]
    """All that the dealer ends with; the first lies open."""

    @property
    def text(self) -> str:
        """All of it on one line; equal for equal deals."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def natural(self) -> bool:
        """Whether somebody has 21 with two cards, so that nothing can be decided."""
        return WHOLE in (count(self.player[:2]), count(self.dealer[:2]))

    @property
    def hand(self) -> str:
        """The kind of the first two cards, one of ``HANDS``."""
        first = self.player[:2]
        return "soft" if soft(first) else "low" if count(first) < 12 else "stiff" if count(first) < STANDS else "pat"


def read(text: str) -> Deal:
    """The deal of its line."""
    return Deal(**{who: tuple(cards) for who, cards in json.loads(text).items()})


def draw(decks: int, rng: Random) -> Deal:
    """A deal from so many shuffled decks. The player draws from one end of the shoe and the dealer from the other."""
    shoe = rng.sample(SUIT, ENOUGH, counts=[4 * decks] * len(SUIT))
    hand, dealer = sorted(shoe[:2]), shoe[-1:-3:-1]
    return Deal(
        player=tuple(_until(hand, shoe[2:], lambda cards: sum(cards) > WHOLE)),
        dealer=tuple(_until(dealer, shoe[-3::-1], lambda cards: count(cards) >= STANDS)),
    )


def count(cards: Sequence[int]) -> int:
    """What cards come to: an ace is 11 where that is not over 21."""
    return sum(cards) + TEN * soft(cards)


def soft(cards: Sequence[int]) -> bool:
    """Whether an ace counts 11."""
    return ACE in cards and sum(cards) + TEN <= WHOLE


def _until(cards: list[int], pile: Sequence[int], done: Callable[[Sequence[int]], bool]) -> list[int]:
    """The cards, and as many more from the pile as it takes."""
    for card in pile:
        if done(cards):
            break
        cards = [*cards, card]
    return cards
