from dataclasses import replace

import pytest
from tests.operators.given import task, texts, tried

from lamarck.core import Batch, Experience, Message, Prompt, Solution, Task, UsageError
from lamarck.operators.inventing import words
from lamarck.operators.refinement import Wording
from lamarck.operators.sourcing import unsourced
from lamarck.testing import context

BOUNDED, SORRY = Wording(words=(2, 4)), Wording(without=("sorry",), below=5)


def ruled(rule: Wording, *answers: str) -> tuple[list[str], list[str]]:
    """What is kept, and why the rest is not."""
    ctx = context()
    kept = rule(tried("3+4", *answers), ctx)
    return texts(kept), [drop.reason for drop in ctx.notes]


@pytest.mark.parametrize(
    ("rule", "good", "bad", "reason"),
    [
        (BOUNDED, "it's two", "one", "1 words, fewer than 2"),
        (BOUNDED, "one two three four", "1 2 3 4 5", "5 words, more than 4"),
        (Wording(without=("plot", "go to")), "the plotter goes to it", "Plot it", "holds 'plot'"),
        (Wording(without=("go to",)), "to go", "First GO\nto it", "holds 'go to'"),
        (SORRY, "Sorry to say: this is it", "I'm sorry.", "holds 'sorry'"),
        (Wording(begins=("Write a program",)), "Write a poem", "write a program", "begins with 'Write a program'"),
        (Wording(ends=(":",)), "so: be it", "as follows:", "ends with ':'"),
        (Wording(plain=True), "7 seas", "- a point", "begins with '-'"),
        (Wording(plain=True), "a", "Überall", "begins with 'Ü'"),
        (Wording(telling=True), "the answer", "It is. And so on!", "says nothing"),
        (Wording(telling=True), "7", "...", "says nothing"),
        (Wording(telling=True), "7", "  ", "is empty"),
        (Wording(must=("Human:",)), "Human: so", "human: so", "lacks 'Human:'"),
        (Wording(characters=(3, None)), "abc", "ab", "2 signs, fewer than 3"),
        (Wording(characters=(None, 3)), "abc", "abcd", "4 signs, more than 3"),
        (Wording(opens=("I am", "So")), "So be it", "Be it so", "does not begin with 'I am' or 'So'"),
    ],
)
def test_a_rule_keeps_and_drops_and_is_named(rule: Wording, good: str, bad: str, reason: str):
    assert ruled(rule, good, bad) == ([good], [f"solution: {reason}"])


def test_a_text_is_cut_before_the_rules_look():
    rule = Wording(cut_at=("User:", "###"), words=(2, None))
    assert ruled(rule, "two words ### User: more", "one User: more words", "two words") == (
        ["two words", "two words"],
        ["solution: 1 words, fewer than 2"],
    )
    assert "solution" in rule.writes


def test_what_comes_before_a_mark_is_cut_off_and_a_text_without_it_dropped():
    rule = Wording(opens=("I think",), cut_to=("Says:",), cut_at=("User:",), characters=(3, None))
    said = ["I think so.\nSays: seven\nUser: thanks", "I think so.", "Says: seven", "I think so. Says: 7"]
    assert ruled(rule, *said) == (
        ["seven"],
        ["solution: lacks 'Says:'", "solution: does not begin with 'I think'", "solution: 1 signs, fewer than 3"],
    )


def test_what_was_cut_off_loses_its_last_word_where_nothing_else_cuts_it():
    (whole,) = tried("3+4", "it is sev")
    assert whole.solution
    short = replace(whole, solution=replace(whole.solution, stop="length"))
    assert texts(Wording(trim=True)([whole, short], context())) == ["it is sev", "it is"]
    assert texts(Wording(trim=True, cut_at=("sev",))([short], context())) == ["it is"]


def test_figures_and_names_that_nobody_showed_are_made_up():
    (bare,) = tried("3+4", "The tower is 70 feet high and stands in Oslo.")
    shown = Prompt(name="polish", fields={"solution": "TOWER: 70 feet. Oslo, Norway"})
    more = replace(bare, asked=replace(shown, fields={"solution": "Oslo has a tower of 170 feet"}))
    ctx = context()
    assert Wording(sourced=True)([bare, replace(bare, asked=shown), more], ctx) == [bare, replace(bare, asked=shown)]
    assert [drop.reason for drop in ctx.notes] == ["solution: says '70', which was not shown"]
    told = "So I think, and Anna says, that It began. Then 3.5 of 4 came to New York"
    assert unsourced(told, "anna it 4 3.5") == ("New", "York")


def test_a_text_ends_before_it_repeats_itself():
    again = "All of it is well, yes, yes. And then all of it is well; all of it is well."
    assert ruled(Wording(once=True), again, "Yes, yes, yes.")[0] == [
        "All of it is well, yes, yes. And then all of it is well;",
        "Yes, yes, yes.",
    ]


def test_the_task_is_looked_at_without_the_form_of_its_answer():
    asked = "What is it?"
    whole = replace(
        task(), messages=(Message(role="user", text=f"{asked}\n\nEnd with a line."),), fields={"question": asked}
    )
    batch: Batch = [Experience(task=whole)]
    assert Wording(of="task", words=(1, 3))(batch, context()) == batch
    ctx = context()
    assert Wording(of="task", without=("what is",))(batch, ctx) == []
    assert ctx.notes[0].reason == "task: holds 'what is'"


def test_a_task_is_cut_too():
    long: Task = replace(task(), messages=(Message(role="user", text="Sum it. ## Rest"),), fields={})
    (cut,) = Wording(of="task", cut_at=("##",))([Experience(task=long)], context())
    assert words(cut.task) == "Sum it."


def test_it_reads_what_it_looks_at():
    assert Wording(of="task", words=(1, 2)).reads == {"task"}
    assert Wording(words=(1, 2)).reads == {"solution"}


def test_bounds_that_nothing_can_obey_are_refused():
    with pytest.raises(UsageError, match="at least 5 and at most 2"):
        Wording(words=(5, 2))


def test_a_dialogue_ends_before_the_first_turn_that_breaks_a_rule():
    said = [("assistant", "Rest."), ("user", "How long?"), ("assistant", "A week."), ("user", "Thanks!"),
            ("assistant", "Thanks to you.")]  # fmt: skip
    turns = tuple(Message(role=role, text=text, author=role) for role, text in said)  # pyright: ignore[reportArgumentType]
    (e,) = tried("3+4", "")
    talk, ctx = replace(e, solution=Solution(messages=turns)), context()
    (short,) = Wording(author="user", without=("thanks",))([talk], ctx)
    assert short.solution
    assert [m.text for m in short.solution.messages] == ["Rest.", "How long?", "A week."]
    assert Wording(author="assistant", without=("week", "rest"))([talk], ctx) == []
    assert [drop.reason for drop in ctx.notes] == ["assistant: holds 'rest'"]
    assert Wording(author="user", without=("rest",))([talk], ctx) == [talk]
    with pytest.raises(UsageError, match="no turns of 'user'"):
        Wording(of="task", author="user")
