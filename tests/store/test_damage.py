"""Every file of a finished run, damaged one at a time: found, named, repaired."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.store.given import BASE, INFO, at, fill, never

from lamarck.core import Choice, DamagedRun, Harvest, Learner, ModelRef, Scorecard, Verdict
from lamarck.data.strict import Malformed
from lamarck.store import RunReader, RunStore
from lamarck.store.weights import outside

FILES = (
    "run.json", "manifest.json", "sealed.json", "rounds/000/scorecard.json", "rounds/001/tasks.parquet",
    "rounds/001/experiences.parquet", "rounds/001/refined.parquet", "rounds/001/refinement.dropped.parquet",
    "rounds/001/refinement.funnel.json", "rounds/001/candidate.json", "rounds/001/scorecard.json",
    "rounds/001/verdict.json", "rounds/001/objective.json", "learners/c0ffee/model.safetensors",
)  # fmt: skip


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 4
    path.write_bytes(raw)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def read_all(path: Path) -> None:
    """Everything a report reads."""
    reader = RunReader(path)
    _ = reader.info
    for view in reader.rounds():
        _ = view.funnel, view.drops, view.scorecards, view.verdict, view.objective, view.candidate
        for phase in ("tasks", "feedback", "refinement"):
            reader.batch(view.stage, view.round, phase)
    for learner in reader.learners():
        reader.learner(learner)
    reader.sealed()
    reader.events()


def resume(path: Path) -> None:
    """Everything the loop asks for."""
    with RunStore.hold(path, INFO) as store:
        store.keep(BASE)
        store.commit(at("evaluation", 0), list[Scorecard], never)
        for name in ("tasks", "feedback", "refinement"):
            store.commit(at(name), Harvest, never)
        store.commit(at("updating"), Learner, never)
        store.commit(at("evaluation"), list[Scorecard], never)
        store.commit(at("verdict"), Verdict, never)
        store.commit(at("objective"), Choice, never)
        store.commit(at("sealed", 0), list[Scorecard], never)


@pytest.mark.parametrize("hurt", [flip, cut, Path.unlink])
def test_damage_is_found_named_and_repaired(tmp_path: Path, hurt: Callable[[Path], None]):
    with RunStore.hold(tmp_path / "whole", INFO) as store:
        fill(store)
    for number, name in enumerate(FILES):
        path = tmp_path / f"run-{number}"
        shutil.copytree(tmp_path / "whole", path)
        if hurt is Path.unlink and name in ("run.json", "manifest.json"):
            continue  # without them it is no run, or one that has just begun
        hurt(path / name)
        for use in (read_all, resume):
            with pytest.raises(DamagedRun) as caught:
                use(path)
            assert name in str(caught.value)
            assert f"type: lamarck resume {path} --repair" in str(caught.value)
            assert "\n" not in str(caught.value)
        RunStore.repair(path)
        with RunStore.hold(path, INFO) as store:
            fill(store)
        read_all(path)


def test_repair_keeps_what_came_before(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        fill(store)
    flip(tmp_path / "run" / "learners" / "c0ffee" / "model.safetensors")
    forgotten = RunStore.repair(tmp_path / "run")
    assert [phase.name for phase in forgotten] == ["updating", "evaluation", "verdict", "objective", "sealed"]
    assert not (tmp_path / "run" / "learners" / "c0ffee").exists()  # a trainer must be able to make it anew
    info = RunReader(tmp_path / "run").info
    assert (info.status, info.round, info.phase, info.champion) == ("paused", 1, "refinement", BASE.hash)
    with RunStore.hold(tmp_path / "run", INFO) as store:
        store.commit(at("refinement"), Harvest, never)
        assert store.commit(at("updating"), Learner, lambda: BASE) == BASE


def test_a_whole_run_needs_no_repair(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        fill(store)
    assert RunStore.repair(tmp_path / "run") == ()
    resume(tmp_path / "run")


def test_damage_in_one_round_leaves_the_others_readable(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        fill(store)
        store.commit(at("tasks", 2), Harvest, lambda: Harvest(batch=[]))
    flip(tmp_path / "run" / "rounds" / "001" / "verdict.json")
    first, second = RunReader(tmp_path / "run").rounds()[1:]
    assert second.phases == ("tasks",)
    assert first.scorecards
    with pytest.raises(DamagedRun, match=r"rounds/001/verdict\.json is damaged"):
        _ = first.verdict


def test_a_damaged_entry_of_the_manifest_costs_only_what_came_after(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        fill(store)
    manifest = tmp_path / "run" / "manifest.json"
    lines = manifest.read_text().splitlines(keepends=True)
    lines[5] = lines[5].replace("refined", "refused")
    manifest.write_text("".join(lines))
    with pytest.raises(DamagedRun, match="entry 4: does not fit its check"):
        RunReader(tmp_path / "run").rounds()
    RunStore.repair(tmp_path / "run")
    assert RunReader(tmp_path / "run").rounds()[-1].phases == ("tasks", "feedback")


def test_a_weight_that_became_a_link_is_found(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        made = fill(store)["updating"]
    weights = tmp_path / "run" / "learners" / "c0ffee" / "model.safetensors"
    weights.rename(tmp_path / "elsewhere")
    weights.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedRun, match=r"model\.safetensors"):
        RunReader(tmp_path / "run").learner(made.hash)


def test_a_path_that_leads_out_of_the_run_is_refused(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        far = Learner(model=ModelRef(name="a/b", digest="1", folder=str(tmp_path / "run" / ".." / "x")))
        store.commit(at("updating"), Learner, lambda: far)
    assert RunReader(tmp_path / "run").learner(far.hash).model.folder == str(tmp_path / "x")
    with pytest.raises(Malformed, match="leads out of the run folder"):
        outside(Learner(model=ModelRef(name="a/b", digest="1", folder="learners/../../x")), tmp_path / "run")
