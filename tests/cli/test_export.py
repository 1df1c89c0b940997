"""A learner as files for other programs: what is written, what the card says, what is refused."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lamarck import operators
from lamarck.api import Run
from lamarck.core import Learner, ModelRef
from lamarck.operators import solutions
from lamarck.store import RunInfo, RunStore

Lamarck = Callable[..., Any]


@pytest.fixture
def mine(tiny: Path, tmp_path: Path) -> Path:
    """A finished run of two rounds in runs/."""
    return Path(shutil.copytree(tiny, tmp_path / "runs" / "mine"))


def test_the_champion_becomes_a_folder_with_a_card(lamarck: Lamarck, mine: Path):
    said = lamarck("export", "mine", "out")
    champion = Run(mine).champion.learner
    assert said.code == 0, said
    assert f"learner {champion.hash}" in said.out
    files = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    kept = {path.name: path.read_bytes() for path in Path(champion.model.folder).iterdir()}
    assert {name: files[name] for name in kept} == kept
    card = files["README.md"].decode()
    for text in (
        'base_model: "scripted/0.6"',
        "arXiv.org/abs/2312.06585".lower(),
        "| sums | greedy |",
        "were written by learners of this run",
        "No sealed item was seen before the end",
        "lamarck run rest_em --learner scripted/0.6 --environment toy --seed 0 --rounds 2",
    ):
        assert text in card, text


def test_the_card_tells_the_scores_of_the_learner_and_of_what_the_run_began_with(lamarck: Lamarck, mine: Path):
    lamarck("export", "mine:champion", "out")
    row = next(line for line in Path("out/README.md").read_text().splitlines() if line.startswith("| sums | greedy |"))
    last = {card.learner: card for card in Run(mine).reader.rounds()[-1].scorecards}
    for hash in (Run(mine).champion.learner.hash, Run(mine).info.base):
        assert f"{100 * last[hash].target.estimate('greedy').value:.1f} %" in row


def test_any_learner_of_the_run_can_be_written(lamarck: Lamarck, mine: Path):
    first = Run(mine).reader.learners()[1]
    assert lamarck("export", f"mine:{first}", "out").code == 0
    assert f"# {first}" in Path("out/README.md").read_text()


def test_what_weights_cannot_hold_is_named(lamarck: Lamarck, mine: Path, tmp_path: Path):
    info = RunInfo(recipe="rest_em", learner="scripted/0.6", environment="toy")
    with RunStore.hold(tmp_path / "runs" / "told", info, known=operators.table()) as store:
        weights = Path(store.learners) / "w"
        weights.mkdir()
        (weights / "model.json").write_text("{}")
        model = ModelRef(name="scripted/0.5", digest="w", folder=str(weights))
        champion = Learner(model=model, prompt="Answer with a number.", answer=solutions.Sample(temperature=0.0))
        store.progress(base=store.keep(champion), status="done", champion=champion.hash)
    said = lamarck("export", "told", "out")
    left = "a system prompt, a way of answering (Sample)"
    assert f"no place for it: {left}; the run keeps that" in said.out
    assert f"**Not in this folder**: {left}" in Path("out/README.md").read_text()
    assert "not in it" not in lamarck("export", "mine", "plain").out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("mine", "runs"), "runs exists; give a new folder"),
        (("mine", "out", "--format", "adapter"), "is no adapter; type: --format hf"),
        (("mine:0123456789abcdef", "out"), "0123456789abcdef"),
        (("nobody", "out"), "nobody"),
        (("mine:champion", "out", "--format", "onnx"), "onnx"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_nothing(
    lamarck: Lamarck, mine: Path, words: tuple[str, ...], reason: str
):
    said = lamarck("export", *words)
    assert said.code == 2
    assert reason in said.err
    assert not Path("out").exists()
    assert not list(Path().glob(".out-*"))


def test_weights_that_lie_elsewhere_are_not_written(lamarck: Lamarck, mine: Path):
    base = Run(mine).info.base
    said = lamarck("export", f"mine:{base}", "out")
    assert said.code == 2
    assert "keeps its weights elsewhere" in said.err
