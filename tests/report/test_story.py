"""One puzzle in words: the right one, told rightly, or none."""

from dataclasses import replace
from pathlib import Path

from tests.report.literal import BASE, FIRST, attempt, small

from lamarck import report
from lamarck.report.sound import Sound
from lamarck.report.story import find, steps


def test_it_picks_the_puzzle_that_changed_most(tmp_path: Path):
    # toy/b was solved by the base; toy/c is solved once of twice; toy/a always
    tale = find(Sound(small(tmp_path).reader))
    assert tale
    assert tale.wrong.task.id == "toy/a"
    assert (tale.wrongs, tale.rights, tale.of) == (2, 2, 2)


def test_it_quotes_the_false_claim_with_the_verifiers_sentence(tmp_path: Path):
    said = report.story(small(tmp_path).reader).plain
    assert said.startswith("Make 24 from toy/a.\n")
    assert "The base tried 2 times and was never right" in said
    assert "2. 6 * 5 = 24\n" in said
    assert "The verifier: step 2: 6*5=24 is false, it is 30." in said


def test_it_tells_the_solution_step_by_step_and_by_whom(tmp_path: Path):
    said = report.story(small(tmp_path).reader).plain
    assert "The champion, made in round 1, solves it in 2 of 2 samples:" in said
    assert "1. 13 - 8 = 5, which leaves 4 5 6\n    2. 6 - 5 = 1, which leaves 1 4\n    3. 4 - 1 = 3" in said
    other = small(tmp_path, champion="0" * 16)
    assert "The learner of round 1 solves" in report.story(other.reader).plain


def test_where_nothing_changed_it_says_so(tmp_path: Path):
    run = small(tmp_path)
    run.batches[0, 2, "feedback"] = [attempt("toy/b", "4*6=24", right=True, by=FIRST.hash)]
    assert "No puzzle to tell: no task" in report.story(run.reader).plain


def test_one_round_is_not_enough(tmp_path: Path):
    run = small(tmp_path)
    run.views = run.views[:2]
    assert "only the base has practised" in report.story(run.reader).plain
    run.views = []
    assert "only the base has practised" in report.story(run.reader).plain


def test_the_base_sampling_again_is_no_later_learner(tmp_path: Path):
    run = small(tmp_path)
    verdict = run.views[1].verdict
    assert verdict
    run.views[1] = replace(run.views[1], verdict=replace(verdict, decision="rolled back", champion=BASE.hash))
    assert "only the base has practised" in report.story(run.reader).plain


def test_a_run_without_evaluation_goes_by_its_candidates(tmp_path: Path):
    run = small(tmp_path)
    run.views = [replace(view, verdict=None, scorecards=()) for view in run.views]
    assert "The champion, made in round 1," in report.story(run.reader).plain


def test_words_of_another_world_are_told_as_they_are():
    assert steps("First think.\n\nThe answer is 4.") == ["First think.", "The answer is 4."]
    assert steps("8 - 5 = 3 (left: 1)") == ["8 - 5 = 3 (left: 1)"]
    assert steps("4*6=24") == ["4 * 6 = 24"]


def test_a_sample_without_solution_or_feedback_breaks_nothing(tmp_path: Path):
    run = small(tmp_path)
    run.batches[0, 1, "feedback"] = [replace(e, solution=None, feedback=None) for e in run.batches[0, 1, "feedback"]]
    assert "nothing at all" in report.story(run.reader).plain
