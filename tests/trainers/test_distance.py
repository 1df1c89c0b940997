"""How far two models are apart: by hand, and where they do not fit."""

import math
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="weights need the extra 'local'")
import safetensors.torch as st  # noqa: E402

from lamarck.core import UsageError  # noqa: E402
from lamarck.trainers import distances  # noqa: E402


def model(folder: Path, **tensors: list[float]) -> Path:
    folder.mkdir()
    st.save_file({name: torch.tensor(values) for name, values in tensors.items()}, folder / "model.safetensors")
    return folder


def test_each_tensor_by_hand(tmp_path: Path):
    left = model(tmp_path / "a", same=[1.0, 2.0], moved=[3.0, 4.0], mine=[1.0], shape=[1.0])
    right = model(tmp_path / "b", same=[1.0, 2.0], moved=[3.0, 5.0], yours=[1.0], shape=[1.0, 1.0])
    found = distances(left, right)
    assert found == {"same": 0.0, "moved": pytest.approx(0.2), "mine": math.inf, "yours": math.inf, "shape": math.inf}


def test_a_folder_without_weights_is_named(tmp_path: Path):
    with pytest.raises(UsageError, match="none"):
        distances(tmp_path / "none", tmp_path / "none")
