"""A planted class of errors comes out on top, in the same order each time, and what is hostile stays text."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from tests.report.literal import small
from tests.report.parsed import Parsed

from lamarck.core import Batch, Experience, Feedback, Message, Solution, Task, passed
from lamarck.report import errors as told
from lamarck.report.grouping import Group, grouped, pattern, ranked
from lamarck.report.page import page


def tried(n: int = 120, planted: str = "carry", seed: int = 1) -> Batch:
    """Samples of which a tenth fails anywhere, and nearly all of one node, with a sentence of its own."""
    rng, made = Random(seed), Batch()
    for i in range(n):
        node = ("carry", "plain", "minus")[i % 3]
        wrong = rng.random() < (0.9 if node == planted else 0.1)
        text = f"I carry the {i} and so it is {i + 1}" if node == "carry" else f"{i} by counting up"
        task = Task(
            id=f"t/{i:03}",
            kind="sum",
            messages=(Message(role="user", text=f"{i}+{i}?"),),
            parameters={"node": node, "row": i},
        )
        said = f"line {i}: the carry of {i} is lost" if node == planted else f"it is {2 * i}, not {i}"
        made.append(
            Experience(
                task=task,
                solution=Solution(messages=(Message(role="assistant", text=text),)),
                feedback=Feedback(passed=not wrong, score=float(not wrong), text=said if wrong else "right"),
            )
        )
    return made


def top(batch: Batch, kind: str) -> Group:
    return next(one for one in ranked(grouped(batch)) if one.kind == kind)


@pytest.mark.parametrize("planted", ["carry", "plain"])
def test_a_planted_class_of_errors_comes_out_on_top(planted: str):
    batch = tried(planted=planted)
    where = top(batch, "where")
    assert where.name == f"node = {planted}"
    assert (where.failed, where.of) == (sum(not passed(e) for e in batch if e.task.parameters["node"] == planted), 40)
    assert where.rest < 0.2
    assert len(where.examples) == 2
    assert {one.name for one in ranked(grouped(batch)) if one.kind == "where"} == {where.name}
    assert top(batch, "said").name == "line #: the carry of # is lost"


def test_answers_that_read_alike_are_a_group_with_its_words():
    alike = top(tried(), "alike")
    assert "carry" in alike.name
    assert alike.failed / alike.of > 0.6


def test_nothing_stands_out_where_failures_are_everywhere_alike():
    batch = tried(planted="nowhere")
    assert not [one for one in ranked(grouped(batch)) if one.kind == "where"]


def test_the_order_is_stable():
    batch = tried()
    shuffled = sorted(Random(4).sample(batch, len(batch)), key=lambda e: e.id)
    assert ranked(grouped(batch)) == ranked(grouped(shuffled))
    twins = [replace(top(batch, "where"), name=name) for name in ("b", "a")]
    assert [one.name for one in ranked(twins)] == ["a", "b"]


def test_a_row_number_is_no_group_and_numbers_are_no_difference():
    assert not [one for one in grouped(tried()) if one.name.startswith("row")]
    assert pattern("step 2:  6*5=24 is false,\n it is 30.5") == "step #: #*#=# is false, it is #"


def test_the_page_and_the_terminal_say_it(tmp_path: Path):
    run = small(tmp_path)
    hostile = [replace(e, feedback=Feedback(passed=False, text="<script>alert(1)</script>\x1b[31m")) for e in tried()]
    run.batches[0, 2, "feedback"] = hostile
    found = Parsed(page(run.reader))
    assert "Practice of round 2: 120 of 120 samples failed (100.0 %)." in found.text
    assert "<script>alert(#)</script>" in found.text
    assert "script" not in {tag for tag, _ in found.elements}
    assert "\x1b" not in told(run.reader).plain
    run.batches[0, 2, "feedback"] = tried()
    assert "node = carry: 3" in told(run.reader).plain


def test_a_run_that_tried_nothing(tmp_path: Path):
    run = small(tmp_path)
    run.batches.clear()
    assert told(run.reader).plain == "No round has tried anything that was checked yet."
