"""What became of tasks with an entry of memory in view, beside those without it."""

import pytest

from lamarck.core import Experience, Feedback, Message, Prompt, Solution, Task
from lamarck.trust.credit import Effect, credit, outcome, recalled


def tried(task: str, right: bool | float | None, *sources: str, sample: int = 0) -> Experience:
    """A solution of a task, how it went, and what stood in its prompt."""
    said = Feedback(passed=right) if isinstance(right, bool) else Feedback(score=right)
    return Experience(
        task=Task(id=task, kind="sum", messages=(Message(role="user", text=task),)),
        solution=Solution(messages=(Message(role="assistant", text="5"),)),
        feedback=said,
        asked=Prompt(name="task/sum", fields={"recalled": " ".join(sources)}),
        sample=sample,
    )


def test_the_numbers_are_those_of_newcombes_paper():
    # 56 of 70 against 48 of 80: the first example of the paper, whose method 10 gives 0.0524 to 0.3339
    having = [tried(f"a{i}", i < 56, "rule") for i in range(70)]
    lacking = [tried(f"b{i}", i < 48) for i in range(80)]
    found = credit([having + lacking], recalled)["rule"]
    assert (found.uses, found.tasks, found.others) == (70, 70, 80)
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))
    assert found.is_known


def test_many_solutions_of_one_task_are_no_new_evidence():
    one = [[tried("a", True, "rule"), tried("b", False)]]
    many = [[tried(task, task == "a", *["rule"] * (task == "a"), sample=i) for task in "ab" for i in range(50)]]
    few, more = credit(one, recalled)["rule"], credit(many, recalled)["rule"]
    assert (more.uses, more.tasks) == (50, 1)
    assert (few.low, few.high) == (more.low, more.high)
    assert not more.is_known


def test_what_went_before_an_entry_was_there_is_not_held_against_the_others():
    early, late = [tried("a", False), tried("b", False)], [tried("a", True, "rule"), tried("b", True)]
    assert credit([early, late], recalled)["rule"].difference == 0.0
    assert credit([[*early, *late]], recalled)["rule"].lacking == 0.25  # a round has one learner


def test_an_entry_that_always_stood_there_has_nothing_to_compare_with():
    found = credit([[tried("a", True, "rule"), tried("b", True, "rule")]], recalled)["rule"]
    assert found == Effect(uses=2, tasks=2, others=0, having=1.0, lacking=None)
    assert (found.difference, found.low, found.high, found.is_known) == (None, -1.0, 1.0, False)


def test_a_harmful_entry_is_known_as_one():
    found = credit([[tried(f"t{i}", i >= 10, *["poison"] * (i < 10)) for i in range(20)]], recalled)["poison"]
    assert found.difference == -1.0
    assert found.high < 0


def test_what_has_no_outcome_does_not_count():
    scored, grade, nothing = tried("a", 0.5, "rule"), tried("b", 7.0, "rule"), tried("c", None, "rule")
    assert [outcome(one) for one in (scored, grade, nothing)] == [0.5, None, None]
    assert credit([[scored, grade, nothing]], recalled)["rule"].uses == 1
    assert credit([], recalled) == {}


def test_an_entry_named_twice_in_a_prompt_is_one():
    assert credit([[tried("a", True, "rule", "rule", "fact")]], recalled).keys() == {"rule", "fact"}
    assert credit([[tried("a", True, "rule", "rule")]], recalled)["rule"].uses == 1
