"""Verdicts on programs: what is quoted, what stays hidden, what is no verdict at all."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.environments.tasks import given
from tests.environments.tasks.given import file, many, say
from tests.environments.tasks.test_formats import GOAL, one

from lamarck.core import Solution
from lamarck.environments.code.checking import CodeCheck
from lamarck.environments.code.functions import Functions, broken, problems, splits
from lamarck.environments.code.problem import Problem, of_row
from lamarck.environments.code.project import ProjectCheck, files_of
from lamarck.environments.tasks.environment import from_tasks
from lamarck.sandbox import Case, Result, Sandbox

PROBLEM = Problem(
    words="Add one.",
    entry="inc",
    visible=("assert inc(1) == 2",),
    hidden=("assert inc(-1) == 0", "assert inc(9) == 10"),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as made:
        yield made


@pytest.fixture
def check(sandbox: Sandbox) -> CodeCheck:
    return CodeCheck(sandbox)


def fenced(code: str) -> Solution:
    return say(f"Here:\n```python\n{code}\n```")


def test_right_code_passes(check: CodeCheck):
    feedback = check.ruled(PROBLEM, fenced("def inc(x):\n    return x + 1"))
    assert (feedback.passed, feedback.score, feedback.text) == (True, 1.0, "right")
    assert (feedback.details["hidden passed"], feedback.details["tier"]) == (2, 1)


def test_a_failed_visible_test_is_quoted_with_what_came(check: CodeCheck):
    feedback = check.ruled(PROBLEM, fenced("def inc(x):\n    return x + 2"))
    assert feedback.passed is False
    assert feedback.text == "failed: assert inc(1) == 2\ncame: 3\nshould have come: 2"


def test_hidden_tests_are_counted_and_not_quoted(check: CodeCheck):
    feedback = check.ruled(PROBLEM, fenced("def inc(x):\n    return abs(x) + 1"))
    assert feedback.text == "it passes what is shown, but fails 1 of 2 hidden tests"
    assert 0 < (feedback.score or 0) < 1


def test_an_exception_is_told_with_its_lines(check: CodeCheck):
    feedback = check.ruled(PROBLEM, fenced("def inc(x):\n    y = x\n    return y + '1'"))
    assert "raised: TypeError" in feedback.text
    assert "line 3" in feedback.text


def test_code_that_does_not_compile(check: CodeCheck):
    assert "cannot be loaded" in check.ruled(PROBLEM, fenced("def inc(x) return x")).text


def test_an_answer_without_code_fails(check: CodeCheck):
    assert check.ruled(PROBLEM, say("I cannot.")).text == "there is no code in the answer"


def test_a_block_by_block_trace(check: CodeCheck):
    solution = fenced("def inc(x):\n    y = 1\n    if x > 0:\n        y = 2\n    return x + y")
    trace = check.traced(PROBLEM, solution, Case(arguments=[1], expected=2))
    assert trace.result.outcome == "fail"
    assert any(step.after.get("y") == "2" for step in trace.steps)


def test_a_matrix_of_programs_and_a_models_own_tests(check: CodeCheck):
    programs = [fenced("def inc(x):\n    return x + 1"), fenced("def inc(x):\n    return x + 2"), say("none")]
    assert check.matrix(PROBLEM, programs, ["assert inc(0) == 1", "assert inc(0) == 2"]) == [
        [True, False],
        [False, True],
        [False, False],
    ]


class Broken:
    """A runner whose sandbox fails."""

    def test(self, *_asked: object, **_more: object) -> Result:
        return Result(outcome="error", reason="no place to run")


def test_a_fault_of_the_sandbox_is_no_verdict():
    runner: Any = Broken()
    feedback = CodeCheck(runner).ruled(PROBLEM, fenced("def inc(x):\n    return x + 1"))
    assert (feedback.passed, feedback.score) == (None, None)
    assert feedback.text == "no verdict: no place to run"


@pytest.mark.parametrize("row", [given.MBPP, given.HUMANEVAL])
def test_files_of_mbpp_and_humaneval(tmp_path: Path, row: dict[str, Any], sandbox: Sandbox):
    environment = from_tasks(
        file(
            tmp_path,
            many(row) if row is given.MBPP else [row | {"prompt": f"# {n}\n{row['prompt']}"} for n in range(5)],
        )
    )
    task = one(environment)
    by = replace(environment, check_by=CodeCheck(sandbox))
    assert by.check(task, fenced("def inc(x):\n    return x + 1")).passed is True
    assert by.check(task, fenced("def inc(x):\n    return x")).passed is False
    assert all(e.solution and by.check(e.task, e.solution).passed for e in by.examples(9, 0))
    assert "assert inc(-1) == 0" not in task.messages[0].text


def test_the_entry_is_the_function_that_the_tests_call():
    assert of_row(given.MBPP).entry == "inc"
    assert of_row({"question": "?", "tests": "assert sorted(f(1)) == []"}).entry == "f"
    with pytest.raises(ValueError, match="has no tests"):
        of_row({"question": "?"})


def test_no_function_is_in_two_splits():
    names = [name for split in ("practice", "selection", "sealed") for name in splits()[split]]
    assert len(names) == len(set(names)) == len(problems()) == 40


@pytest.mark.slow
def test_forty_functions_and_their_bugs(check: CodeCheck):
    for name, problem in problems().items():
        assert check.ruled(problem, fenced(problem.reference)).passed, name
        assert broken()[name] != problem.reference
        assert check.ruled(problem, fenced(broken()[name])).passed is False, name


def test_functions_as_an_environment(check: CodeCheck):
    world = Functions(check)
    tasks = world.tasks("practice", None, 0, GOAL)
    assert len(tasks) == 48
    repair = next(task for task in tasks if task.parameters["node"] == "repair")
    assert "This program has a bug" in repair.messages[0].text
    (example, *_) = world.examples(1, 0)
    assert example.solution
    assert world.check(example.task, example.solution).passed
    held = {world.key(t) for s in ("selection", "sealed") for t in world.tasks(s, None, 0, GOAL)}
    assert not held & {world.key(task) for task in tasks}


class Pytest:
    """A runner that says what pytest would."""

    def project(self, files: dict[str, str], *_more: object) -> Result:
        return Result(
            outcome="pass" if "x + 1" in files["solution.py"] else "fail", self_graded=True, output="1 failed"
        )


def test_a_project_measures_but_does_not_teach_unless_trusted(tmp_path: Path):
    rows = [
        {"question": f"{n}: write inc", "tests": "from solution import inc\ndef test(): assert inc(1) == 2"}
        for n in range(5)
    ]
    runner: Any = Pytest()
    environment = from_tasks(file(tmp_path, rows), check="project")
    item = next(iter(environment.items.values()))
    practice, held = one(environment), one(environment, "selection")
    good = fenced("def inc(x):\n    return x + 1")
    assert ProjectCheck(runner=runner)(item, held, good).passed is True
    assert ProjectCheck(runner=runner)(item, held, fenced("def inc(x):\n    return x")).text == "1 failed"
    kept = ProjectCheck(runner=runner)(item, practice, good)
    assert (kept.passed, kept.details["said"], kept.details["self_graded"]) == (None, True, True)
    assert ProjectCheck(runner=runner, trusted=True)(item, practice, good).passed is True


def test_a_project_of_several_files():
    row = {"tests": {"tests/test_a.py": "x"}, "files": '{"lib.py": "y"}'}
    assert files_of(row) == {"lib.py": "y", "tests/test_a.py": "x"}


@pytest.mark.slow
def test_pytest_runs_in_the_sandbox(tmp_path: Path):
    rows = [
        {"question": f"{n}: write inc", "tests": "from solution import inc\ndef test(): assert inc(1) == 2"}
        for n in range(5)
    ]
    environment = from_tasks(file(tmp_path, rows), check="project-trusted")
    task = one(environment)
    right = environment.check(task, fenced("def inc(x):\n    return x + 1"))
    wrong = environment.check(task, fenced("def inc(x):\n    return x"))
    environment.close()
    assert right.passed is True
    assert wrong.passed is False
    assert "assert 1 == 2" in wrong.text
