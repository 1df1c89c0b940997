"""Every answer is recorded once, found again, and never taken for what it is not."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.models.endpoint.bench import Bench, requests, texts

from lamarck.core import DamagedRun, LamarckError, PausedRun
from lamarck.models.endpoint.journal import FILE, Job, Journal, Row, digest_of, spent_in
from lamarck.models.endpoint.reading import Record
from lamarck.testing.server import Script, serve

KEYS = st.sampled_from([f"key-{i}" for i in range(4)])
STEPS = st.lists(
    st.tuples(KEYS, st.sampled_from(["begin", "done", "dead", "fault"]), st.text(max_size=20)), max_size=40
)


def row(text: str, answered: str = "openai/m") -> Row:
    return Row(body=Record(text=text).dump(), answered=answered, seconds=0.1, prompt=3, completion=5)


def flushed(journal: Journal, key: str, text: str) -> None:
    """Record an answer and wait until it is on the disk."""
    there = threading.Event()
    journal.begin(key, "m", "task/x", 2**63 + 1, 0)
    journal.done(key, row(text), "host", 0.25, flushed=lambda _error: there.set())
    journal.commit()
    assert there.wait(10)


def change(path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(path) as at:
        at.execute(statement, values)
    at.close()


def test_what_was_recorded_is_found_by_another_process_too(tmp_path: Path):
    journal = Journal(tmp_path / "run", "cure")
    assert journal.find(["a"]) == {}
    assert not (tmp_path / "run").exists()  # looking makes no folder: that is the run store's affair
    flushed(journal, "a", "yes")
    journal.close()
    again = Journal(tmp_path / "run", "cure")
    assert again.find(["a", "b"]) == {"a": row("yes")}
    again.close()
    assert (tmp_path / "run" / FILE).stat().st_mode & 0o777 == 0o600


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_first_answer_stays_and_everything_is_counted(tmp_path: Path, steps: list[tuple[str, str, str]]):
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    journal = Journal(folder, "cure")
    first, sends = dict[str, str](), dict[str, int]()
    for key, step, text in steps:
        if step == "begin" or key not in sends:
            journal.begin(key, "m", "x", 1, 0)
            sends[key] = sends.get(key, 0) + 1
        if step in ("done", "dead"):
            journal.done(key, row(text), "h", 0.0, state=step)
            if step == "done":
                first.setdefault(key, text)
        elif step == "fault":
            journal.fault(key, "h", "server", text, 0, 0.0)
    journal.close()
    again = Journal(folder, "cure")
    assert {
        key: Record.load(found.body).text for key, found in again.find([f"key-{i}" for i in range(4)]).items()
    } == first
    again.close()
    assert spent_in(folder).calls == sum(sends.values())


def test_the_time_that_two_providers_of_a_process_shared_counts_once(tmp_path: Path):
    journals = [Journal(tmp_path, "cure") for _ in range(2)]
    for journal in journals:  # a run with openai/ and vllm/ models has two, in one file
        flushed(journal, "a", "yes")
        journal.close()
    for number, (at, seconds) in enumerate([("2026-01-01T10:00:00+00:00", 60.0), ("2026-01-01T10:00:10+00:00", 55.0)]):
        change(tmp_path / FILE, "UPDATE sessions SET at = ?, seconds = ? WHERE id = ?", at, seconds, number + 1)
    assert spent_in(tmp_path).seconds == 65.0
    journal = Journal(tmp_path, "cure")
    flushed(journal, "b", "yes")
    journal.close()
    change(tmp_path / FILE, "UPDATE sessions SET at = '2026-01-02T00:00:00+00:00', seconds = 5 WHERE id = 3")
    assert spent_in(tmp_path).seconds == 70.0


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE calls SET body = replace(body, 'yes', 'no')",
        "UPDATE calls SET answered = 'openai/other'",
        "UPDATE calls SET digest = ''",
        "UPDATE calls SET key = 'b'",
    ],
)
def test_a_row_that_was_changed_is_named_never_used(tmp_path: Path, damage: str):
    journal = Journal(tmp_path, "type rm calls.sqlite*")
    flushed(journal, "a", "yes")
    journal.close()
    change(tmp_path / FILE, damage)
    again = Journal(tmp_path, "type rm calls.sqlite*")
    with pytest.raises(
        DamagedRun, match=r"calls\.sqlite is damaged \(the answer .* is not what was written\); type rm"
    ):
        again.find(["a", "b"])
    again.close()


def test_a_file_that_is_no_journal_is_named(tmp_path: Path):
    (tmp_path / FILE).write_bytes(b"not a database, certainly" * 100)
    journal = Journal(tmp_path, "type rm")
    with pytest.raises(DamagedRun, match=r"calls\.sqlite is damaged"):
        journal.find(["a"])
    with pytest.raises(DamagedRun, match=r"calls\.sqlite is damaged"):
        spent_in(tmp_path)
    journal.close()


def test_a_full_disk_pauses_and_loses_nothing_recorded(bench: Bench):
    served = bench.serve()
    provider = bench.provider(served)
    model = provider.open(provider.find("m"))
    texts(model, requests(2))
    journal = provider.caller.journal
    assert journal
    original = journal._commit  # pyright: ignore[reportPrivateUsage]

    def full(group: Iterable[Job]) -> LamarckError | None:
        assert journal._writer  # pyright: ignore[reportPrivateUsage]
        journal._writer.execute("PRAGMA max_page_count = 1")  # pyright: ignore[reportPrivateUsage]
        return original(group)

    journal._commit = full  # type: ignore[method-assign]
    with pytest.raises(PausedRun, match="no space left to write"):
        model.generate([r for r in requests(400) if r.seeds[0] >= 2])
    provider.close()
    again = Journal(bench.folder, "cure")
    with sqlite3.connect(again.path) as at:
        keys = [key for (key,) in at.execute("SELECT key FROM calls WHERE state = 'done'")]
    at.close()
    assert len(again.find(keys)) == len(keys) >= 2
    again.close()


def test_ten_thousand_calls_are_replayed_within_two_seconds(bench: Bench):
    served = bench.serve()
    provider = bench.provider(served)
    model = provider.open(provider.find("m"))
    asked = requests(2500, seeds=4)
    one = texts(model, asked[:1])[0][0]
    journal = provider.caller.journal
    assert journal
    with sqlite3.connect(journal.path) as at:  # the other rows, written as the journal writes them
        keys = [ask.key for request in asked for ask in model._chats(request)]  # pyright: ignore[reportPrivateUsage]
        body = Record(text=one, prompt=2, completion=2, model="m").dump()
        rows = [(key, body, digest_of(key, body, "openai/m")) for key in keys]
        at.executemany(
            "INSERT OR IGNORE INTO calls (key, state, model, name, seed, sample, body, digest, answered, prompt,"
            " completion, seconds) VALUES (?, 'done', 'm', 'x', '1', 0, ?, ?, 'openai/m', 2, 2, 0.1)",
            rows,
        )
    at.close()
    sent, began = sum(served.asked.values()), time.process_time()
    found = model.generate(asked)
    assert time.process_time() - began < 6  # 2 where nothing else runs
    assert sum(map(len, found)) == 10_000
    assert sum(served.asked.values()) == sent == 4


def test_runs_that_share_a_cache_ask_once(bench: Bench, tmp_path: Path):
    served, cache = bench.serve(), str(tmp_path / "cache")
    first = texts(bench.model(served, cache=cache), requests(3))
    second_run = Bench(bench._stack, tmp_path / "second")  # pyright: ignore[reportPrivateUsage]
    provider = second_run.provider(served, cache=cache)
    assert texts(provider.open(provider.find("m")), requests(3)) == first
    assert sum(served.asked.values()) == 3
    provider.close()
    kept = Journal(tmp_path / "second", "cure")
    with sqlite3.connect(kept.path) as at:
        assert at.execute("SELECT count(*), sum(sends) FROM calls WHERE state = 'done'").fetchone() == (3, 0)
    at.close()
    kept.close()
    assert spent_in(tmp_path / "second").calls == 0


# --- kill -9 ---

CHILD = """
import sys
from pathlib import Path
from lamarck.models import Host, Shelf
from tests.models.endpoint.bench import requests

url, folder, n = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
shelf = Shelf(Host(folder=folder, options={"openai": {"base_url": url, "limit": 8}}))
found = shelf.open(shelf.learner("openai/m")).generate(requests(n))
shelf.close()
print([s.text for each in found for s in each])
"""


def killed(folder: Path, kills: int, calls: int) -> None:
    """Kill a process at random moments of its calls, go on each time, and count what was sent twice."""
    rng, root = random.Random(7), Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}
    with serve(Script(latency=lambda rng: rng.uniform(0.0, 0.08))) as served:
        asked, hit = [sys.executable, "-c", CHILD, served.url, str(folder), str(calls)], 0
        while True:
            before = sum(served.asked.values())
            child = subprocess.Popen(asked, stdout=subprocess.PIPE, env=environment, cwd=root)
            if hit < kills:
                while sum(served.asked.values()) == before and child.poll() is None:
                    time.sleep(0.005)
                time.sleep(rng.uniform(0.0, 0.12))
                child.send_signal(signal.SIGKILL)
                hit += 1
                out, _ = child.communicate()
                if child.returncode == -signal.SIGKILL:
                    continue
            else:
                out, _ = child.communicate(timeout=120)
            break
        assert child.returncode == 0
        assert len(json.loads(out.decode().replace("'", '"'))) == calls
        counts = served.asked
        assert len(counts) == calls
        assert sum(counts.values()) - calls <= 8 * hit, "more than the calls in flight were sent again"
    with sqlite3.connect(folder / FILE) as at:
        assert at.execute("SELECT count(*), count(DISTINCT key), min(state) FROM calls").fetchone() == (
            calls,
            calls,
            "done",
        )
        (sends,) = at.execute("SELECT sum(sends) FROM calls").fetchone()
    at.close()
    assert abs(sends - sum(counts.values())) <= 8 * hit  # a kill may fall between the two counts


def test_two_kills_cost_the_calls_in_flight_alone(tmp_path: Path):
    killed(tmp_path / "run", kills=2, calls=60)


@pytest.mark.slow
def test_thirty_kills_cost_the_calls_in_flight_alone(tmp_path: Path):
    killed(tmp_path / "run", kills=30, calls=500)
