from pathlib import Path

import pytest
import torch
from tests.models.hf.folders import adapter, llama, opened, saved

from lamarck.models.hf.model import HuggingFace


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama."""
    return saved(tmp_path_factory.mktemp("hf") / "llama", llama())


@pytest.fixture(scope="session")
def adapters(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two adapters on it."""
    home = tmp_path_factory.mktemp("adapters")
    return adapter(home / "first", folder, 1), adapter(home / "second", folder, 2)


@pytest.fixture(scope="session")
def model(folder: Path) -> HuggingFace:
    """The random Llama, opened once for all tests that only ask it."""
    return opened(folder)
