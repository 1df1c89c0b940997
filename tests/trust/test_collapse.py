"""Replacing data by one's own loses the tails and is seen; accumulating does not, and nothing is seen."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from tests.trust.corpus import Corpus, Speakers, WithReal, generations

from lamarck.api.watching import monitors
from lamarck.core import Context, Estimate, Finding, Phase, put, run
from lamarck.operators import refinement, updating
from lamarck.testing import MemoryStore, context
from lamarck.trust import Open
from lamarck.trust.monitors import Collapse, Warned
from lamarck.trust.monitors.telling import told

ROUNDS = 8
ACCUMULATING = (WithReal(), refinement.Accumulate())


def ran(slot: Any, *, kind: str = "warn", seed: int = 0, rounds: int = ROUNDS, **thresholds: Any) -> MemoryStore:
    store, corpus = MemoryStore(), Corpus()
    speakers = Speakers(corpus=corpus)
    ctx: Context = context(environment=corpus, models=speakers, trainer=speakers, store=store, gate=Open(), seed=seed)
    standard = monitors("react")[0]
    assert isinstance(standard, Collapse)
    watch = replace(standard, words=1000, tasks=20, **thresholds)
    run(generations(slot, rounds), replace(ctx, monitors=(watch if kind == "react" else Warned(of=watch),)))
    return store


@cache
def replaced() -> MemoryStore:
    return ran(())


@cache
def accumulated() -> MemoryStore:
    return ran(ACCUMULATING)


def findings(store: MemoryStore) -> list[Finding]:
    return [made[0] for at, made in store.phases.items() if at.name == "monitors"]


def alarms(store: MemoryStore) -> dict[int, str]:
    return {n: one.alarm.reason for n, one in enumerate(findings(store), 1) if one.alarm}


def figures(store: MemoryStore, name: str) -> list[float]:
    return [one.figures[name] for one in findings(store)]


def test_replacing_raises_the_real_loss_and_loses_the_tails():
    found = alarms(replaced())
    assert found
    assert min(found) <= 4
    told = " ".join(found.values())
    assert "the loss on real texts rose in two rounds running" in told
    assert "tail recall fell" in told
    loss, tail = figures(replaced(), "real loss"), figures(replaced(), "tail recall")
    assert loss[-1] > 1.1 * loss[0]
    assert tail[-1] < 0.7 * tail[0]


def test_accumulating_is_not_called_a_collapse():
    assert not alarms(accumulated())
    loss = figures(accumulated(), "real loss")
    assert loss[-1] < 1.05 * loss[0]


def test_the_share_of_what_learners_wrote_is_told():
    assert figures(replaced(), "synthetic") == [1.0] * ROUNDS
    shares = figures(accumulated(), "synthetic")
    assert shares[0] == 0.5
    assert shares == sorted(shares)


def test_without_its_thresholds_it_says_nothing():
    assert not alarms(ran((), rounds=4, rise=10.0, fall=0.99))


def test_each_signal_alone_sees_it():
    assert "tail recall" in " ".join(alarms(ran((), rise=10.0)).values())
    assert "real texts" in " ".join(alarms(ran((), fall=0.99)).values())


def test_the_reaction_bounds_the_loss():
    reacted = ran((), kind="react")
    assert alarms(reacted)
    first = min(alarms(reacted))
    verdict = reacted.phases[Phase(stage=0, round=first, name="verdict")]
    assert verdict.decision == "rolled back"
    assert figures(reacted, "real loss")[-1] < figures(replaced(), "real loss")[-1] - 0.1
    trained = [data for kind, data in reacted.events if kind == "trained"]
    assert "corpus" in trained[-1]["authors"]
    assert "corpus" not in trained[0]["authors"]


@pytest.mark.slow
def test_it_sees_every_replacing_run_and_no_accumulating_one():
    assert all(alarms(ran((), seed=seed)) for seed in range(10))
    assert not [seed for seed in range(10) if alarms(ran(ACCUMULATING, seed=seed))]


def test_the_figures_need_no_vectors():
    names = set(findings(ran((), rounds=1, vectors=None))[0].figures)
    assert {"texts", "distinct-2", "self-BLEU", "tail recall", "real loss"} <= names
    assert not names & {"clusters", "variance"}


def test_a_recipe_without_replay_is_edited_where_it_can_be():
    edits = Collapse().edits
    cycle = put("updating", updating.SFT())(generations(()))
    assert any(edit(cycle) != cycle for edit in edits)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("loss", "rise", "least", "felt"),
    [
        (5.0, 0.2, 0.01, True),
        (5.0, 0.05, 0.01, False),  # 1 %
        (0.03, 0.002, 0.01, False),  # 7 % of next to nothing
        (0.03, 0.002, 0.0, True),
    ],
)
def test_a_rise_counts_by_its_share_and_by_its_size(loss: float, rise: float, least: float, felt: bool):
    more = Estimate(value=rise, low=0.9 * rise, high=1.1 * rise, items=64)
    watch = Collapse(least=least)
    found = watch._share(told({"real loss": loss, "real rise": more}))  # pyright: ignore[reportPrivateUsage]
    assert (found is not None) == felt
