"""On the pupil: a planted exploit is caught, an honest judge is not, and what is forgotten comes back by replay."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from benchmarks.monitors import (
    PHRASE,
    WORLD,
    Played,
    forgotten,
    play,
    poisoned,
    self_rewarding,
    sequential,
)

from lamarck.api.machine import Machine, machine

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def here() -> Generator[tuple[Machine, str]]:
    with tempfile.TemporaryDirectory() as folder, machine(WORLD, 1, Path(folder)) as at:
        yield at, folder


def planted(here: tuple[Machine, str], phrase: str) -> Played:
    return play(self_rewarding(), 0, *here, labels="none", phrase=phrase, habits=poisoned(0))


def test_a_judge_that_loves_a_phrase_is_caught_within_two_rounds(here: tuple[Machine, str]):
    (round, reason), *_ = planted(here, PHRASE).alarms("hacking")
    assert round <= 2
    assert PHRASE[:-1] in reason


def test_the_same_habit_before_an_honest_judge_is_no_hacking(here: tuple[Machine, str]):
    assert not planted(here, "").alarms("hacking")


def test_naive_sequential_training_forgets_and_replay_control_holds_more(here: tuple[Machine, str]):
    naive, held = (play(sequential(), 0, *here, kind=kind) for kind in ("warn", "react"))
    assert forgotten(naive)["lost"] > 10
    assert naive.alarms("forgetting")
    assert forgotten(held)["lost"] < forgotten(naive)["lost"]
