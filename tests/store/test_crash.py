"""A kill or a full disk at every single step of a commit."""

from __future__ import annotations

import errno
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.store.given import INFO, at, fill, harvest, never, trained

from lamarck.core import Harvest, Learner, PausedRun, Phase
from lamarck.store import RunReader, RunStore
from lamarck.store.manifest import read


class Killed(BaseException):
    """Stands for SIGKILL: nothing may be tidied up on its way."""


def fail_at(number: int, make: Callable[[], BaseException]) -> Callable[[str, Path], None]:
    """Fails at the step of this number, counted over the whole run."""
    count = itertools.count()

    def step(_name: str, _path: Path) -> None:
        if next(count) == number:
            raise make()

    return step


def two_phases(store: RunStore) -> None:
    store.commit(at("refinement"), Harvest, harvest)
    store.commit(at("updating"), Learner, lambda: trained(store))


def steps_of_a_run(path: Path) -> int:
    """How many steps a run of two phases takes."""
    names = list[str]()
    with RunStore.hold(path, INFO, step=lambda name, _: names.append(name)) as store:
        two_phases(store)
    assert {"open", "write", "fsync", "rename", "sync", "mkdir", "append"} <= set(names)
    return len(names)


def test_a_kill_at_any_step_leaves_a_run_that_goes_on(tmp_path: Path):
    total = steps_of_a_run(tmp_path / "whole")
    whole = {entry.phase: entry for entry in read(tmp_path / "whole").entries}
    for number in range(total):
        path = tmp_path / f"killed-{number}"
        try:
            store = RunStore.hold(path, INFO, step=fail_at(number, Killed))
        except Killed:
            before = 0
        else:
            with pytest.raises(Killed):
                two_phases(store)
            store.close()
            before = len(read(path).entries)
            assert [view.phases for view in RunReader(path).rounds()] in [
                [],
                [("refinement",)],
                [("refinement", "updating")],
            ]
        with RunStore.hold(path, INFO) as store:
            assert not list(path.rglob("*.tmp*"))
            for phase, kind in ((at("refinement"), Harvest), (at("updating"), Learner))[:before]:
                store.commit(phase, kind, never)
            two_phases(store)
        assert {entry.phase: entry for entry in read(path).entries} == whole
        assert [event["seq"] for event in RunReader(path).events()] == list(range(len(RunReader(path).events())))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_at_any_step_pauses(tmp_path: Path, code: int):
    total = steps_of_a_run(tmp_path / "whole")
    for number in range(0, total, 1 if code == errno.ENOSPC else 7):
        path = tmp_path / f"full-{number}"
        full = fail_at(number, lambda: OSError(code, "No space left"))
        with pytest.raises(PausedRun) as caught, RunStore.hold(path, INFO, step=full) as store:
            two_phases(store)
        assert caught.value.exit_code == 4
        assert f"type: lamarck resume {path}" in str(caught.value)
        assert not list(path.rglob("*.tmp*"))
        with RunStore.hold(path, INFO) as store:  # room was made
            two_phases(store)
        assert read(path).entries == read(tmp_path / "whole").entries


def test_a_trainer_that_meets_a_full_disk_pauses_too(tmp_path: Path):
    def full() -> Learner:
        raise RuntimeError("I/O error: No space left on device (os error 28)")

    with pytest.raises(PausedRun, match="make room"), RunStore.hold(tmp_path / "run", INFO) as store:
        store.commit(at("updating"), Learner, full)
    info = RunReader(tmp_path / "run").info
    assert info.status == "paused"
    assert "no space left" in info.reason


def test_what_was_committed_before_the_disk_filled_is_there(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        given = fill(store)
    with RunStore.hold(tmp_path / "run", INFO) as store:
        assert store.commit(Phase(stage=0, round=1, name="refinement"), Harvest, never) == given["refinement"]
