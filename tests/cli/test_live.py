"""What a run says while it goes: a moving line in a terminal, plain lines elsewhere."""

import io
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lamarck.cli import live
from lamarck.cli.live import Live

BEGUN = {"kind": "started", "info": {"resolved": {"is": "Cycle", "rounds": 3}}}
STAGED = {
    "kind": "started",
    "info": {"resolved": {"is": "Stages", "cycles": [{"rounds": 1}, {"rounds": 4}], "repeat": 1}},
}
SOLVING = {"kind": "phase", "name": "feedback", "stage": 0, "round": 2, "into": 100}
PROGRESS = {"kind": "progress", "phase": "feedback", "done": 40, "total": 100, "samples": 1280, "kept": 77}


def said(*events: Mapping[str, Any], terminal: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=160, highlight=False)
    with Live(Path("runs/none"), console) as telling:
        for event in events:
            telling(event)
        if terminal:
            console.print(telling)
    return out.getvalue()


def test_a_phase_is_a_line_where_no_terminal_is():
    assert said(BEGUN, SOLVING, PROGRESS).splitlines() == [
        "run folder: runs/none",
        "round 2 of 3: solving and checking",
    ]


def test_stages_are_counted():
    assert "round 2 of 4, stage 2 of 2: solving" in said(STAGED, {**SOLVING, "stage": 1})


def test_a_terminal_shows_how_far_it_is():
    shown = said(BEGUN, SOLVING, PROGRESS, terminal=True)
    for text in ("round 2 of 3", "solving and checking", "40 of 100 done", "1,280 samples", "77 kept"):
        assert text in shown


def test_a_long_phase_is_heard_of(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "EVERY_S", 0.0)
    out, heard = io.StringIO(), threading.Event()
    console = Console(file=out, width=160)
    with Live(Path("runs/none"), console) as telling:
        for event in (BEGUN, SOLVING, PROGRESS):
            telling(event)
        heard.wait(1.4)
    assert "round 2 of 3: solving and checking, 40 of 100 done, 1,280 samples, 77 kept, " in out.getvalue()


def test_what_training_and_an_empty_refinement_say():
    trained = {"kind": "trained", "rows": 960, "seconds": 21.3, "first": [0.71], "last": [0.442]}
    reasons = {"refinement.Filter: not passed": 1200, "refinement.Cap: \x1b[31mover": 3}
    shown = said(BEGUN, SOLVING, trained, {"kind": "empty", "stage": 0, "round": 2, "into": 1203, "reasons": reasons})
    assert "round 2 of 3: trained on 960 rows in 21 s, loss 0.710 to 0.442" in shown
    assert "refinement kept none of 1,203 experiences (refinement.Filter: not passed 1,200, " in shown
    assert "\x1b" not in shown
    assert "tasks kept none of 3 " in said(
        BEGUN, {"kind": "empty", "stage": 0, "round": 2, "phase": "tasks", "into": 3}
    )


def test_events_of_other_kinds_say_nothing():
    assert (
        said({"kind": "weather"}, {"kind": "committed", "stage": 0, "round": 1, "name": "verdict", "seconds": 1}) == ""
    )


def test_many_threads_may_tell_at_once():
    out = io.StringIO()
    with Live(Path("runs/none"), Console(file=out, width=160)) as telling:
        telling(BEGUN)
        events = [{**SOLVING, "round": number} for number in range(1, 9)]
        threads = [threading.Thread(target=telling, args=(event,)) for event in events]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(out.getvalue().splitlines()[1:]) == [f"round {n} of 3: solving and checking" for n in range(1, 9)]
