"""Where recipes run that the toy is no world for, and who answers there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.recipes.cooking import blunder, cook
from tests.recipes.gambling import err
from tests.recipes.gambling import play as gamble
from tests.recipes.housekeeping import dawdle, play
from tests.recipes.shopping import haste, shop

from lamarck.core import Environment, Task
from lamarck.environments.cards.environment import Cards
from lamarck.environments.kitchen.environment import Kitchen
from lamarck.environments.shop.environment import Shop
from lamarck.environments.texthouse.environment import TextHouse
from lamarck.testing import ScriptedModels, ToyEnvironment
from lamarck.testing.scripted import Write


class FewDoubles(ToyEnvironment):
    """With fewer protected items than are asked for: a thousand of them would take most of the time."""

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        return super().protected(min(n, 40), seed)


TOY = FewDoubles()


@dataclass(frozen=True, kw_only=True)
class World:
    """An environment, and what a scripted model writes in it."""

    environment: Environment = field(default_factory=lambda: TOY)
    right: Write = TOY.right
    wrong: Write = TOY.wrong

    @property
    def models(self) -> ScriptedModels:
        """Models that play there, with a log of their own."""
        return ScriptedModels(answer=self.right, wrong=self.wrong)


CARDS = World(environment=Cards(), right=gamble, wrong=err)
HOUSE = World(environment=TextHouse(), right=play, wrong=dawdle)
KITCHEN = World(environment=Kitchen(), right=cook, wrong=blunder)
SHOP = World(environment=Shop(), right=shop, wrong=haste)
WORLDS = {"reflexion": HOUSE, "ua2": SHOP, "ice": SHOP, "proagent": KITCHEN, "agent_pro": CARDS}
"""Recipe -> its world, where that is not the toy."""
