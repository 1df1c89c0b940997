"""An environment whose vLLM is a stand-in, and folders for it to serve."""

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.models.vllm.bench import Bench, adapter, folder


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model's folder."""
    return folder(tmp_path_factory.mktemp("vllm") / "base")


@pytest.fixture(scope="session")
def adapters(base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two adapters on it."""
    home = tmp_path_factory.mktemp("adapters")
    return adapter(home / "first", base, 1), adapter(home / "second", base, 2)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Bench]:
    """Providers whose servers end with the test."""
    with ExitStack() as stack:
        yield Bench(stack, tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[Bench]:
    """The same for all tests of a file that only ask."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        yield Bench(stack, tmp_path_factory.mktemp("shared"), patch)
