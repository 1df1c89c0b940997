"""Each of the field's formats: told by its columns, its label read, right and wrong answers told apart."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.environments.tasks import given
from tests.environments.tasks.given import file, many, say

from lamarck.core import Objective, UsageError
from lamarck.environments.tasks.environment import FileTasks, from_tasks

GOAL = Objective(ability="mine")


def one(environment: FileTasks, split: Any = "practice") -> Any:
    return environment.tasks(split, 1, 0, GOAL)[0]


KINDS: list[tuple[dict[str, Any], str, str, str, str]] = [
    (given.GSM8K, "numeric", "number", "3 * 4 = 12. The answer is 12 figs.", "The answer is 7."),
    (given.MATH, "numeric", "number", r"so \boxed{0.5}", r"so \boxed{0.25}"),
    (given.SVAMP, "numeric", "number", "3", "7"),
    (given.AQUA, "choice", "choice", "The answer is (B).", "The answer is (A)."),
    (given.CSQA, "choice", "choice", "**A**", "B."),
    (given.ARC, "choice", "choice", "The answer is 2.", "The answer is 1."),
    (given.DATE, "exact", "choice", "Answer: (A)", "Answer: (B)"),
    (given.STRATEGY, "exact", "word", "No.", "Yes."),
    (given.BBH, "exact", "choice", "So the answer is (B).", "So the answer is (A)."),
    (given.BBH_WORD, "exact", "word", "It is False.", "It is True."),
    (given.IFEVAL, "constraints", "text", "No comma here.", "Here, one."),
    (given.GAME24, "game24", "text", "(6 - 1 - 1) * 4 + 8", "1 + 1"),
]


@pytest.mark.parametrize(("row", "check", "form", "right", "wrong"), KINDS)
def test_a_format_is_told_by_its_columns(
    tmp_path: Path, row: Mapping[str, Any], check: str, form: str, right: str, wrong: str
):
    rows = many(row) if check != "game24" else [{"Puzzles": f"{n} 1 4 6"} for n in (1, 2, 3)]
    environment = from_tasks(file(tmp_path, rows))
    assert environment.rule == check
    assert next(iter(environment.items.values())).answers.form == form
    task = one(environment)
    assert environment.check(task, say(wrong)).passed is False
    if check != "game24":
        assert environment.check(task, say(right)).passed is True
        assert environment.check(task, say("")).passed is False


def test_game24_goes_by_the_rules(tmp_path: Path):
    environment = from_tasks(file(tmp_path, ["Puzzles", "4 6 1 1", "2 3 4 1", "8 3 1 1"], "game.csv"))
    task = next(
        t
        for s in ("practice", "selection", "sealed")
        for t in environment.tasks(s, None, 0, GOAL)
        if "8, 3" in t.fields["question"] or t.fields["question"] == "8 3 1 1"
    )
    assert environment.check(task, say("8 * 3 * 1 * 1")).passed is True
    assert environment.check(task, say("8 * 3")).passed is False


def test_a_task_shows_its_question_and_form_and_never_its_label(tmp_path: Path):
    task = one(from_tasks(file(tmp_path, many(given.AQUA))))
    assert "(B) 4" in task.messages[0].text
    assert "The answer is (X)" in task.messages[0].text
    assert task.reference.read() == "B"
    shown = json.dumps([task.messages[0].text, dict(task.fields), dict(task.parameters)])
    assert "2 + 2 = 4" not in shown


def test_options_that_the_question_lists_are_not_listed_again(tmp_path: Path):
    assert one(from_tasks(file(tmp_path, many(given.BBH)))).messages[0].text.count("(A) one") == 1


def test_examples_pass_their_own_check_and_come_from_practice(tmp_path: Path):
    for row in (given.GSM8K, given.MATH, given.AQUA, given.STRATEGY, given.BBH):
        environment = from_tasks(file(tmp_path, many(row, 12)))
        practice = {task.id for task in environment.tasks("practice", None, 0, GOAL)}
        found = environment.examples(100, 0)
        assert {e.task.id for e in found} == practice
        assert all(e.solution and environment.check(e.task, e.solution).passed for e in found)


def test_a_rationale_is_part_of_the_example(tmp_path: Path):
    (example, *_) = from_tasks(file(tmp_path, many(given.GSM8K))).examples(1, 0)
    assert example.solution
    assert example.solution.text == "3 * 4 = 12 figs.\nThe answer is 12."


@pytest.mark.parametrize(
    ("rows", "check", "columns", "right"),
    [
        ([{"q": f"{n} + 1?", "a": n + 1} for n in range(6)], "numeric", {"question": "q", "answer": "a"}, None),
        ([{"Question": f"{n}?", "Answer": "Paris"} for n in range(6)], "exact", {}, "The answer is paris."),
        ([{"prompt": f"{n}?", "choices": ["x", "y"], "answer": 1} for n in range(6)], "choice", {}, "(B)"),
        ([{"prompt": f"{n}?", "A": "x", "B": "y", "answer": "B"} for n in range(6)], "choice", {}, "(B)"),
        ([{"prompt": f"{n}?", "options": "x | y", "answer": "y"} for n in range(6)], "choice", {}, "the answer is y"),
        ([{"prompt": f"{n}?", "pattern": r"^\d+ figs$"} for n in range(6)], "regex", {}, "So:\n12 figs"),
        (
            [{"prompt": [{"role": "user", "content": f"{n}?"}], "answer": "#### 3"} for n in range(6)],
            "numeric",
            {},
            "3",
        ),
    ],
)
def test_a_table_of_ones_own(
    tmp_path: Path, rows: list[dict[str, Any]], check: str, columns: dict[str, str], right: str | None
):
    environment = from_tasks(file(tmp_path, rows), check=check, columns=columns)
    task = one(environment)
    assert environment.check(task, say(right or f"The answer is {task.reference.read()}.")).passed is True
    assert environment.check(task, say("The answer is 999.")).passed is False


def test_the_node_of_an_objective_is_a_group(tmp_path: Path):
    rows = [*many(given.BBH, 8), *many(given.BBH_WORD, 8)]
    environment = from_tasks(file(tmp_path, rows))
    found = environment.tasks("practice", None, 0, Objective(ability="mine", node="logic"))
    assert found
    assert {task.parameters["node"] for task in found} == {"logic"}
    with pytest.raises(UsageError, match="unknown node of mine 'logik': did you mean logic"):
        environment.tasks("practice", None, 0, Objective(ability="mine", node="logik"))
    with pytest.raises(UsageError, match="knows no parameter 'depth'"):
        environment.tasks("practice", None, 0, Objective(ability="mine", parameters={"depth": 1}))


def test_a_task_that_is_none_of_the_files_has_no_verdict(tmp_path: Path):
    environment = from_tasks(file(tmp_path, many(given.GSM8K)))
    other = from_tasks(file(tmp_path, many(given.SVAMP), "other.jsonl"))
    assert environment.check(one(other), say("3")).passed is None
