"""A run folder as the store writes it, read by its own reader."""

from pathlib import Path

import pytest
from tests.report.parsed import Parsed

from lamarck import recipes, report, testing
from lamarck.core import describe, run
from lamarck.report.page import page
from lamarck.store import RunInfo, RunReader, RunStore


def made(path: Path, ablate: tuple[str, ...] = ()) -> Path:
    """Two rounds of rest_em on sums by a scripted model."""
    options = {"rounds": 2, "samples": 4, "cap": 2}
    method = recipes.load("rest_em")(ablate=ablate, **options)
    info = RunInfo(
        recipe="rest_em", options=options, ablate=ablate, learner="scripted/0.6", environment="toy",
        resolved=describe(method),
    )  # fmt: skip
    with RunStore.hold(path, info) as store:
        ctx = testing.context(learner="scripted/0.6", environment=testing.ToyEnvironment(n=6), store=store)
        store.progress(base=store.keep(ctx.learner))
        run(method, ctx)
        store.progress(status="done")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("runs") / "tiny")


def test_the_page_of_a_real_folder(folder: Path):
    found = Parsed(report.write(RunReader(folder)).read_text(encoding="utf-8"))
    reader = RunReader(folder)
    verdicts = [view.verdict for view in reader.rounds() if view.verdict]
    assert "rest_em on toy" in found.text
    for number, verdict in enumerate(verdicts, 1):
        assert f"Round {number} {verdict.decision}" in found.text
    assert reader.info.champion in found.text
    assert "Filter: not passed" in found.text
    assert "1 problem solving the whole – pass@1 the recipe's own" in found.text
    cards = [view.scorecards[0] for view in reader.rounds() if view.scorecards]
    for card in cards:
        assert f"{100 * card.target.estimate('greedy').value:.1f} %" in found.text


def test_table_plot_tree_and_story_of_a_real_folder(folder: Path):
    reader = RunReader(folder)
    assert report.table(reader).row_count == 3
    assert reader.info.base in str(report.lineage(reader).children[0].label)
    assert report.story(reader).plain
    report.plot(reader)


def test_the_control_arm_beside_the_run_is_found(tmp_path: Path):
    one, other = made(tmp_path / "one"), made(tmp_path / "other", ("own_samples",))
    assert "control arm" not in Parsed(page(RunReader(one))).text
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    written = report.write(RunReader(one)).read_text(encoding="utf-8")
    assert "control arm, --ablate own_samples" in Parsed(written).text
    assert "control arm" not in Parsed(report.write(RunReader(other)).read_text(encoding="utf-8")).text


def test_a_damaged_file_is_named_on_the_page(tmp_path: Path):
    path = made(tmp_path / "hurt")
    victim = path / "rounds" / "002" / "refined.parquet"
    victim.write_bytes(victim.read_bytes()[:-20])
    text = Parsed(report.write(RunReader(path)).read_text(encoding="utf-8")).text
    assert "Damaged: " in text
    assert victim.name in text
