"""What may be spent: read, held before a call, settled after, told when it is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamarck.core import PausedRun, UsageError
from lamarck.models.budget import Budget, Cost, limits_of


def test_a_budget_is_typed_in_one_word():
    assert limits_of("usd=5,tokens=2M,calls=1k,minutes=.5") == {"usd": 5.0, "tokens": 2e6, "calls": 1e3, "minutes": 0.5}
    assert limits_of({"usd": 3}) == {"usd": 3.0}
    assert limits_of(None) == limits_of("") == {}


@pytest.mark.parametrize("text", ["usd", "usd=", "usd=five", "usd=-1", "usd=0", "euros=5", "usd=1e9", "tokens=2MM"])
def test_what_is_no_budget_is_refused_with_a_way_to_write_it(text: str):
    with pytest.raises(UsageError, match=r"--budget|unknown budget"):
        limits_of(text)


def test_what_is_gone_is_told_with_the_line_that_goes_on():
    budget = Budget(limits={"usd": 1.0}, folder="runs/a")
    assert budget.reserve(Cost(usd=0.6))
    assert not budget.reserve(Cost(usd=0.6))  # the first may turn out cheaper
    budget.settle(Cost(usd=0.6), Cost(usd=0.9))
    with pytest.raises(
        PausedRun, match=r"the budget of 1 USD .* \(0\.9 USD spent\).* lamarck resume runs/a --budget usd=2"
    ):
        budget.reserve(Cost(usd=0.6))
    assert budget.left["usd"] == pytest.approx(0.1)


def test_minutes_go_by_and_earlier_processes_count():
    now = [0.0]
    budget = Budget(limits={"minutes": 2.0, "calls": 10.0}, clock=lambda: now[0])
    budget.earlier(Cost(calls=8), 60.0)
    assert budget.reserve(Cost())
    assert budget.left == {"minutes": 1.0, "calls": 2.0}
    now[0] = 61.0
    with pytest.raises(PausedRun, match="minutes"):
        budget.reserve(Cost())


@given(st.lists(st.tuples(st.floats(0.01, 2.0), st.floats(0.0, 2.0)), max_size=60), st.integers(1, 8))
def test_it_is_passed_by_no_more_than_the_calls_in_flight(calls: list[tuple[float, float]], at_once: int):
    budget, flying, spent = Budget(limits={"usd": 5.0}), list[tuple[Cost, Cost]](), 0.0
    for guess, real in calls:
        try:
            if len(flying) < at_once and budget.reserve(Cost(usd=guess)):
                flying.append((Cost(usd=guess), Cost(usd=real)))
            elif flying:
                held, cost = flying.pop(0)
                budget.settle(held, cost)
                spent += cost.usd
        except PausedRun:
            break
    for held, cost in flying:
        budget.settle(held, cost)
        spent += cost.usd
    assert spent <= 5.0 + 2.0 * at_once + 1e-6
    assert budget.left["usd"] == pytest.approx(max(5.0 - spent, 0.0))
