"""The field's own files, where they are there: every label reads as itself, every constraint is known."""

import json
import os
from pathlib import Path

import pytest
from tests.environments.tasks.given import say

from lamarck.core import Objective
from lamarck.data.answers import Answers
from lamarck.environments.tasks.constraints import unknown
from lamarck.environments.tasks.environment import from_tasks

DATA = Path(os.environ.get("LAMARCK_DATA", "data"))
GOAL = Objective(ability="")
FILES = {
    "gsm8k_train_5000.jsonl": ("numeric", 5000),
    "commonsenseqa_train_7000.jsonl": ("choice", 7000),
    "reasoning/aqua_test.jsonl": ("choice", 254),
    "reasoning/svamp.json": ("numeric", 1000),
    "reasoning/bigbench_date.json": ("exact", 369),
    "reasoning/bigbench_object_tracking.json": ("exact", 750),
    "reasoning/strategyqa_task.json": ("exact", 2289),
    "bbh_first50.jsonl": ("exact", 1350),
    "ifeval_prompts.jsonl": ("constraints", 541),
    "game24.csv": ("game24", 1362),
    "mbpp_prompt_valid_train.jsonl": ("code", 474),
}


def there(name: str) -> str:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not here; set LAMARCK_DATA to the folder that has it")
    return str(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_field_is_read_whole(name: str):
    environment = from_tasks(there(name))
    check, items = FILES[name]
    assert environment.rule == check
    assert len(environment.items) == items
    assert environment.counts["bad"] == 0
    if check in ("numeric", "choice", "exact"):
        wrong = [
            e.task.id
            for e in environment.examples(items, 0)
            if e.solution and not environment.check(e.task, e.solution).passed
        ]
        assert not wrong


def test_every_rationale_of_gsm8k_reads_as_its_own_answer():
    rows = [json.loads(line) for line in Path(there("gsm8k_train_5000.jsonl")).read_text().splitlines()[::10]]
    number = Answers(form="number")
    assert not [
        r["answer"] for r in rows if not number.same(number.read(r["answer"]) or "", r["answer"].rpartition("#### ")[2])
    ]


def test_every_constraint_of_ifeval_is_known():
    rows = [json.loads(line) for line in Path(there("ifeval_prompts.jsonl")).read_text().splitlines()]
    assert not [row["key"] for row in rows if unknown(row)]
    assert any(row["instruction_id_list"] for row in rows)


@pytest.mark.slow
def test_every_reference_solution_of_mbpp_passes():
    environment = from_tasks(there("mbpp_prompt_valid_train.jsonl"))
    failed = dict[int, str]()
    for split in ("practice", "selection", "sealed"):
        for task in environment.tasks(split, None, 0, GOAL):
            assert task.reference
            feedback = environment.check(task, say(f"```python\n{task.reference.read()}\n```"))
            if not feedback.passed:
                failed[environment.items[task.id].number] = feedback.text
    environment.close()
    assert not failed
