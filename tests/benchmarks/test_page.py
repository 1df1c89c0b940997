"""The page prints every seed, what failed, what is missing, and code that was mixed."""

import json
from dataclasses import asdict, replace
from typing import Any

from benchmarks.evidence.analysis import RunResult, compared
from benchmarks.evidence.figures import Budget, Figures
from benchmarks.evidence.page import page
from tests.benchmarks.literal import PLAN, card

from lamarck.core import describe

BASE = card("b", 0, 0, 1, 0)
PAIRS = {
    ("recipe", 0): (BASE, card("r0", 1, 0, 1, 0)),
    ("recipe", 1): (BASE, card("r1", 1, 1, 1, 0)),
    ("off", 0): (BASE, card("o0", 0, 0, 1, 0)),
    ("off", 1): (BASE, card("o1", 0, 0, 0, 0)),
}
VITALS = {"draws": 4, "texts": 0.75, "entropy": 0.9, "reach": 0.5, "answers": None}


def result_of(arm: str, seed: int, **more: Any) -> RunResult:
    told = Figures(
        budget=Budget(rounds=2, updates=2, steps=8, rows=40, trained=1234, sampled=50, training_s=3.0),
        verdicts={"recorded": 2},
        gate="provisional: too few items",
        first=VITALS,
        last={**VITALS, "entropy": 0.3},
    )
    plain = RunResult(
        arm=arm, seed=seed, status="done", said="", cpu_s=12.0, attempts=1, base={"greedy": 0.25},
        champion={"greedy": 0.5 + seed / 4}, figures=told,
    )  # fmt: skip
    return replace(plain, **more)


def told(*runs: RunResult, versions: int = 1) -> dict[str, Any]:
    code = {"package": "0.1.0", "commit": "v1", "code": "abc", "since": "2026-01-01"}
    register = {
        "recipe": "rest_em", "digest": "d1", "plan": describe(PLAN), "versions": [code] * versions,
        "items": {"0": {"items": 4, "digest": "f0"}},
    }  # fmt: skip
    return json.loads(json.dumps({"register": register, "result": asdict(compared(PLAN, PAIRS, runs))}))


DONE = [result_of(arm, seed) for seed in (0, 1) for arm in ("recipe", "off")]


def test_every_seed_and_the_interval_are_printed():
    text = page([told(*DONE)])
    # 25 and 50 points over the base; t(1) = 12.706
    assert "| recipe - base | greedy | +25.00, +50.00 | +37.50 [-121.32, +196.32] |" in text
    assert "| recipe - off | greedy | +25.00, +75.00 |" in text
    assert "| rest_em | it rises | yes | open |" in text
    assert "| recipe | 2 | 0.625 |" in text
    assert "| base | 2 | 0.250 |" in text


def test_budgets_verdicts_and_sampling_are_printed():
    text = page([told(*DONE)])
    assert "| recipe | 2 | 0 | 8 | 40 | 1,234 | 50 | 3 | 12 | recorded 4 | provisional 2 |" in text
    assert "| recipe | 4 | - | 0.750 to 0.750 | 0.900 to 0.300 | 0.500 to 0.500 |" in text


def test_failed_and_missing_runs_are_never_left_out():
    failed = result_of("off", 2, status="failed", said="no `weights` | here", champion={}, base={}, figures=None)
    missing = result_of("few", 0, status="missing", champion={}, base={}, figures=None)
    text = page([told(*DONE, failed, missing)])
    assert "**Failed: off, seed 2, 1 attempts:** `no 'weights' / here`" in text
    assert "Not run yet: few (1 seeds)." in text
    assert "4 of 6 runs are finished" in " ".join(text.split())


def test_a_plan_without_runs_is_printed_as_a_plan():
    text = " ".join(page([told(result_of("recipe", 0, status="missing", champion={}, base={}, figures=None))]).split())
    assert "No run is finished yet." in text
    assert "Plan d1, written 2026-01-01" in text
    assert "Every seed of every arm runs to its last round." in text


def test_mixed_code_is_told():
    assert "made by different code" not in page([told(*DONE)])
    assert "made by different code" in " ".join(page([told(*DONE, versions=2)]).split())
