"""What looks at a run folder: status, lineage, report, watch; also at a damaged one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lamarck.store import RunReader

Lamarck = Callable[..., Any]


@pytest.fixture
def mine(tiny: Path, tmp_path: Path) -> Path:
    """A copy of the run in runs/, to be damaged."""
    return shutil.copytree(tiny, tmp_path / "runs" / "tiny", copy_function=shutil.copyfile)


def some(run: Path) -> str:
    """The id of a sample of round 1."""
    return RunReader(run).batch(0, 1, "feedback")[0].id


def test_status_of_a_run(lamarck: Lamarck, mine: Path):
    said = lamarck("status", "tiny")
    assert said.code == 0
    assert "done" in said.out
    assert "greedy" in said.out
    data = json.loads(lamarck("status", mine, "--json").out)
    assert (data["status"], data["round"], data["recipe"]) == ("done", 2, "rest_em")


def test_status_of_all_runs(lamarck: Lamarck, mine: Path):
    (mine.parent / "broken").mkdir()
    (mine.parent / "broken" / "run.json").write_text("{")
    said = lamarck("status")
    assert "tiny" in said.out
    assert "damaged" in said.out
    assert {row["status"] for row in json.loads(lamarck("status", "--json").out)} == {"done", "damaged"}


def test_status_where_no_run_is(lamarck: Lamarck):
    assert "no runs in runs/ yet" in lamarck("status").out


def test_lineage_is_a_tree_of_learners(lamarck: Lamarck, mine: Path):
    said = lamarck("lineage", "tiny").out
    assert RunReader(mine).info.champion in said
    assert "champion" in said


def test_lineage_of_a_sample_tells_its_whole_way(lamarck: Lamarck, mine: Path):
    batch = RunReader(mine).batch(0, 1, "feedback")
    for sample in (batch[0].id, batch[1].id):
        said = lamarck("lineage", "tiny", sample, "--round", "1").out
        assert said.count("round 1") == 1
        for word in ("task", "wrote", "by", "learner", "temperature 0.7", "feedback", "verifier:", "then"):
            assert word in said
    everything = "".join(lamarck("lineage", "tiny", experience.id).out for experience in batch[:12])
    assert "dropped by refinement.Filter: not passed" in everything
    assert "kept by refinement.Filter, refinement.Distinct, refinement.Cap; trained learner" in everything


def test_lineage_of_a_task_tells_all_its_samples(lamarck: Lamarck, mine: Path):
    task = RunReader(mine).batch(0, 1, "feedback")[0].task.id
    assert lamarck("lineage", "tiny", task, "--round", "1").out.count(f"{task}#") == 4


def test_lineage_of_nobody_names_the_nearest(lamarck: Lamarck, mine: Path):
    near = some(mine).partition("#")[0]
    assert f"did you mean {near}" in lamarck("lineage", "tiny", f"{near}x").line
    assert lamarck("lineage", "tiny", "zzz").code == 2


def test_what_a_model_wrote_is_shown_harmless(lamarck: Lamarck, mine: Path, monkeypatch: pytest.MonkeyPatch):
    def poisoned(self: RunReader, *address: Any) -> Any:
        from dataclasses import replace

        from lamarck.core import Message, Solution

        evil = Solution(messages=(Message(role="assistant", text="\x1b]0;owned\x07[red]\u202e" + "x" * 10_000_000),))
        return [replace(e, solution=evil) for e in real(self, *address)]

    real, first = RunReader.batch, some(mine)
    monkeypatch.setattr(RunReader, "batch", poisoned)
    said = lamarck("lineage", "tiny", first, "--round", "1").out
    assert "\\x1b]0;owned\\x07[red]\\u202e" in said
    assert len(said) < 20_000
    assert not set(said) & set("\x1b\x07\u202e")


def test_report_is_written_again(lamarck: Lamarck, mine: Path):
    said = lamarck("report", "tiny")
    assert Path(said.out.strip()).read_text().lstrip().startswith("<!")


def test_watch_of_an_ended_run_tells_it_and_ends(lamarck: Lamarck, mine: Path):
    said = lamarck("watch", "tiny")
    assert said.code == 0
    assert "round 1 of 2: solving and checking" in said.out
    assert "base: greedy" in said.out
    assert "round 2 of 2: greedy" in said.out
    assert "round 1 of 2: trained on" in said.out


def test_watch_of_a_killed_run_ends(lamarck: Lamarck, mine: Path):
    data = (mine / "run.json").read_text()
    assert '"done"' in data
    (mine / "lock").write_text("999999999\n")
    assert lamarck("watch", "tiny").code == 0


@pytest.mark.parametrize("command", ["lineage", "report", "status"])
def test_a_damaged_file_is_named_with_the_cure(lamarck: Lamarck, mine: Path, command: str):
    victim = next((mine / "rounds").rglob("*scorecard*.json"))
    victim.write_bytes(victim.read_bytes()[:-5])
    said = lamarck(command, "tiny")
    assert said.code in (0, 1)  # what needs the file says so; what does not, goes on
    if said.code:
        assert victim.name in said.line
        assert "lamarck resume tiny --repair" in said.line


def test_a_run_that_is_a_link_is_refused(lamarck: Lamarck, mine: Path):
    (mine.parent / "link").symlink_to(mine)
    said = lamarck("status", "link")
    assert said.code == 2
    assert "symbolic link" in said.line
