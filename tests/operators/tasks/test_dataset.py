from dataclasses import replace

import pytest

from lamarck.core import Context, Leg, Limits, Objective, Task, UsageError
from lamarck.operators.tasks import Dataset
from lamarck.testing import ToyEnvironment, context


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


def ids(dataset: Dataset, ctx: Context) -> list[str]:
    return [e.task.id for e in dataset([], ctx)]


def test_parts_are_equal_share_nothing_and_make_up_the_pool():
    ctx = context(environment=ToyEnvironment(n=50))
    parts = [ids(Dataset(part=part, of=3), ctx) for part in (1, 2, 3)]
    assert [len(part) for part in parts] == [16, 17, 17]
    assert len({one for part in parts for one in part}) == 50


def test_a_round_takes_its_own_part_and_begins_anew_after_the_last():
    ctx = context(environment=ToyEnvironment(n=30))
    rounds = [ids(Dataset(of=3), replace(ctx, round=number)) for number in (1, 2, 3, 4)]
    assert rounds[:3] == [ids(Dataset(part=part, of=3), replace(ctx, round=9)) for part in (1, 2, 3)]
    assert rounds[3] == rounds[0]


def test_a_stage_that_is_repeated_goes_on_with_the_parts():
    plan = (Leg(name="sft", rounds=1), Leg(name="rl", rounds=1)) * 2
    at = [replace(context(), plan=plan, number=number) for number in range(4)]
    laps = [ids(Dataset(of=3), one) for one in at]
    assert laps[0] == laps[1] == ids(Dataset(part=1, of=3), context())
    assert laps[2] == laps[3] == ids(Dataset(part=2, of=3), context())


def test_the_number_and_the_limit_are_of_a_round():
    assert len(ids(Dataset(n=5, of=4), context())) == 5
    assert len(ids(Dataset(of=2), context(limits=Limits(tasks=7)))) == 7


@pytest.mark.parametrize(("part", "of"), [(4, 3), (0, 3), (2, 1), (None, 0)])
def test_a_part_there_is_not_is_refused(part: int | None, of: int):
    with pytest.raises(UsageError, match="parts count from 1"):
        Dataset(part=part, of=of)


def test_fewer_tasks_than_parts_are_refused():
    with pytest.raises(UsageError, match="toy has 24 tasks for 200 parts; give fewer parts"):
        Dataset(of=200)([], context())


def test_documents_are_tasks_too():
    found: list[Task] = [e.task for e in Dataset(source="documents", n=6)([], context())]
    assert {task.kind for task in found} == {"document"}
    assert len({task.id for task in found}) == 6
