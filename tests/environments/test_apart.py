"""Practice tasks of a world are no copies of its held-out ones by their words alone."""

import pytest

from lamarck.core import Objective
from lamarck.environments import load
from lamarck.likeness.ngrams import NGrams
from lamarck.trust.held import HeldOut

GOAL = Objective(ability="")


@pytest.mark.parametrize("name", ["cards", "kitchen", "shop", "stories"])
def test_what_is_remembered_of_practice_is_not_taken_for_a_held_out_item(name: str):
    world = load(name)
    held = HeldOut(environment=world, objective=GOAL, embed=NGrams())
    told = [task.messages[-1].text for task in world.tasks("practice", 120, 7, GOAL)]
    assert not held.found(told)
    item = world.tasks("sealed", 1, 0, GOAL)[0].messages[-1].text
    assert item in held.found([item])
