from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamarck.environments.listmachine.aim import Aim, Node
from lamarck.environments.listmachine.generate import Problem, draw
from lamarck.environments.listmachine.machine import OPERATIONS, USUAL, run
from lamarck.environments.listmachine.reading import read
from lamarck.environments.listmachine.verify import Question, Ruling, verify

RUN = Question(kind="exec", digits="27253", asked="scnd", letters=USUAL)
TRACE = "s22357:cnd;c24729:nd;n75270:d;d40440:;"
FIND = Question(kind="synth", digits="35743", asked="14076", letters=USUAL)
FOUND = "c38592>14076;t85923>14076;n14076>14076;"


def asked(problem: Problem) -> Question:
    what = problem.program if problem.kind == "exec" else problem.target
    return Question(kind=problem.kind, digits=problem.digits, asked=what, letters=problem.letters)


def told(question: Question, text: str) -> tuple[bool, bool, int, str]:
    ruling = verify(question, text)
    return ruling.right, ruling.trace, ruling.steps, ruling.why


@pytest.mark.parametrize(
    ("text", "right", "trace", "steps", "why"),
    [
        (TRACE, True, True, 4, ""),
        ("2!" + TRACE, True, False, 4, ""),
        ("40440", True, False, 0, ""),
        (TRACE.replace("24729", "24728"), True, False, 1, "step 2: c on 22357 gives 24729, not 24728"),
        (TRACE.replace("d40440:", "d40441:"), False, False, 3, "step 4: d on 75270 gives 40440, not 40441"),
        (TRACE.replace(":nd", ":n"), True, False, 1, "step 2: 'nd' is left to run, not 'n'"),
        (TRACE.replace("c24729", "n24729"), True, False, 1, "step 2: the program says c next, not n"),
        (TRACE + "d80880:;", False, False, 4, "step 5: nothing is left to run, not even d"),
        ("s22357:cnd;c24729:nd;", False, False, 2, "the steps stop with 'nd' left to run"),
        ("s22357:cnd;c247", False, False, 1, "step 2 cannot be read: 'c247'"),
        ("", False, False, 0, "no list was found; end with a line like `answer: ...`"),
        ("40441", False, False, 0, "the program scnd does not turn 27253 into 40441"),
    ],
)
def test_a_run_is_right_by_its_last_list(text: str, right: bool, trace: bool, steps: int, why: str):
    assert told(RUN, text) == (right, trace, steps, why)


@pytest.mark.parametrize(
    ("text", "right", "trace", "steps", "why"),
    [
        (FOUND, True, True, 3, ""),
        ("ctn", True, False, 0, ""),
        (FOUND.replace("t85923", "t85924"), True, False, 1, "step 2: t on 38592 gives 85923, not 85924"),
        (FOUND.replace("85923>14076", "85923>14077"), True, False, 1, "step 2: the target is 14076, not 14077"),
        ("c38592>14076;", False, False, 1, "the program c turns 35743 into 38592, not into 14076"),
        ("i14076>14076;", False, False, 0, "step 1: i on 35743 gives 46854, not 14076"),
        (FOUND + "t40761>14076;", False, False, 4, "the program ctnt turns 35743 into 40761, not into 14076"),
        ("c38592>14076;t85", False, False, 1, "step 2 cannot be read: 't85'"),
        ("u37453>14076;", False, False, 0, "step 1: there is no operation u here, only rsindctx"),
        ("cut", False, False, 0, "no program was found; end with a line like `answer: ...`"),
    ],
)
def test_a_program_is_right_by_what_it_does(text: str, right: bool, trace: bool, steps: int, why: str):
    assert told(FIND, text) == (right, trace, steps, why)


def test_another_program_than_the_reference_is_as_right():
    assert verify(FIND, "ctnrr") == Ruling(right=True, trace=False, steps=0, reached="14076", why="")


@pytest.mark.parametrize(
    ("kind", "text", "answer"),
    [
        ("exec", "Sorted it is 22357.\nThen 2, 4, 7, 2, 9\n\n**Answer: 4 0 4 4 0**\nI am sure.", "40440"),
        ("exec", "s: 22357\nc: 24729\nn: [7, 5, 2, 7, 0]\n4. The end is `40440`.", "40440"),
        ("exec", "answer: 11111\nNo, wait.\nThe final answer is: 40440", "40440"),
        ("exec", TRACE + "\nanswer: 12345", "12345"),
        ("exec", "It takes 4 steps and 12 more.", None),
        ("synth", "First I sort it.\nanswer: `ctn`", "ctn"),
        ("synth", "It is done in two.\n**Answer:** c, t, n.", "ctn"),
        ("synth", "answer: c -> t -> n", "ctn"),
        ("synth", "answer: c\u2192t\u2192n", "ctn"),
        ("synth", "It is did in sit.\n\nctn\n\nThat is it, I think.", "ctn"),
        ("synth", "answer: cxc\nanswer: the same as before", "cxc"),
        ("synth", "It is done in two.", None),
        ("synth", "answer: abc", None),
    ],
)
def test_the_last_answer_is_read_from_prose(kind: str, text: str, answer: str | None):
    assert read(kind, USUAL, text).answer == answer


def test_a_told_constant_is_an_operation():
    question = Question(kind="exec", digits="27253", asked="sk", letters=USUAL + "k", constant=3)
    assert told(question, "s22357:k;k55680:;") == (True, True, 2, "")
    assert not verify(question, "s22357:k;k55681:;").right


LINES = st.text(alphabet="rsindctxkumq0123456789:>;!.,= \n`*answer", max_size=80)


@settings(max_examples=400, deadline=None)
@given(st.one_of(LINES, st.text(max_size=60), LINES.map(lambda text: "answer: " + text)))
def test_no_text_breaks_the_check(text: str):
    for question in (RUN, FIND, Question(kind="synth", digits="1234", asked="4321", letters="rk", constant=1)):
        ruling = verify(question, text)
        assert ruling.right or not ruling.trace
        assert ruling.right or ruling.why


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["exec", "synth"]), st.integers(1, 6), st.integers(4, 9))
def test_traces_are_true_and_a_changed_digit_is_named(seed: int, kind: str, depth: int, length: int):
    rng = Random(seed)
    problem = draw(Node(kind=kind, depth=depth), Aim(length=length, operations="".join(OPERATIONS)), rng)
    if problem is None:
        return
    assert verify(asked(problem), problem.trace).trace
    place = rng.choice([at for at, sign in enumerate(problem.trace) if sign.isdigit()])
    broken = problem.trace[:place] + str((int(problem.trace[place]) + 1) % 10) + problem.trace[place + 1 :]
    ruling = verify(asked(problem), broken)
    assert not ruling.trace
    assert ruling.why.startswith(f"step {broken[:place].count(';') + 1}: ")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789", min_size=1, max_size=9), st.sampled_from(sorted(OPERATIONS)))
def test_operations_are_total_and_keep_the_length(digits: str, letter: str):
    after = run(letter, digits)
    assert len(after) == len(digits)
    assert set(after) <= set("0123456789")


AFTER = {"r": "35272", "s": "22357", "i": "38364", "n": "72746", "d": "44406", "c": "29169", "t": "72532", "x": "37252"}
UNSEEN = {"f": "25538", "m": "27777", "u": "22375"}


@pytest.mark.parametrize(("letter", "after"), (AFTER | UNSEEN).items())
def test_each_operation_does_what_it_says(letter: str, after: str):
    assert run(letter, "27253") == after
