"""Play blackjack: the environment `cards`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from lamarck.core import (
    Episode,
    Message,
    Objective,
    Split,
    Task,
    digest,
    unknown,
)
from lamarck.environments.acted import Acted
from lamarck.environments.aiming import aimed, drawn, whole
from lamarck.environments.cards.deal import HANDS, STANDS, Deal, draw, read
from lamarck.environments.cards.episode import GameEpisode, named

NODES = {hand: {"hand": hand} for hand in HANDS}
"""The ability tree below cards: what the first two cards come to."""


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What the deals look like; an objective's parameters are these fields."""

    hand: str | None = None
    """"low" to 11, "stiff" 12 to 16, "pat" from 17, "soft" with an ace that counts 11; None = as it comes."""
    decks: int = 6
    """1 to 8 are shuffled together."""

    def __post_init__(self) -> None:
        if self.hand is not None and self.hand not in HANDS:
            raise unknown("hand of cards", str(self.hand), HANDS)
        whole("cards", "decks", self.decks, 1, 8)


class Cards(Acted):
    """Games of blackjack, each with a shoe of its own: the same task has the same cards, whatever is played.

    Hit and stand are all there is: no bets, doubling or splitting. The dealer draws to 16 and stands from 17 on. Who
    plays is not told what the cards come to. A game counts 0 lost, 0.5 drawn, 1 won; solved is won. Deals that are
    decided with two cards are no tasks. Practice, selection and sealed tasks never share a deal, whatever the seeds.
    """

    name: str = "cards"
    ability: str = "playing cards"
    hidden: ClassVar[str] = "deal"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n games (100 where n is None). Raises: UsageError for a node or parameter there is not."""
        aim, rng = aimed(self.name, Aim, objective, NODES), Random(f"cards {split} {seed}")

        def task(_at: int) -> Task | None:
            deal = draw(aim.decks, rng)
            return None if deal.natural or aim.hand not in (None, deal.hand) else _task(deal, aim.decks, split)

        return drawn(f"{self.name} with {aim}", task, self.key, split, n)

    def begin(self, task: Task, /) -> Episode:
        """A new game with the task's cards."""
        return GameEpisode(deal=read(task.private["deal"]))


def _task(deal: Deal, decks: int, split: Split) -> Task:
    number = digest(deal.text) % 10**12
    words = (
        f"You play blackjack against a dealer, with {decks} {'deck' if decks == 1 else 'decks'} of cards. Whoever is "
        "nearer to 21 wins, and whoever goes over it loses; the same count is a draw. An ace counts 11, or 1 where "
        "that is too much; ten, jack, queen and king count 10 and are all called 10. You can hit, which is to take a "
        "card, as often as you like, and then stand. After you stand the dealer turns over a second card, draws to "
        f"{STANDS - 1} and stands from {STANDS} on. Neither of you has 21 yet.\n"
        "Give one action a turn, hit or stand, in a last line such as: Action: stand\n"
        # games with the same open cards are other games: by their words alone they would be copies of each other
        f"This is game {number:012d}. {GameEpisode(deal=deal).seen}"
    )
    first = "-".join(map(str, (*deal.player[:2], deal.dealer[0])))
    return Task(
        id=f"cards/{first}-{number:012d}",
        kind="cards",
        messages=(Message(role="user", text=words),),
        fields={"hand": named(deal.player[:2]), "dealer": named(deal.dealer[:1])},
        private={"deal": deal.text},
        split=split,
        source="cards",
        parameters={"hand": deal.hand, "node": deal.hand},
    )
