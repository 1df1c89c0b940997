"""The section of monitors: the figures of each round, and a warning where sampling collapsed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.report.literal import BASE, FIRST, SECOND, LiteralRun, attempt, seen, small
from tests.report.parsed import Parsed

from lamarck.core import Batch, Origin, Passage
from lamarck.report.page import page
from lamarck.report.sections.monitors import monitors, pulses
from lamarck.report.sound import Sound

TASKS = 40


def batch(texts: int, solved: int, nats: float, *, n: int = 4, temperature: float = 1.0) -> Batch:
    made = [
        attempt(f"toy/{task}", f"text {i % texts}", right=task < solved, sample=i)
        for task in range(TASKS)
        for i in range(n)
    ]
    origin = Origin(learner=FIRST.hash, temperature=temperature)
    return [
        replace(e, solution=replace(e.solution, logprobs=(-nats,)), origin=origin)
        for e in made
        if e.solution is not None
    ]


def run_of(path: Path, *batches: Batch, stages: tuple[int, ...] = (), log: Any = ()) -> LiteralRun:
    at = stages or (0,) * len(batches)
    learners = (FIRST.hash, SECOND.hash, BASE.hash)
    funnel = {"feedback": (Passage(operator="solutions.Sample", into=1, out=1, seconds=0.0),)}
    views = [
        replace(seen(at[: i + 1].count(stage)), stage=stage, candidate=learners[i], funnel=funnel)
        for i, stage in enumerate(at)
    ]
    held = {(view.stage, view.round, "feedback"): found for view, found in zip(views, batches, strict=True)}
    return replace(small(path), views=[seen(0), *views], batches=held, log=list(log), last=None)


def said(run: LiteralRun) -> str:
    return Parsed(monitors(Sound(run.reader))).text


WIDE, NARROW = batch(4, 30, 1.0), batch(1, 5, 0.2)


def test_a_collapse_is_told_with_its_rounds_and_figures(tmp_path: Path):
    text = said(run_of(tmp_path, WIDE, WIDE, NARROW))
    assert "Collapse: from round 1 to round 3" in text
    assert "80.0 % of their entropy and pass@4 fell from 75.0 % to 12.5 %" in text


def test_a_healthy_run_is_told_without_a_warning(tmp_path: Path):
    text = said(run_of(tmp_path, WIDE, batch(2, 32, 0.3), batch(2, 36, 0.2)))
    assert "Collapse" not in text
    assert "4 draws of a task" in text


def test_stages_are_not_compared_with_each_other(tmp_path: Path):
    assert "Collapse" not in said(run_of(tmp_path, WIDE, NARROW, stages=(0, 1)))
    assert "from round 2.1 to round 2.2" in said(run_of(tmp_path, WIDE, WIDE, NARROW, stages=(0, 1, 1)))


def test_rounds_are_compared_at_equal_draws(tmp_path: Path):
    found = pulses(Sound(run_of(tmp_path, batch(4, 30, 1.0, n=8), WIDE).reader))
    assert [one.vitals.draws for one in found] == [4, 4]


def test_what_a_later_stage_reads_again_is_no_sample(tmp_path: Path):
    run = run_of(tmp_path, WIDE, WIDE, stages=(0, 1))
    read = {"feedback": (Passage(operator="feedback.Judge", into=1, out=1, seconds=0.0),)}
    run.views[2] = replace(run.views[2], funnel=read)
    assert [one.label for one in pulses(Sound(run.reader))] == ["1.1"]


def test_the_real_share_is_that_of_the_training_which_made_the_candidate(tmp_path: Path):
    log = [
        {"kind": "trained", "learner": FIRST.hash, "authors": {BASE.hash: 60, "corpus": 40}},
        {"kind": "trained", "learner": "another", "authors": {"corpus": 1}},
        {"kind": "trained", "learner": SECOND.hash},  # as runs before this was recorded
    ]
    found = pulses(Sound(run_of(tmp_path, WIDE, WIDE, log=log).reader))
    assert [one.vitals.real for one in found] == [0.4, None]
    assert "40.0 %" in said(run_of(tmp_path, WIDE, WIDE, log=log))


def test_a_colder_sample_is_said_to_bias_the_entropy(tmp_path: Path):
    assert "the entropy is too low" in said(run_of(tmp_path, batch(4, 30, 1.0, temperature=0.7)))
    assert "the entropy is too low" not in said(run_of(tmp_path, WIDE))


def test_the_page_has_the_section_and_a_run_without_samples_says_so(tmp_path: Path):
    assert "No round has sampled yet" in said(replace(small(tmp_path), batches={}))
    whole = Parsed(page(small(tmp_path).reader))
    assert "monitors" in whole.values("id")
    assert "different texts, share of the draws" in whole.text
