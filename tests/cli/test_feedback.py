"""`lamarck feedback add`: checked, in one form, added to what is there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lamarck.data.feedback import read

Lamarck = Callable[..., Any]


def test_files_are_added_and_repeats_left_out(lamarck: Lamarck, tmp_path: Path):
    first = [{"prompt": "a", "response": "b", "rating": "up"}, {"prompt": "a", "chosen": "b", "rejected": "c"}]
    (tmp_path / "one.jsonl").write_text("\n".join(map(json.dumps, first)))
    (tmp_path / "two.csv").write_text("prompt,response,edited\na,b,password=hunter22\n")
    assert lamarck("feedback", "add", "one.jsonl").out == "feedback.jsonl: 1 thumb, 1 pair added, 2 in all\n"
    said = lamarck("feedback", "add", "two.csv").out.splitlines()
    assert said == ["feedback.jsonl: 1 edit added, 3 in all", "1 secret taken out"]
    assert lamarck("feedback", "add", "one.jsonl").out.splitlines()[1] == "2 were there already"
    assert [one.kind for one in read("feedback.jsonl").said] == ["thumb", "pair", "edit"]
    assert "hunter22" not in Path("feedback.jsonl").read_text()


def test_bad_rows_end_it_and_leave_the_file_alone(lamarck: Lamarck, tmp_path: Path):
    (tmp_path / "bad.jsonl").write_text(
        '{"prompt": "a", "response": "b"}\n{"prompt": "a", "response": "b", "rating": 1}'
    )
    said = lamarck("feedback", "add", "bad.jsonl")
    assert said.code == 2
    assert "row 1: has neither rating nor edited" in said.err
    assert not Path("feedback.jsonl").exists()
    assert "left out, row 1" in lamarck("feedback", "add", "bad.jsonl", "--skip-bad", "--out", "mine.jsonl").out
    assert len(read("mine.jsonl").said) == 1
    assert "cannot be written" in lamarck("feedback", "add", "mine.jsonl", "--out", "no/such/folder.jsonl").line
