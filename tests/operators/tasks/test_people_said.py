from dataclasses import replace

import pytest

from lamarck.core import Experience, Limits, Message, UsageError, passed
from lamarck.data.feedback import Kind, Said
from lamarck.operators.tasks import PeopleSaid
from lamarck.testing import context


def said(kind: Kind, good: str, bad: str, number: int) -> Experience:
    asked = Message(role="user", text=f"Question {number % 2}")
    return Said(kind=kind, turns=(asked,), good=good, bad=bad, source="ann").experience(number)


ALL = (said("thumb", "a", "", 0), said("thumb", "", "b", 1), said("pair", "c", "d", 2), said("edit", "e", "f", 3))


def texts(which: str) -> list[tuple[str, str, bool]]:
    operator = replace(PeopleSaid(), which=which)
    batch = operator([], replace(context(), feedback=ALL))
    return [(e.solution.text if e.solution else "", e.rejected.text if e.rejected else "", passed(e)) for e in batch]


def test_each_sort():
    assert texts("good") == [("a", "", True), ("c", "", True), ("e", "", True)]
    assert texts("pairs") == [("c", "d", True), ("e", "f", True)]
    assert [(text, is_good) for text, _, is_good in texts("rated")] == [
        ("a", True), ("b", False), ("c", True), ("d", False), ("e", True), ("f", False),
    ]  # fmt: skip
    assert texts("all") == [("a", "", True), ("b", "", False), ("c", "d", True), ("e", "f", True)]


def test_ids_are_unique_and_the_source_stays():
    batch = PeopleSaid(which="rated")([], replace(context(), feedback=ALL))
    assert len({e.id for e in batch}) == 6
    assert {e.feedback.source for e in batch if e.feedback} == {"ann"}


def test_the_limit_and_what_there_is_not():
    ctx = replace(context(limits=Limits(tasks=1)), feedback=ALL)
    assert len(PeopleSaid()([], ctx)) == 1
    with pytest.raises(UsageError, match="type: --feedback FILE"):
        PeopleSaid()([], context())
    with pytest.raises(UsageError, match="holds nothing of the sort 'pairs'"):
        PeopleSaid(which="pairs")([], replace(context(), feedback=ALL[:2]))
