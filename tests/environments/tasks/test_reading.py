"""Malformed tables end before anything runs, with line and reason; splits never overlap; duplicates are counted."""

from pathlib import Path
from typing import Any

import pytest
from tests.environments.tasks import given
from tests.environments.tasks.given import file, many, say

from lamarck.core import LabelError, Objective, Split, UsageError
from lamarck.environments.tasks.environment import FileTasks, from_tasks
from lamarck.environments.tasks.reading import read

GOAL = Objective(ability="mine")
SPLITS: tuple[Split, ...] = ("practice", "selection", "sealed")


def ids(environment: FileTasks) -> dict[str, set[str]]:
    return {split: {t.id for t in environment.tasks(split, None, 0, GOAL)} for split in SPLITS}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{nonsense", "line 3: column 2: Expecting property name"),
        ({"question": "?", "answer": "without a mark"}, "line 3: answer: has no final answer behind ####"),
        ({"question": "?", "answer": 5}, "line 3: answer: is a int, no text"),
        ({"question": " ", "answer": "#### 3"}, "line 3: the question is empty"),
        ({"other": 1}, "line 3: answer: is missing"),
    ],
)
def test_a_bad_line_ends_it_and_is_left_out_on_request(tmp_path: Path, bad: Any, reason: str):
    rows = many(given.GSM8K)
    name = file(tmp_path, [*rows[:2], bad, *rows[2:]])
    with pytest.raises(UsageError) as error:
        read(name)
    assert reason in str(error.value)
    assert "1 of 7 rows cannot be used; type: --skip-bad to leave them out" in str(error.value)
    left = read(name, skip_bad=True)
    assert sum(map(len, left.items.values())) == 6
    assert left.counts["bad"] == 1


def test_many_bad_lines_are_counted(tmp_path: Path):
    with pytest.raises(UsageError) as error:
        read(file(tmp_path, [given.GSM8K, *["{"] * 7]))
    assert str(error.value).count("line ") >= 3
    assert "... and 4 more" in str(error.value)


UNFIT: list[tuple[list[Any], str, str]] = [
    (["{"], "", "1 of 1 rows cannot be used$"),
    ([{"text_a": "?", "b": 1}], "exact", r"has no column for the question; it has text_a, b; name it: --columns"),
    ([{"question": "?", "b": 1}], "exact", "has no column for the answer; it has question, b; name it: --columns"),
    ([{"question": "?", "answer": "1"}] * 4, "", "how are the answers of .* checked"),
    ([{"question": f"{n}?", "answer": "Paris"} for n in range(4)], "numeric", "the answer 'Paris' is no number"),
    ([{"question": f"{n}?", "answer": "C", "options": ["a", "b"]} for n in range(4)], "choice", "is none of the"),
    ([{"question": f"{n}?", "answer": "A"} for n in range(4)], "choice", "has no options"),
    ([{"question": f"{n}?", "answer": "("} for n in range(4)], "regex", "the pattern is none"),
    ([{"question": f"{n}?", "answer": "x"} for n in range(4)], "code", "has no tests"),
    ([{"question": "same?", "answer": "1"}] * 9, "numeric", "there are 1 different tasks; give at least 3"),
    ([{"question": "a?", "answer": "1"}] * 9, "exakt", "unknown check 'exakt': did you mean exact"),
    ([given.IFEVAL | {"instruction_id_list": ["odd:kind"]}] * 3, "", "the instruction 'odd:kind' is not known"),
]


@pytest.mark.parametrize(("rows", "check", "message"), UNFIT)
def test_a_table_that_cannot_serve_says_why(tmp_path: Path, rows: Any, check: str, message: str):
    with pytest.raises(UsageError, match=message):
        from_tasks(file(tmp_path, rows), check=check)


def test_columns_that_the_user_names_must_be_there(tmp_path: Path):
    name = file(tmp_path, [{"q": "?", "a": 1}])
    with pytest.raises(UsageError, match="has no column 'frage'; it has q, a"):
        read(name, check="exact", columns={"question": "frage"})
    with pytest.raises(UsageError, match="--columns kwestion=q: a task has question, answer"):
        read(name, check="exact", columns={"kwestion": "q"})


def test_splits_never_overlap_and_do_not_depend_on_the_order(tmp_path: Path):
    rows = many(given.GSM8K, 200)
    found = ids(from_tasks(file(tmp_path, rows)))
    assert ids(from_tasks(file(tmp_path, rows[::-1]))) == found
    assert sum(map(len, found.values())) == len(set[str]().union(*found.values())) == 200
    assert all(25 <= len(found[split]) <= 60 for split in ("selection", "sealed"))


def test_an_item_keeps_its_split_when_the_file_grows(tmp_path: Path):
    rows = many(given.GSM8K, 300)
    small, large = ids(from_tasks(file(tmp_path, rows[:150]))), ids(from_tasks(file(tmp_path, rows)))
    assert all(small[split] <= large[split] for split in SPLITS)


def test_no_split_of_a_small_file_is_empty(tmp_path: Path):
    for n in (3, 4, 5, 8, 20):
        assert all(ids(from_tasks(file(tmp_path, many(given.GSM8K, n)))).values())


def test_a_files_own_splits_are_kept_and_what_is_held_out_wins(tmp_path: Path):
    rows = many(given.GSM8K, 40)
    named = [row | {"split": "train" if n < 30 else "test"} for n, row in enumerate(rows)]
    environment = from_tasks(file(tmp_path, [*named, named[35] | {"split": "train"}, named[0]]))
    found = ids(environment)
    assert len(found["sealed"]) == 10
    assert len(found["selection"]) == 6
    assert len(found["practice"]) == 24
    assert environment.counts["duplicates"] == 2
    assert environment.counts["conflicts"] == 0


@pytest.mark.parametrize("own", [True, False])
def test_cases_that_must_pass_are_looked_at_every_round(tmp_path: Path, own: bool):
    rows = [
        row | ({"split": "train" if n < 30 else "test"} if own else {}) for n, row in enumerate(many(given.GSM8K, 40))
    ]
    marks = ["yes", True, 1, "x"]
    marked = [row | {"critical": marks[n] if n < 4 else ("no", None, False, "")[n % 4]} for n, row in enumerate(rows)]
    environment = from_tasks(file(tmp_path, [*marked, rows[1]]), columns={"must_pass": "critical"}, check="numeric")
    cases = [task.parameters["row"] for task in environment.must_pass()]
    assert sorted(map(str, cases)) == ["1", "2", "3", "4"]
    found = ids(environment)
    assert {task.id for task in environment.must_pass()} < found["selection"]
    assert len(found["sealed"]) == (10 if own else 7)  # a fifth of the 36 that are not marked
    assert all(task.split == "selection" for task in environment.must_pass())


def test_a_mark_says_yes_or_no(tmp_path: Path):
    rows = [row | {"must_pass": "maybe" if n == 2 else "no"} for n, row in enumerate(many(given.GSM8K))]
    with pytest.raises(UsageError, match="line 3: must_pass: 'maybe' says neither yes nor no; write true or false"):
        read(file(tmp_path, rows))
    assert not from_tasks(file(tmp_path, many(given.GSM8K))).must_pass()


def test_a_question_with_two_labels_is_a_conflict(tmp_path: Path):
    rows = many(given.GSM8K)
    environment = from_tasks(file(tmp_path, [*rows, rows[0] | {"answer": "#### 13"}]))
    assert (environment.counts["duplicates"], environment.counts["conflicts"]) == (1, 1)


def test_letter_case_and_spacing_do_not_make_another_question(tmp_path: Path):
    rows = many(given.GSM8K)
    again = rows[0] | {"question": rows[0]["question"].upper().replace(" ", "  ")}
    assert from_tasks(file(tmp_path, [*rows, again])).counts["duplicates"] == 1


def test_a_sealed_label_is_out_of_reach(tmp_path: Path):
    environment = from_tasks(file(tmp_path, many(given.GSM8K)))
    task = environment.tasks("practice", 1, 0, GOAL)[0]
    assert task.reference
    with pytest.raises(LabelError):
        task.reference.seal("nobody reads it").read()
    assert environment.answer(task, say("The answer is 12.")) == "12"
