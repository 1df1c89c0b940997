"""Tasks that were made of a row's are checked as it is, against their own label, where they say so."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lamarck.core import Message, Objective, Reference, Solution
from lamarck.environments.tasks.environment import from_tasks
from lamarck.operators.descent import born
from lamarck.operators.inventing import asking, instruction


@pytest.mark.parametrize(("alike", "verdicts"), [(True, [True, False]), (False, [None, None])])
def test_a_task_is_checked_as_the_row_it_was_made_of(tmp_path: Path, alike: bool, verdicts: list[bool | None]):
    rows = [{"question": f"What is {n} and {n}?", "answer": str(2 * n)} for n in range(20)]
    (tmp_path / "sums.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    world = from_tasks(str(tmp_path / "sums.jsonl"), check="numeric")
    (old,) = world.tasks("practice", 1, 0, Objective(ability=""))
    new = instruction("turned", "Which number does x stand for?", "") if not alike else asking(old, "And x?")
    made = born(new, old, by="mask", alike=alike)
    back = Solution(messages=(Message(role="assistant", text="So.\nThe answer is 41."),))
    for label, verdict in zip(("41", "42"), verdicts, strict=True):
        task = replace(made, id="turned", reference=Reference(label))
        assert world.check(task, back).passed is verdict
        assert (world.answer(task, back) == "41") is alike
