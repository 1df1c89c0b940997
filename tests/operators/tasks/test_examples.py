from dataclasses import replace

from tests.operators.given import texts, tried

from lamarck.core import Limits
from lamarck.operators.tasks import Examples
from lamarck.testing import ToyEnvironment, context

TOY = ToyEnvironment()


def test_labelled_examples_with_their_solutions():
    batch = Examples(n=30)([], context())
    assert len(batch) == 30
    assert all(e.solution and TOY.check(e.task, e.solution).passed for e in batch)
    assert {e.origin.operator for e in batch} == {"test"}


def test_an_example_met_twice_has_two_numbers():
    given = [replace(e, sample=0) for e in tried("3+4", "7", "= 7")]
    batch = Examples(n=5)([], replace(context(), seed_data=given))
    assert [e.id for e in batch] == [f"toy/3+4#{i}" for i in range(5)]
    assert set(texts(batch)) == {"7", "= 7"}


def test_the_limit_caps_n():
    assert len(Examples(n=9)([], context(limits=Limits(tasks=2)))) == 2


def test_fresh_ones_each_round_or_the_same_in_every_round_and_stage():
    ctx = context()
    later = [replace(ctx, round=2), replace(ctx, number=1), replace(ctx, operator="tasks.Examples.1")]
    for same in (True, False):
        first = [e.task.id for e in Examples(n=20, same=same)([], ctx)]
        assert all(([e.task.id for e in Examples(n=20, same=same)([], at)] == first) == same for at in later)


def test_what_came_in_goes_first():
    batch = tried("3+4", "7")
    assert Examples(n=1)(batch, context())[0] == batch[0]
