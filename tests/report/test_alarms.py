"""Alarms in words, the matrix of forgetting, and figures as the run's own monitors committed them."""

from dataclasses import replace
from pathlib import Path

from tests.report.literal import FIRST, SECOND, LiteralRun, seen, small
from tests.report.parsed import Parsed
from tests.report.test_monitors import WIDE, run_of

from lamarck.core import Alarm, Edit, Finding, Verdict
from lamarck.operators import refinement
from lamarck.report.history import history
from lamarck.report.sections.alarms import alarms, changed
from lamarck.report.sections.forgetting import forgetting, matrix
from lamarck.report.sections.monitors import pulses
from lamarck.report.sound import Sound

WORRIED = Alarm(
    reason="the tails are <gone>",
    roll_back=True,
    edits=(
        Edit(path="refinement", operator=refinement.Accumulate()),
        Edit(path="solutions.temperature", times=1.25, most=1.2),
    ),
)


def found(path: Path, *findings: Finding, log: tuple[dict[str, str], ...] = ()) -> LiteralRun:
    return replace(small(path), views=[seen(0), seen(1, findings=findings)], log=list(log))


def test_an_alarm_is_told_with_what_was_done(tmp_path: Path):
    run = found(tmp_path, Finding(monitor="collapse", alarm=WORRIED), Finding(monitor="probes"))
    text = Parsed(alarms(Sound(run.reader))).text
    assert "collapse" in text
    assert "the tails are <gone>" in text
    assert "the candidate was rolled back; Accumulate was added to refinement" in text
    assert "solutions.temperature was set to times 1.25, at most 1.2" in text


def test_a_warning_is_told_as_one(tmp_path: Path):
    run = found(tmp_path, Finding(monitor="hacking", alarm=Alarm(reason="why")))
    assert "nothing: the monitors only warned" in Parsed(alarms(Sound(run.reader))).text


def test_a_quiet_run_and_an_unwatched_one_say_so(tmp_path: Path):
    assert "No monitor raised an alarm" in Parsed(alarms(Sound(found(tmp_path, Finding(monitor="x")).reader))).text
    assert "No monitor watched this run" in Parsed(alarms(Sound(found(tmp_path).reader))).text


def test_what_a_monitor_cannot_see_is_told(tmp_path: Path):
    log = ({"kind": "blind", "monitor": "hacking", "reason": "there is no verdict"},)
    text = Parsed(alarms(Sound(found(tmp_path, log=log).reader))).text
    assert "The monitor of hacking saw nothing: there is no verdict." in text


def test_an_edit_without_effect_says_so():
    assert changed(Edit(path="rounds")) == "rounds stayed"


def staged(path: Path) -> Sound:
    """Three stages with an objective each; the last one's candidate was refused."""
    second = {"on a": 0.6, "on a at start": 0.8, "on a when taught": 0.8, "on a at origin": 0.1}
    second |= {"on b": 0.9, "on b at start": 0.25, "on b at origin": 0.2}
    third = {"on a": 0.2, "on a at start": 0.6, "on a when taught": 0.8, "on a at origin": 0.1}
    third |= {"on b": 0.3, "on b at start": 0.9, "on b when taught": 0.9, "on b at origin": 0.2}
    third |= {"on c": 0.95, "on c at start": 0.4, "on c at origin": 0.3}
    views = [
        replace(seen(1, findings=(Finding(monitor="forgetting", figures=figures),)), stage=stage, candidate=made)
        for stage, (figures, made) in enumerate([(dict[str, float](), "x"), (second, FIRST.hash), (third, SECOND.hash)])
    ]
    views[2] = replace(views[2], verdict=Verdict(decision="rolled back", champion=FIRST.hash, best=FIRST.hash))
    return Sound(replace(small(path), views=views).reader)


def test_the_matrix_is_put_together_from_the_stages(tmp_path: Path):
    made = matrix(staged(tmp_path))
    assert made
    names, scores = made
    assert names == ["a", "b", "c"]
    assert scores.before == [0.1, 0.2, 0.3]
    assert scores.after == [[0.8, 0.25, None], [0.6, 0.9, 0.4], [0.6, 0.9, 0.4]]
    text = Parsed(forgetting(staged(tmp_path), [])).text
    assert "forgetting F +10.0" in text
    assert "backward transfer −10.0" in text


def test_protected_abilities_are_told_by_round(tmp_path: Path):
    run = Sound(small(tmp_path).reader)
    text = Parsed(forgetting(run, history(run))).text
    assert "small toys" in text
    assert "lost" in text
    assert "Nothing was measured" in Parsed(forgetting(run, [])).text


def test_committed_figures_are_not_measured_again(tmp_path: Path):
    run = run_of(tmp_path, WIDE)
    figures = {"draws": 4.0, "texts": 0.5, "texts low": 0.4, "texts high": 0.6, "texts items": 40.0, "entropy": 0.123}
    run.views[1] = replace(run.views[1], findings=(Finding(monitor="collapse", figures=figures),))
    (pulse,) = pulses(Sound(run.reader))
    assert pulse.vitals.entropy == 0.123
    assert pulse.vitals.texts
    assert pulse.vitals.texts.value == 0.5
