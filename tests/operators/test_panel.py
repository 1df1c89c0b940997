"""Judges are tried on anchors every round before they count."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lamarck.core import Context, Phase, Prompt, State, UsageError
from lamarck.operators.anchors import unpacked
from lamarck.operators.duels import Comparing
from lamarck.operators.panel import Panel, seated
from lamarck.testing import BiasedJudge, MemoryStore, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
ASK = Comparing(prompt="win_rate/compare")


def better(prompt: Prompt) -> str:
    return "first" if TOY.says(prompt.fields["first"]) == TOY.solved(prompt) else "second"


def given(store: MemoryStore | None = None, round: int = 1, /, **rates: float) -> Context:
    more: Any = rates
    judge = BiasedJudge(better=better, mine=lambda text: "result is" in text, **more)

    def write(prompt: Prompt, seed: int) -> str:
        return judge(prompt, seed) if prompt.name == "win_rate/compare" else TOY.right(prompt, seed)

    models = ScriptedModels(answer=write, wrong=TOY.wrong, rates=lambda p, rate: rate if p.name == "task/sum" else 0.0)
    ctx = context(learner="scripted/0.5", models=models, roles={"judge": "scripted/0.5"}, store=store or MemoryStore())
    return replace(ctx, round=round, origins={"learner": ctx.learner})


def sat(ctx: Context, roles: str = "judge", anchors: int = 100, file: str = "") -> tuple[Panel, list[dict[str, Any]]]:
    panel = seated(roles, ctx, "WinRate", ASK, anchors=anchors, file=file)
    assert isinstance(ctx.store, MemoryStore)
    return panel, [data for kind, data in ctx.store.events if kind == "calibrated"]


def test_a_fair_judge_is_trusted_and_accused_of_nothing():
    panel, (said,) = sat(given())
    assert panel.trusted
    assert (said["trusted"], said["accused"], said["reason"]) == (True, [], "no bias shown")
    assert said["first"][0] == said["second"][0] == said["consistency"][0] == 1.0
    assert said["anchors"] >= 90
    assert set(said["biases"]) == {"position", "length", "format", "own"}


@pytest.mark.parametrize(
    ("rates", "bias"),
    [({"first": 0.4}, "position"), ({"longer": 0.5}, "length"), ({"decorated": 0.5}, "format")],
)
def test_the_anchors_of_an_environment_expose_a_bias(rates: dict[str, float], bias: str):
    _, (said,) = sat(given(noise=0.05, **rates))
    assert said["accused"] == [bias]


def test_anchors_are_what_they_claim_to_be():
    ctx = given()
    sat(ctx)
    state = ctx.store.read(Phase(stage=0, round=1, name="state-judge-judge"), State)
    assert state
    found = unpacked(state.data["anchors"])
    results = [str(TOY.solved(Prompt(name="x", fields=anchor.fields))) for anchor in found]
    assert [TOY.says(anchor.better) for anchor in found] == results
    assert not [a for a, result in zip(found, results, strict=True) if TOY.says(a.worse) == result]
    longer = sum(len(a.better) > len(a.worse) for a in found) / len(found)
    assert 0.35 < longer < 0.65
    assert 20 < sum(bool(a.own) for a in found) < 60
    assert json.loads(json.dumps(dict(state.data))) == state.data


def test_a_round_calibrates_once_and_the_next_on_the_same_anchors():
    store = MemoryStore()
    for _ in range(2):
        _, said = sat(given(store, 0))
        assert len(said) == 1
    _, said = sat(given(store, 1))
    assert len(said) == 2
    assert said[1]["chance"] == 1.0
    first, second = (store.phases[Phase(stage=0, round=n, name="state-judge-judge")].data for n in (0, 1))
    assert first["anchors"] == second["anchors"]
    assert second["begun"] == first["votes"]


@pytest.mark.parametrize("worse", [{"first": 0.5}, {"noise": 0.8}, {"mute": 0.3}])
def test_a_judge_that_has_changed_is_not_trusted(worse: dict[str, float]):
    store = MemoryStore()
    sat(given(store, 0))
    panel, said = sat(given(store, 1, **worse))
    assert not panel.trusted
    assert "not what it was on the same anchors" in said[1]["reason"]
    assert panel.seats[0].weight == 1.0  # alone it still counts, and the event says what it is worth


def test_a_judge_without_anchors_is_not_trusted():
    panel, said = sat(given(), anchors=0)
    assert (panel.trusted, said) == (False, [])
    panel, (few,) = sat(given(), anchors=4)
    assert not panel.trusted
    assert few["reason"] == "4 anchors are too few, 10 is the least; give a file of pairs as anchor_file"


def test_a_file_of_pairs(tmp_path: Path):
    rows = [{"task": f"{i}+1", "better": f"{i + 1}", "worse": f"{i}"} for i in range(12)]
    file = tmp_path / "anchors.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ctx = given()

    def by_task(duels: Any, _judge: Any, _ctx: Any) -> Any:
        right = [str(int(duel.asked.partition("+")[0]) + 1) for duel in duels]
        return [("a", "a") if duel.a == known else ("b", "b") for duel, known in zip(duels, right, strict=True)]

    panel = seated("judge", ctx, "WinRate", by_task, file=str(file))
    assert panel.trusted
    file.write_text('{"task": "1+1", "better": "2"}\n')
    with pytest.raises(UsageError, match="row 1: no text under worse"):
        seated("judge", given(), "WinRate", by_task, file=str(file))


def test_roles_with_commas():
    with pytest.raises(UsageError, match="names nobody at one of its commas"):
        sat(given(), roles="judge,")
