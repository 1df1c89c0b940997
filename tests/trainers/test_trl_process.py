"""Training in processes of its own. Each takes seconds to load its libraries, so all of this is slow."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.trainers.tiny import ROWS, folder, job, reference

from lamarck.trainers.trl.exchange import TrainingFailed
from lamarck.trainers.trl.launching import Launch
from lamarck.trainers.trl.process import Training
from lamarck.trainers.trl.serve import out_of_memory
from lamarck.trainers.trl.trainer import TrlTrainer

pytestmark = pytest.mark.slow
LONG = job("sft", ROWS * 20, lr=1e-3)
SCRIPT = """
import sys
from pathlib import Path
from tests.trainers.test_trl_process import LONG, outside
from tests.trainers.tiny import reference
outside(checkpoint_s=0.0).fit(reference(Path(sys.argv[1])), LONG, sys.argv[2])
"""


def outside(**options: Any) -> TrlTrainer:
    pool: Any = None
    return TrlTrainer(pool, kit="lamarck.models.hf.kit", files="lamarck.models.hf.files", options=options)


def test_killed_for_real_it_goes_on_to_the_same_weights(tmp_path: Path):
    place, root = folder(tmp_path / "m"), Path(__file__).parents[2]
    path = os.pathsep.join(filter(None, [str(root / "src"), str(root), *sys.path]))
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(place), str(tmp_path / "cut")]
    process = subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": path})
    deadline = time.monotonic() + 300
    while not (whole := list((tmp_path / "cut").glob(".training-*/checkpoint-*/whole"))):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert whole
    time.sleep(1.0)  # the training process notices that its parent is gone
    assert not [path for path in (tmp_path / "cut").iterdir() if not path.name.startswith(".")]
    trainer = outside()
    try:
        again = trainer.fit(reference(place), LONG, str(tmp_path / "cut"))
        straight = trainer.fit(reference(place), LONG, str(tmp_path / "whole"))
    finally:
        trainer.close()
    assert (again.model.digest, again.losses) == (straight.model.digest, straight.losses)
    assert len(again.losses) == 60


def test_one_process_lives_through_all_rounds_and_is_replaced_when_it_dies(tmp_path: Path):
    place, trainer = folder(tmp_path / "m"), outside()
    try:
        trainer.fit(reference(place), job("sft", ROWS), str(tmp_path / "a"))
        began = time.monotonic()
        first = trainer.fit(reference(place), job("sft", ROWS, seed=2), str(tmp_path / "b"))
        second_s = time.monotonic() - began
        with pytest.raises(TrainingFailed, match="became nan"):
            trainer.fit(reference(place), job("sft", ROWS, lr=1e30), str(tmp_path / "c"))
        again = trainer.fit(reference(place), job("sft", ROWS, seed=2), str(tmp_path / "d"))
    finally:
        trainer.close()
    assert again.model.digest == first.model.digest
    assert second_s < 30


def test_two_processes_share_out_the_weights_and_make_the_same_model(tmp_path: Path):
    place = folder(tmp_path / "m")
    alone, shared = outside(launch="one"), outside(launch="fsdp", processes=2)
    try:
        one = alone.fit(reference(place), job("sft", ROWS), str(tmp_path / "one"))
        two = shared.fit(reference(place), job("sft", ROWS), str(tmp_path / "two"))
    finally:
        alone.close()
        shared.close()
    assert two.losses == pytest.approx(one.losses, abs=1e-5)
    assert two.tokens == one.tokens


def test_a_process_that_cannot_start_says_why():
    broken = Training(Launch(command=(sys.executable, "-c", "raise SystemExit('no such library')")))
    order: Any = None
    with pytest.raises(TrainingFailed, match=r"(?s)exit code 1.*no such library"):
        broken.run(order, lambda _: ())


def test_out_of_memory_says_what_to_lower(tmp_path: Path):
    order = outside()._order(reference(folder(tmp_path / "m")), LONG, str(tmp_path))  # pyright: ignore[reportPrivateUsage]
    told = str(out_of_memory(order))
    assert "micro (rows read at a time, now 4)" in told
    assert "length (tokens of a row, now 2,048)" in told
    assert "updating.rank=16" in told
