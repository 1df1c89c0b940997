from tests.operators.given import task, texts, tried

from lamarck.core import Experience
from lamarck.operators.refinement import Distinct
from lamarck.testing import context


def test_the_first_of_each_text_stays():
    ctx = context()
    kept = Distinct()(tried("3+4", "7", "= 7", " 7\n", "= 7"), ctx)
    assert [(e.sample, e.solution.text) for e in kept if e.solution] == [(0, "7"), (1, "= 7")]
    assert [drop.reason for drop in ctx.notes] == ["same text as an earlier sample"] * 2


def test_no_solution_is_a_text_too():
    none = Experience(task=task())
    assert len(Distinct()([none, none], context())) == 1


def test_it_is_called_with_one_task():
    assert Distinct.scope == "task"
    assert texts(Distinct()([], context())) == []
