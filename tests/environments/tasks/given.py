"""Small task files of each format, as literal rows."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lamarck.core import Message, Solution

GSM8K: dict[str, Any] = {
    "question": "Ann has 3 bags of 4 figs. How many figs?",
    "answer": "3 * 4 = <<3*4=12>>12 figs.\n#### 12",
}
MATH = {
    "problem": "What is $1/4 + 1/4$?",
    "level": "Level 1",
    "type": "Algebra",
    "solution": r"It is $\boxed{\frac{1}{2}}$.",
}
SVAMP = {
    "ID": "1",
    "Body": "Tim had 5 pens. He lost 2",
    "Question": "How many are left?",
    "Answer": 3.0,
    "Type": "Subtraction",
}
AQUA = {"question": "2 + 2?", "options": ["A)3", "B)4"], "rationale": "2 + 2 = 4\nAnswer: B", "correct": "B"}
CSQA = {
    "answerKey": "A",
    "id": "1",
    "question": {
        "stem": "Where is a fish?",
        "choices": [{"label": "A", "text": "pond"}, {"label": "B", "text": "sky"}],
    },
}
ARC = {"id": "1", "question": "Why?", "choices": {"text": ["so", "not so"], "label": ["1", "2"]}, "answerKey": "2"}
DATE = {"input": "Which day?", "target_scores": {"05/01/2021": 1, "02/23/2021": 0}}
STRATEGY = {"input": "Do cats fly?", "target_scores": {"Yes": 0, "No": 1}, "target": "No."}
BBH = {"task": "dates", "input": "Which?\nOptions:\n(A) one\n(B) two", "target": "(B)"}
BBH_WORD = {"task": "logic", "input": "not True is", "target": "False"}
MBPP: dict[str, Any] = {
    "text": "Add one.",
    "code": "def inc(x):\r\n    return x + 1",
    "task_id": 1,
    "test_list": ["assert inc(1) == 2", "assert inc(-1) == 0"],
}
HUMANEVAL: dict[str, Any] = {
    "task_id": "X/0",
    "prompt": 'def inc(x):\n    """Add one."""\n',
    "canonical_solution": "    return x + 1\n",
    "test": "def check(candidate):\n    assert candidate(1) == 2\n",
    "entry_point": "inc",
}
GAME24 = {"Rank": "1", "Puzzles": "1 1 4 6"}
IFEVAL: dict[str, Any] = {
    "key": 1,
    "prompt": "Write. No commas.",
    "instruction_id_list": ["punctuation:no_comma"],
    "kwargs": [{}],
}


def file(folder: Path, rows: Iterable[Mapping[str, Any] | str], name: str = "mine.jsonl") -> str:
    path = folder / name
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)


def many(row: Mapping[str, Any], n: int = 6) -> list[dict[str, Any]]:
    """n rows like this one whose questions differ."""
    return [json.loads(json.dumps(row).replace('"' + _question(row), f'"{i}. {_question(row)}', 1)) for i in range(n)]


def _question(row: Mapping[str, Any]) -> str:
    asked = next(
        row[key] for key in ("question", "problem", "Body", "input", "text", "prompt", "Puzzles") if key in row
    )
    return json.dumps(asked["stem"] if isinstance(asked, dict) else asked)[1:-1]


def say(text: str) -> Solution:
    return Solution(messages=(Message(role="assistant", text=text),))
