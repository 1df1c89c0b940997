from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.store.given import BASE, CHOICE, INFO, at, batch, fill, harvest, never

from lamarck.core import (
    Choice,
    DamagedRun,
    Harvest,
    Learner,
    ModelRef,
    Phase,
    Scorecard,
    Store,
    UsageError,
    Verdict,
)
from lamarck.data.strict import Malformed
from lamarck.store import RunReader, RunStore


def test_a_resumed_run_gets_what_was_committed(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        given = fill(store)
    with RunStore.hold(tmp_path / "run", INFO) as again:
        core: Store = again
        assert core.commit(at("evaluation", 0), list[Scorecard], never) == given["evaluation"]
        assert core.commit(at("refinement"), Harvest, never) == given["refinement"]
        assert core.commit(at("updating"), Learner, never) == given["updating"]
        assert core.commit(at("verdict"), Verdict, never) == given["verdict"]
        assert core.commit(at("objective"), Choice, never) == given["objective"]
        assert core.batch(at("feedback")) == batch(2)
        assert core.batch(at("feedback", 7)) == []


def test_a_phase_is_found_where_people_look(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        fill(store)
        store.commit(Phase(stage=2, round=3, name="tasks"), Harvest, harvest)
    names = {str(p.relative_to(tmp_path / "run")) for p in (tmp_path / "run").rglob("*") if p.is_file()}
    assert {
        "run.json", "manifest.json", "events.jsonl", "sealed.json", "learners/c0ffee/model.safetensors",
        "rounds/000/scorecard.json", "rounds/001/tasks.parquet", "rounds/001/experiences.parquet",
        "rounds/001/refined.parquet", "rounds/001/refinement.dropped.parquet", "rounds/001/candidate.json",
        "rounds/001/scorecard.json", "rounds/001/verdict.json", "rounds/001/objective.json",
        "rounds/2-003/tasks.parquet",
    } <= names  # fmt: skip
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "run").rglob("*.json") if "c0ffee" not in str(p)} == {0o600}
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_a_reader_sees_all_of_it_while_the_run_goes_on(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        given = fill(store)
        reader = RunReader(tmp_path / "run")
        base, first = reader.rounds()
        assert (base.round, base.phases, base.scorecards) == (0, ("evaluation",), given["evaluation"])
        assert first.phases == ("tasks", "feedback", "refinement", "updating", "evaluation", "verdict", "objective")
        assert first.funnel["refinement"] == given["refinement"].funnel
        assert first.drops["refinement"] == Counter({("refinement.Filter", "not passed"): 1})
        assert first.drops["tasks"] == Counter()
        assert (first.verdict, first.candidate) == (given["verdict"], given["updating"].hash)
        assert first.objective == given["objective"].objective
        assert reader.batch(0, 1, "feedback") == batch(2)
        assert reader.drops(0, 1, "refinement") == harvest().drops
        assert reader.sealed() == given["sealed"]
        assert reader.learners() == [BASE.hash, given["updating"].hash]
        assert reader.learner(given["updating"].hash) == given["updating"]
        assert reader.info.status == "running"
        assert (reader.info.round, reader.info.phase, reader.info.champion) == (1, "sealed", given["updating"].hash)
        with pytest.raises(UsageError, match="unknown learner of run"):
            reader.learner("0000")


def test_a_moved_run_goes_on(tmp_path: Path):
    with RunStore.hold(tmp_path / "old", INFO) as store:
        made = fill(store)["updating"]
    (tmp_path / "old").rename(tmp_path / "new")
    with RunStore.hold(tmp_path / "new", INFO) as store:
        found = store.commit(at("updating"), Learner, never)
    assert found.hash == made.hash
    assert Path(found.model.folder) == tmp_path / "new" / "learners" / "c0ffee"
    assert (Path(found.model.folder) / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (replace(INFO, seed=1), "seed 0 instead of 1"),
        (replace(INFO, recipe="star"), 'recipe "rest_em" instead of "star"'),
        (replace(INFO, options={"rounds": 3, "sources": ["a", "b"]}), '"rounds": 2'),
        (replace(INFO, tasks_limit=5), "tasks limit null instead of 5"),
    ],
)
def test_another_question_is_refused(tmp_path: Path, other: Any, said: str):
    RunStore.hold(tmp_path / "run", INFO).close()
    with pytest.raises(UsageError) as caught:
        RunStore.hold(tmp_path / "run", other)
    assert said in str(caught.value)
    assert "type: lamarck resume" in str(caught.value)
    assert "--out run-2" in str(caught.value)


def test_what_cannot_change_a_result_may_change(tmp_path: Path):
    RunStore.hold(tmp_path / "run", INFO).close()
    with RunStore.hold(tmp_path / "run", replace(INFO, workers=7, until="feedback")) as store:
        assert (store.info.workers, store.info.until) == (7, "feedback")


def test_the_state_says_how_it_ended(tmp_path: Path):
    with pytest.raises(KeyboardInterrupt), RunStore.hold(tmp_path / "run", INFO):
        raise KeyboardInterrupt
    assert RunReader(tmp_path / "run").info.status == "paused"
    with pytest.raises(ValueError, match="odd"), RunStore.hold(tmp_path / "run", INFO):
        raise ValueError("odd")
    info = RunReader(tmp_path / "run").info
    assert (info.status, info.reason) == ("failed", "odd")
    with RunStore.hold(tmp_path / "run", INFO) as store:
        store.progress(status="done")
    info = RunReader(tmp_path / "run").info
    assert (info.status, info.reason) == ("done", "")
    assert info.finished > info.started
    RunStore.hold(tmp_path / "run", INFO).close()  # looking at a finished run does not begin it anew
    assert RunReader(tmp_path / "run").info == info


def test_only_the_verdicts_of_the_learner_s_own_stages_name_the_champion(tmp_path: Path):
    resolved = {"is": "Stages", "cycles": [{"updates": "learner"}, {"updates": "verifier"}], "repeat": 2}
    with RunStore.hold(tmp_path / "run", replace(INFO, resolved=resolved)) as store:
        for stage, hash in enumerate(["a", "b", "c", "d"]):
            ruled = Verdict(decision="recorded", champion=hash, best=hash)
            store.commit(Phase(stage=stage, round=1, name="verdict"), Verdict, lambda ruled=ruled: ruled)
        assert store.info.champion == "c"


def test_a_learner_made_twice_keeps_its_first_page(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        store.keep(BASE)
        same = replace(BASE, parent="another")
        assert store.commit(at("updating"), Learner, lambda: same) == same
    with RunStore.hold(tmp_path / "run", INFO) as store:
        assert store.commit(at("updating"), Learner, never).parent == "another"
    assert RunReader(tmp_path / "run").learner(BASE.hash) == BASE


def test_a_base_whose_weights_changed_is_refused(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        store.keep(BASE)
        with pytest.raises(UsageError, match="weights were changed"):
            store.keep(replace(BASE, model=ModelRef(name="pupil/toy", digest="01")))


def test_a_trainer_that_leaves_nothing_is_named(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        empty = replace(BASE, model=ModelRef(name="a/b", digest="1", folder=f"{store.learners}/nowhere"))
        with pytest.raises(UsageError, match="holds no weights"):
            store.commit(at("updating"), Learner, lambda: empty)


def test_weights_outside_the_run_are_left_where_they_are(tmp_path: Path):
    far = replace(BASE, model=ModelRef(name="hf/x", digest="1", folder="/models/x"))
    with RunStore.hold(tmp_path / "run", INFO) as store:
        store.commit(at("updating"), Learner, lambda: far)
    with RunStore.hold(tmp_path / "run", INFO) as store:
        assert store.commit(at("updating"), Learner, never) == far


def test_a_value_that_cannot_be_kept_is_named_and_nothing_is_committed(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        nan = replace(batch(1)[0], weight=float("nan"))
        with pytest.raises(Malformed, match=r"rounds/001/tasks.parquet: experience toy/3\+4#0: weight"):
            store.commit(at("tasks"), Harvest, lambda: Harvest(batch=[nan]))
        assert store.batch(at("tasks")) == []


def test_a_phase_of_another_kind_is_no_match(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        store.commit(at("verdict"), Choice, lambda: CHOICE)
        with pytest.raises(DamagedRun, match="has a Choice for verdict"):
            store.commit(at("verdict"), Verdict, never)
