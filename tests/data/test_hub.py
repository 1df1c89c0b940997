"""A data set by its name, through the `datasets` library where it is installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lamarck.core import MissingExtra
from lamarck.data import hub

READ = """
import sys
from lamarck.data import hub
print(list(hub.rows(sys.argv[1])))
"""


def missing(_name: str) -> None:
    return None


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hub, "find_spec", missing)
    with pytest.raises(MissingExtra, match=r"the data set a/b needs the extra 'local'"):
        list(hub.rows("a/b"))


@pytest.mark.slow
def test_every_split_is_read_and_named(tmp_path: Path):
    pytest.importorskip("datasets")
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "train.jsonl").write_text(json.dumps({"question": "2+3", "answer": "5"}))
    (folder / "test.jsonl").write_text(json.dumps({"question": "2+4", "answer": "6"}))
    apart = {**os.environ, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}
    call = [sys.executable, "-c", READ]
    done = subprocess.run([*call, str(folder)], capture_output=True, text=True, check=False, env=apart)
    assert "{'split': 'train', 'question': '2+3', 'answer': '5'}" in done.stdout, done.stderr
    assert "{'split': 'test', 'question': '2+4', 'answer': '6'}" in done.stdout
    lost = subprocess.run([*call, "no-such/data-set"], capture_output=True, text=True, check=False, env=apart)
    assert "the data set no-such/data-set cannot be loaded" in lost.stderr
