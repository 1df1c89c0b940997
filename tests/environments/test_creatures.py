from collections import Counter

import pytest

from lamarck.core import Message, Objective, Solution, Task, UsageError
from lamarck.environments import load
from lamarck.environments.creatures import Creatures
from lamarck.environments.creatures.table import KINDS, rule, table
from lamarck.trust.leakage import Index, Item

WORLD = Creatures()
GOAL = Objective(ability="sorting")
DRIFT = Objective(ability="sorting", parameters={"drift": True})


def said(text: str) -> Solution:
    return Solution(messages=(Message(role="assistant", text=text),))


def group(task: Task) -> str:
    assert task.reference
    return task.reference.read()


def test_the_same_seed_makes_the_same_creatures_and_another_one_others():
    assert WORLD.tasks("practice", 9, 1, GOAL) == WORLD.tasks("practice", 9, 1, GOAL)
    assert WORLD.tasks("practice", 9, 1, GOAL) != WORLD.tasks("practice", 9, 2, GOAL)
    assert [task.parameters["node"] for task in WORLD.tasks("practice", 4, 1, GOAL)] == [*KINDS, KINDS[0]]


def test_no_two_splits_share_a_creature_and_all_groups_are_met():
    keys = [{WORLD.key(t) for t in WORLD.tasks(split, 90, 3, GOAL)} for split in ("practice", "selection", "sealed")]
    assert [len(each) for each in keys] == [90, 90, 90]
    assert not keys[0] & keys[1] | keys[0] & keys[2] | keys[1] & keys[2]
    assert set(Counter(group(task) for task in WORLD.tasks("practice", 90, 3, GOAL))) == set("ABCD")


def test_no_creature_is_told_in_words_of_a_held_out_one():
    held = [task for split in ("selection", "sealed") for task in WORLD.tasks(split, 100, 0, GOAL)]
    told = [task.messages[0].text for task in WORLD.tasks("practice", 200, 0, GOAL)]
    index = Index([Item(name=t.id, texts=(t.messages[0].text,), keys=(WORLD.key(t),)) for t in held], told)
    assert index.look(told) == [None] * len(told)
    assert None not in index.look([task.messages[0].text for task in held])


def test_the_last_letter_is_the_answer():
    (task,) = WORLD.tasks("practice", 1, 0, GOAL)
    right = group(task)
    told = WORLD.check(task, said(f"Not Z. A bird of group {right}"))
    assert (told.passed, told.text) == (True, f"it is of group {right}")
    assert not WORLD.check(task, said("none")).passed
    assert not WORLD.check(task, said(f"{right}, no: {'A' if right != 'A' else 'B'}")).passed
    assert WORLD.answer(task, said("no letter")) is None


def test_of_a_held_out_creature_nothing_is_told():
    (task,) = WORLD.tasks("selection", 1, 0, GOAL)
    assert WORLD.check(task, said("A")).text == ""


def test_half_way_the_tables_drift_and_held_out_ones_follow_the_new():
    for kind in KINDS:
        old, new = table(kind), table(kind, drifted=True)
        assert old.features == new.features
        assert all(a != b for a, b in zip(old.groups, new.groups, strict=True))
    tasks = WORLD.tasks("practice", 40, 5, DRIFT)
    assert [task.id.endswith("-new") for task in tasks] == [False] * 20 + [True] * 20
    assert all(task.id.endswith("-new") for task in WORLD.tasks("selection", 5, 5, DRIFT))
    assert [group(t) for t in tasks[:20]] == [group(t) for t in WORLD.tasks("practice", 40, 5, GOAL)[:20]]


def test_a_rule_in_words_names_the_two_features_that_count():
    assert rule("bird", (0,) * 10, "A").count(",") == 2


def test_examples_are_right_practice_creatures():
    for one in WORLD.examples(6, 0):
        assert one.solution
        assert WORLD.check(one.task, one.solution).passed
        assert one.task.split == "practice"


def test_unknown_wishes_are_refused():
    with pytest.raises(UsageError, match="node of creatures 'dog'"):
        WORLD.tasks("practice", 1, 0, Objective(ability="x", node="dog"))
    with pytest.raises(UsageError, match="parameter of creatures 'noise'"):
        WORLD.tasks("practice", 1, 0, Objective(ability="x", parameters={"noise": 1}))
    with pytest.raises(UsageError, match="ask for fewer"):
        WORLD.tasks("sealed", 9999, 0, GOAL)


def test_it_is_listed():
    assert isinstance(load("creatures"), Creatures)
