"""Search state in the run folder: it outlives the process, and its candidates are found with their weights."""

from pathlib import Path

import pytest

from lamarck.core import DamagedRun, Learner, ModelRef, Phase, State
from lamarck.store import RunInfo, RunStore

INFO = RunInfo(recipe="evolve", learner="pupil", environment="game24")
HERE = Phase(stage=0, round=1, name="state-search")


def candidate(store: RunStore, name: str) -> Learner:
    """A learner with a file of weights under the run's learners."""
    folder = Path(store.learners) / name
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(name.encode())
    return Learner(model=ModelRef(name="pupil/x", digest=name, folder=str(folder)), parent="base")


def test_a_state_is_there_again_in_the_next_process(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        made = State(data={"sigma": 0.1, "mean": [0.25, -1.0]}, learners=(candidate(store, "a"), candidate(store, "b")))
        store.commit(HERE, State, lambda: made)
    with RunStore.hold(tmp_path / "run", INFO) as store:
        assert store.read(HERE, State) == made
        assert [store.learner(each.hash) for each in made.learners] == list(made.learners)
        assert store.read(Phase(stage=0, round=2, name="state-search"), State) is None


def test_damaged_weights_of_a_candidate_are_named(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        one = candidate(store, "a")
        store.commit(HERE, State, lambda: State(learners=(one,)))
    (tmp_path / "run" / "learners" / "a" / "model.safetensors").write_bytes(b"b")
    with (
        RunStore.hold(tmp_path / "run", INFO) as store,
        pytest.raises(DamagedRun, match=r"learners/a/model\.safetensors"),
    ):
        store.read(HERE, State)
