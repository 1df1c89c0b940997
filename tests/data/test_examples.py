"""A user's labelled examples: three shapes, each fault named with its line, a changed file refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from lamarck.core import UsageError
from lamarck.data.examples import marked, read

SHAPES: list[dict[str, Any]] = [
    {"messages": [{"role": "user", "content": "2+3"}, {"role": "assistant", "content": "5"}]},
    {"prompt": "2+3", "completion": "5"},
    {"instruction": "2+3", "output": "5"},
]


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "seed.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_three_shapes_say_the_same(tmp_path: Path):
    found = read(str(written(tmp_path, *map(json.dumps, SHAPES), "")))
    assert len(found) == 3
    assert {(e.task.messages[-1].text, e.solution.text if e.solution else "", e.task.id) for e in found} == {
        ("2+3", "5", found[0].task.id)
    }


def test_instruction_and_input_are_two_paragraphs(tmp_path: Path):
    line = json.dumps({"instruction": "Add.", "input": "2+3", "output": "5"})
    assert read(str(written(tmp_path, line)))[0].task.messages[0].text == "Add.\n\n2+3"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "line 2"),
        ("[]", "line 2: must be a JSON object"),
        ('{"question": "a"}', "line 2: has question; give one of: messages; conversations; prompt"),
        ('{"prompt": 3, "completion": "b"}', "line 2: prompt must be text"),
        ('{"messages": [{"role": "user", "content": "a"}]}', "line 2: messages must be a list of two"),
        ('{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]}', "ends with the assist"),
        ('{"messages": [{"role": "bot", "content": "a"}, {"role": "user", "content": "b"}]}', "needs a role"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, line: str, fault: str):
    path = written(tmp_path, json.dumps(SHAPES[1]), line)
    with pytest.raises(UsageError, match=r"seed\.jsonl") as refused:
        read(str(path))
    assert fault in str(refused.value)


def test_no_file_and_an_empty_file_are_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read"):
        read(str(tmp_path / "none.jsonl"))
    with pytest.raises(UsageError, match="holds no example"):
        read(str(written(tmp_path, "", "")))


def test_a_file_that_changed_since_the_run_began_is_refused(tmp_path: Path):
    path = written(tmp_path, json.dumps(SHAPES[1]))
    mark = marked(path)
    assert len(read(mark)) == 1
    path.write_text(json.dumps(SHAPES[2]), encoding="utf-8")
    with pytest.raises(UsageError, match="was changed since the run began"):
        read(mark)
