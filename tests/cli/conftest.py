"""The command line in this process: words in, exit code and what it said out."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from lamarck import cli, recipes, testing
from lamarck.core import describe, run
from lamarck.store import RunInfo, RunStore


class Said(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The only line of an error."""
        (line,) = self.err.splitlines()
        return line


Lamarck = Callable[..., Said]


@pytest.fixture
def lamarck(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lamarck:
    """`lamarck("show", "rest_em")` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def call(*words: str | Path) -> Said:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder that the real store made: two rounds of rest_em on sums, by a scripted model."""
    path = tmp_path_factory.mktemp("runs") / "tiny"
    recipe = recipes.load("rest_em")
    method = recipe(rounds=2, samples=4, cap=2)
    info = RunInfo(
        recipe="rest_em", options={"rounds": 2}, learner="scripted/0.6", environment="toy", resolved=describe(method)
    )
    with RunStore.hold(path, info) as store:
        ctx = testing.context(learner="scripted/0.6", environment=testing.ToyEnvironment(n=6), store=store)
        store.progress(base=store.keep(ctx.learner))
        run(method, ctx)
        store.progress(status="done")
    return path
