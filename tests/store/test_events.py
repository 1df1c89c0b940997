from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.store.given import INFO

from lamarck.core import DamagedRun, ModelRef
from lamarck.store import RunReader, RunStore


def events(path: Path) -> list[dict[str, Any]]:
    return RunReader(path).events()


def test_events_are_numbered_lines_and_the_listener_hears_them(tmp_path: Path):
    heard = list[Mapping[str, Any]]()
    with RunStore.hold(tmp_path / "run", INFO, heard.append) as store:
        store.event("phase", name="tasks", into=3)
        store.event("progress", done=1, total=2)
        store.event("trained", model=ModelRef(name="a/b", digest="1"), losses=(1.5, float("nan")))
    kept = events(tmp_path / "run")
    assert [(e["seq"], e["kind"]) for e in kept] == [(0, "started"), (1, "phase"), (2, "trained")]
    assert kept[1]["name"] == "tasks"
    assert kept[2]["model"] == {"name": "a/b", "digest": "1", "folder": ""}
    assert kept[2]["losses"] == [1.5, "nan"]
    assert [e["kind"] for e in heard] == ["started", "phase", "progress", "trained"]
    assert heard[0]["info"]["recipe"] == "rest_em"


def test_a_torn_line_is_cut_when_the_run_goes_on(tmp_path: Path):
    RunStore.hold(tmp_path / "run", INFO).close()
    log = tmp_path / "run" / "events.jsonl"
    whole = log.read_bytes()
    for torn in (b'{"seq": 1, "ki', b'{"seq": 1, "kind"\n', b"\0\0\0\0", b"\n"):
        log.write_bytes(whole + torn)
        if not torn.endswith(b"\n"):  # whoever reads meanwhile takes it for a line being written
            assert [e["kind"] for e in events(tmp_path / "run")] == ["started"]
        RunStore.hold(tmp_path / "run", INFO).close()
        assert [(e["seq"], e["kind"]) for e in events(tmp_path / "run")] == [(0, "started"), (1, "resumed")]


def test_a_damaged_line_is_named(tmp_path: Path):
    RunStore.hold(tmp_path / "run", INFO).close()
    RunStore.hold(tmp_path / "run", INFO).close()
    log = tmp_path / "run" / "events.jsonl"
    log.write_bytes(b"x" + log.read_bytes())
    with pytest.raises(DamagedRun, match=r"events\.jsonl is damaged in line 1"):
        events(tmp_path / "run")
    RunStore.repair(tmp_path / "run")
    assert [e["kind"] for e in events(tmp_path / "run")] == ["resumed"]


def test_many_threads_write_whole_lines(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store:
        threads = [
            threading.Thread(target=lambda: [store.event("e", text="x" * 500) for _ in range(20)]) for _ in "abcd"
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = (tmp_path / "run" / "events.jsonl").read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(81))


def test_an_event_may_not_claim_another_s_number(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO) as store, pytest.raises(TypeError, match="data named seq"):
        store.event("odd", seq=7)


def test_a_late_thread_writes_nowhere(tmp_path: Path):
    store = RunStore.hold(tmp_path / "run", INFO)
    store.close()
    store.close()
    with pytest.raises(OSError, match="descriptor"):
        store.event("late")
