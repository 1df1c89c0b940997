"""Entries of a memory with what became of the tasks that they stood beside."""

from dataclasses import replace

from lamarck.core import Entry, Experience, Feedback, Message, Prompt, Solution, Task
from lamarck.report.remembered import Known, best_first, known


def lesson(text: str, source: str = "t 1") -> Entry:
    return Entry(text=text, kind="lesson", source=source)


def tried(task: str, right: bool, *lessons: Entry, words: bool = True) -> Experience:
    fields = {"recalled": " ".join(one.source for one in lessons)}
    lines = "\n".join(f"{i}. {one.text}" for i, one in enumerate(lessons, 1))
    fields |= {"reminded": lines} if words else {"examples": f"Question: {lines}\nAnswer: 5"}
    return Experience(
        task=Task(id=task, kind="sum", messages=(Message(role="user", text=task),)),
        solution=Solution(messages=(Message(role="assistant", text="5"),)),
        feedback=Feedback(passed=right),
        asked=Prompt(name="task/sum", fields=fields),
    )


def test_entries_of_one_source_are_told_apart_by_their_words():
    add, guess = lesson("Add the units."), lesson("Guess.")
    rounds = [[tried("a", True, add), tried("b", False, guess), tried("c", False)]]
    helped, hurt = known([add, guess], rounds)
    assert helped.effect
    assert hurt.effect
    assert (helped.effect.having, hurt.effect.having) == (1.0, 0.0)


def test_an_example_is_known_as_a_lesson_is():
    one, other = lesson("1+2", "toy/text 1"), lesson("3+4", "toy/text 12")
    found = known([one, other], [[tried("a", True, one, words=False)]])
    assert found[0].effect
    assert found[1] == Known(entry=other)
    assert found[1].told == "never in view"


def test_what_was_confirmed_goes_before_what_was_not():
    once, often, never = lesson("once"), lesson("often"), lesson("never")
    made = [Known(entry=replace(entry, support=n)) for entry, n in ((once, 1), (often, 3), (never, 0))]
    assert [one.entry.text for one in best_first(made)] == ["often", "once", "never"]


def test_what_helped_goes_first_and_what_harmed_last():
    good, bad, new, old = lesson("good"), lesson("bad"), lesson("new", "n"), lesson("old", "o")
    rounds = [[tried(f"g{i}", True, good) for i in range(20)] + [tried(f"b{i}", False, bad) for i in range(20)]]
    found = best_first(known([bad, old, new, good], rounds))
    assert [one.entry.text for one in found] == ["good", "new", "old", "bad"]
    assert [one.standing for one in found] == [2, 1, 1, 0]
    assert found[0].told.startswith(
        "in view for 20 solutions of 20 tasks: 100.0 % went well, and 0.0 % of 20 without it"
    )
