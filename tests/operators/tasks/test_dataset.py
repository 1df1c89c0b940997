from dataclasses import replace

import pytest

from lamarck.core import Limits, Objective
from lamarck.operators.tasks import Dataset
from lamarck.testing import context


def test_one_experience_a_task():
    batch = Dataset(n=5)([], context())
    assert len({e.task.id for e in batch}) == 5
    assert all(e.solution is None and e.task.split == "practice" for e in batch)


def test_all_of_a_set_where_no_number_is_given():
    assert len(Dataset()([], context())) == 24


@pytest.mark.parametrize(("n", "limit", "made"), [(5, 3, 3), (5, 9, 5), (None, 3, 3)])
def test_the_limit_caps(n: int | None, limit: int, made: int):
    assert len(Dataset(n=n)([], context(limits=Limits(tasks=limit)))) == made


def test_the_rounds_objective_steers():
    ctx = context(objective=Objective(ability="sums", node="multiply"))
    assert {e.task.fields["sign"] for e in Dataset(n=6)([], ctx)} == {"*"}


def test_a_generator_makes_new_tasks_each_round_and_the_same_ones_again():
    ctx = context()
    first, again = ({e.task.id for e in Dataset(n=8)([], ctx)} for _ in range(2))
    assert first == again
    assert first != {e.task.id for e in Dataset(n=8)([], replace(ctx, round=2))}


def test_splits_share_nothing():
    ctx = context()
    found = [{ctx.environment.key(e.task) for e in Dataset(split=s, n=60)([], ctx)} for s in ("practice", "selection")]
    assert not set.intersection(*found)


def test_it_adds_to_what_came_before():
    ctx = context()
    assert len(Dataset(n=2)(Dataset(n=3, split="selection")([], ctx), ctx)) == 5
