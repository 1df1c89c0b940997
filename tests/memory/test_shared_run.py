"""Runs that share a memory: each begins with what there is, and gives what its champion learned when it is done."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.api.test_remembering import LEARNING, said
from tests.cli.conftest import Lamarck
from tests.cli.conftest import lamarck as lamarck_says  # noqa: F401  # pyright: ignore[reportUnusedImport]
from tests.memory.given import note
from tests.memory.served import PASSWORD, Served

import lamarck
from lamarck.api import Run
from lamarck.api.remembering import seen
from lamarck.core import Entry, PausedRun, UsageError
from lamarck.memory.shared import Shared
from lamarck.testing.server import Script, serve


@pytest.fixture
def where(server: Served) -> str:
    return server.address(uuid.uuid4().hex)


@pytest.fixture
def asked(lamarck_says: Lamarck, where: str) -> Iterator[dict[str, Any]]:  # noqa: F811
    rows = [{"prompt": f"{n}+2", "answer": str(n + 2)} for n in range(9)]
    Path("sums.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    with serve(Script(answer=said)) as served:
        found = {"learner": "openai/m", "tasks": "sums.jsonl", "check": "numeric", "memory": where}
        yield {**found, "providers": {"openai": {"base_url": served.url}}, "gate": "off", "monitors": "off"}


def texts(entries: Sequence[Entry]) -> list[str]:
    return [each.text for each in entries]


def began(run: Run) -> list[str]:
    """What a run knew when it began."""
    return texts(seen(run.path).open(run.reader.learner(run.info.base).memory).entries)


def test_runs_begin_with_what_others_learned_and_give_what_they_did(asked: dict[str, Any], where: str):
    shared = Shared(where)
    shared.add([note("of old")])
    one = lamarck.run(LEARNING, out="one", seed=1, **asked)
    learned = texts(shared.now().entries)
    assert learned[0] == "of old"
    assert len(learned) > 1
    assert one.info.published == shared.version == one.champion.learner.memory
    shared.add([note("of another")], forget=[note("of old")])
    two = lamarck.run(LEARNING, out="two", seed=2, **asked)
    assert began(two) == [*learned[1:], "of another"]
    assert texts(shared.now().entries)[: len(learned)] == [*learned[1:], "of another"]
    assert two.info.published == shared.version

    # what is done is done: asking the same again gives nothing a second time
    before = shared.version
    lamarck.run(LEARNING, out="one", seed=1, **asked)
    assert shared.version == before


def test_a_run_that_was_killed_while_it_gave_gives_once(
    asked: dict[str, Any], where: str, monkeypatch: pytest.MonkeyPatch
):
    publish = Shared.publish

    def killed(self: Shared, *arguments: Any, **named: Any) -> str:
        publish(self, *arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Shared, "publish", killed)
        with pytest.raises(PausedRun):
            lamarck.run(LEARNING, out="one", **asked)
    given = Shared(where).version
    Shared(where).add([note("meanwhile")])
    assert lamarck.run(LEARNING, out="one", **asked).info.published == given
    assert texts(Shared(where).now().entries)[-1] == "meanwhile"


def test_a_run_pauses_where_the_server_is_gone_in_the_end_and_gives_when_it_is_back(
    asked: dict[str, Any], server: Served, where: str, monkeypatch: pytest.MonkeyPatch
):
    publish = Shared.publish

    def late(self: Shared, *arguments: Any, **named: Any) -> str:
        server.stop()
        return publish(self, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Shared, "publish", late)
        with pytest.raises(PausedRun, match=r"is gone: .*type: lamarck resume one"):
            lamarck.run(LEARNING, out="one", **asked)
    assert Run(Path("runs/one")).info.status == "paused"
    server.start()
    run = lamarck.run(LEARNING, out="one", **asked)
    assert (run.info.status, run.info.published) == ("done", Shared(where).version)


def test_a_run_in_a_folder_never_holds_a_password(
    asked: dict[str, Any], server: Served, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    run = lamarck.run(LEARNING, out="one", **dict[str, Any](asked, memory=server.address("locked-run", user="locked")))
    assert run.info.published
    assert not [path for path in run.path.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]
    with pytest.raises(UsageError, match="PGPASSWORD") as caught:
        lamarck.run(LEARNING, out="two", **dict[str, Any](asked, memory=f"postgresql://me:{PASSWORD}@host/db"))
    assert PASSWORD not in str(caught.value)


def test_the_command_line_looks_at_it_and_gives_to_it(
    asked: dict[str, Any],
    where: str,
    lamarck_says: Lamarck,  # noqa: F811
):
    assert "memory (empty): nothing" in lamarck_says("memory", "ls", where).out
    del asked["memory"]
    run = lamarck.run(LEARNING, out="one", **asked)
    held = seen(run.path).open(run.champion.learner.memory).entries
    for new in ("9 of 9", "0 of 9"):
        out = lamarck_says("memory", "publish", "one", where).out
        assert new.replace("9", str(len(held))) in out
    for by in ("both", "meaning"):
        assert held[0].text[:3] in lamarck_says("memory", "search", where, held[0].text, "-k", "1", "--by", by).out
    said = lamarck_says("memory", "why", where, "abc")
    assert (said.code, "a shared memory has no learners" in said.err) == (2, True)
    said = lamarck_says("memory", "ls", "postgresql://me:hunter22@host/db")
    assert (said.code, "hunter22" in said.err) == (2, False)


def test_a_learner_with_a_memory_of_its_own_is_told_what_to_do(asked: dict[str, Any]):
    lamarck.run(LEARNING, out="one", **asked)
    with pytest.raises(UsageError, match="the learner remembers something already"):
        lamarck.run(LEARNING, out="two", **dict[str, Any](asked, learner="one:champion"))
    assert not Path("runs/two").exists()
