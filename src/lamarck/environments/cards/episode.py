"""One game of blackjack: what may be done, and who has won."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lamarck.environments.cards.deal import ACE, WHOLE, Deal, count

DEEDS = ("hit", "stand")
"""Take a card; take no more. The first is done where none can be read."""
OUTCOMES = {0.0: "You lose.", 0.5: "It is a draw.", 1.0: "You win."}


@dataclass(kw_only=True)
class GameEpisode:
    """The player's cards on the table. A hand of 21 or more ends the game; standing does too, and the dealer draws.

    The score of a game that is over: 0 lost, 0.5 a draw, 1 won, however it was won.
    """

    deal: Deal
    cards: int = 2
    stands: bool = False
    seen: str = ""

    def __post_init__(self) -> None:
        self.seen = self.seen or self._table()

    @property
    def hand(self) -> Sequence[int]:
        """The player's cards so far."""
        return self.deal.player[: self.cards]

    @property
    def over(self) -> bool:
        """Whether nothing is left to decide."""
        return self.stands or count(self.hand) >= WHOLE

    @property
    def score(self) -> float:
        """0 to 1; 0 as long as the game goes on."""
        if not self.over or count(self.hand) > WHOLE:
            return 0.0
        mine, dealers = _worth(self.hand), _worth(self.deal.dealer)
        return 0.5 if mine == dealers else float(mine > dealers)

    def refused(self, action: str, /) -> str:
        """Why this is nothing that can be done, "" where it is."""
        return "" if parsed(action) else f"'{action[:60]}' is neither hit nor stand"

    def act(self, action: str, /) -> None:
        """Do this; where no action can be read, or both, the first there is."""
        if self.over:
            return
        why, deed = self.refused(action), parsed(action) or DEEDS[0]
        if deed == "hit":
            self.cards += 1
        else:
            self.stands = True
        did = f"You take {named(self.hand[-1:])}." if deed == "hit" else "You stand."
        self.seen = " ".join(filter(None, [f"{why}, so you {deed}." if why else "", did, self._table()]))

    def _table(self) -> str:
        mine = f"You have {named(self.hand)}."
        if not self.over:
            return f"{mine} The dealer shows {named(self.deal.dealer[:1])}."
        if count(self.hand) > WHOLE:
            return f"{mine} That is over {WHOLE}. {OUTCOMES[self.score]}"
        return f"{mine} The dealer has {named(self.deal.dealer)}. {OUTCOMES[self.score]}"


def _worth(cards: Sequence[int]) -> tuple[int, bool]:
    """What a hand is worth: two cards that make 21 beat all others, and more than 21 is worth nothing."""
    made = count(cards)
    return (0, False) if made > WHOLE else (made, made == WHOLE and len(cards) == 2)


def named(cards: Sequence[int]) -> str:
    """Cards in words."""
    return ", ".join("ace" if card == ACE else str(card) for card in cards)


def parsed(action: str) -> str:
    """The action that a text names, "" where it names none, or both."""
    said = {word for word in re.findall(r"[a-z]+", action.lower()) if word in DEEDS}
    return said.pop() if len(said) == 1 else ""
