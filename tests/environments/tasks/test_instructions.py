"""Instructions in the forms people have them: read without a word about columns, mixed or bad rows named."""

from pathlib import Path
from typing import Any

import pytest
from tests.environments.tasks.given import file

from lamarck.core import Objective, Task, UsageError
from lamarck.environments.tasks.environment import FileTasks, from_tasks

GOAL = Objective(ability="mine")
TURNS: dict[str, Any] = {"messages": [{"role": "user", "content": "2+3"}, {"role": "assistant", "content": "5"}]}
LONGER: dict[str, Any] = {
    "conversations": [
        {"from": "system", "value": "Be brief."},
        {"from": "human", "value": "1+1"},
        {"from": "gpt", "value": "2"},
        {"from": "human", "value": "2+3"},
        {"from": "gpt", "value": "5"},
    ]
}
FORMS: dict[str, tuple[dict[str, Any], str, str]] = {
    "alpaca": ({"instruction": "Add.", "input": "2+3", "output": "5"}, "Add.\n\n2+3", "5"),
    "alpaca without an input": ({"instruction": "2+3", "input": "", "output": "5"}, "2+3", "5"),
    "sharegpt": (LONGER, "2+3", "5"),
    "messages": (TURNS, "2+3", "5"),
    "messages in parts": ({"messages": [{"role": "user", "content": [{"type": "text", "text": "2+3"}]}]}, "2+3", ""),
    "completion": ({"prompt": "2+3", "completion": "5"}, "2+3", "5"),
    "completion in turns": (
        {"prompt": [{"role": "user", "content": "2+3"}], "completion": [{"role": "assistant", "content": "5"}]},
        "2+3",
        "5",
    ),
    "preference": ({"prompt": "2+3", "chosen": "5", "rejected": "6"}, "2+3", "5"),
    "prompt": ({"prompt": "2+3"}, "2+3", ""),
    "instruction": ({"instruction": "2+3"}, "2+3", ""),
}


def all_of(world: FileTasks) -> list[Task]:
    splits = ("practice", "selection", "sealed")
    return [task for split in splits for task in world.tasks(split, None, 0, GOAL)]


def others(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Two more rows of the same form that ask something else."""
    name = next(iter(row))
    turn = {"from": "human", "value": "hello"} if name == "conversations" else {"role": "user", "content": "hello"}
    asked, more = ([turn], [turn, turn]) if isinstance(row[name], list) else ("hello", "hello you")
    return [{**row, name: asked}, {**row, name: more}]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_told_by_its_columns_and_its_answer_is_the_label(tmp_path: Path, form: str):
    row, question, answer = FORMS[form]
    world = from_tasks(file(tmp_path, [row, *others(row)]))
    assert world.rule == "none"
    (task,) = (task for task in all_of(world) if task.messages[-1].text == question)
    assert (task.reference.read() if task.reference else "") == answer
    assert [m.text for m in task.messages[:-1]] == (["Be brief.", "1+1", "2"] if form == "sharegpt" else [])


def test_an_answer_makes_a_labelled_example_with_what_was_said_before(tmp_path: Path):
    rows = [
        {**TURNS, "messages": [{"role": "user", "content": f"{n}+3"}, TURNS["messages"][1]], "split": "train"}
        for n in range(9)
    ]
    world = from_tasks(file(tmp_path, [*rows, {**LONGER, "messages": None, "split": "train"}][:9]))
    found = world.examples(9, 0)
    assert {e.solution.text for e in found if e.solution} == {"5"}
    assert {e.task.messages[-1].text for e in found} <= {f"{n}+3" for n in range(9)}


def test_plain_lines_are_prompts(tmp_path: Path):
    path = tmp_path / "prompts.txt"
    path.write_text("Say one.\n\nSay two.\n Say three. \n")
    assert {t.messages[0].text for t in all_of(from_tasks(str(path)))} == {"Say one.", "Say two.", "Say three."}


ALPACA = FORMS["alpaca"][0]
BAD: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (ALPACA, TURNS, "line 2: is of the form messages, but the first row is of the form alpaca"),
    (TURNS, ALPACA, "line 2: is of the form alpaca, but the first row is of the form messages"),
    (TURNS, {"text": "a"}, "line 2: has text, but the first row is of the form messages"),
    ({"prompt": "a"}, ALPACA, "line 2: is of the form alpaca, but the first row is of the form prompts"),
    (ALPACA, {"instruction": 3, "output": "5"}, "line 2: is not of the format alpaca: instruction: is a int, no text"),
    (TURNS, {"messages": []}, "messages: is empty, no list of turns"),
    (TURNS, {"messages": [{"role": "oracle", "content": "a"}]}, "turn 1 is by 'oracle'"),
    (TURNS, {"messages": [{"role": "assistant", "content": "a"}]}, "the turns are assistant; the last but"),
    (TURNS, {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "holds parts that are no text"),
]


@pytest.mark.parametrize(("first", "bad", "message"), BAD)
def test_a_mixed_or_bad_row_is_named_and_left_out_on_request(tmp_path: Path, first: Any, bad: Any, message: str):
    name = file(tmp_path, [first, bad, *others(first)])
    with pytest.raises(UsageError) as refused:
        from_tasks(name)
    assert message in str(refused.value)
    assert "1 of 4 rows cannot be used; type: --skip-bad" in str(refused.value)
    assert len(all_of(from_tasks(name, skip_bad=True))) == 3


def test_a_check_that_is_asked_for_reads_the_same_form(tmp_path: Path):
    rows = [{"instruction": "Add.", "input": f"{n}+3", "output": str(n + 3)} for n in range(4)]
    world = from_tasks(file(tmp_path, rows), check="numeric")
    assert all(task.messages[-1].text.startswith("Add.\n\n") for task in all_of(world))
    with pytest.raises(UsageError, match="has no answer to check by"):
        from_tasks(file(tmp_path, [*rows, {**rows[0], "input": "9+9", "output": ""}]), check="numeric")
