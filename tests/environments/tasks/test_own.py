"""A user's own check in five shapes; one that raises is recorded and counted, one that always raises ends it."""

from pathlib import Path

import pytest
from tests.environments.tasks import given
from tests.environments.tasks.given import file, many, say

from lamarck.core import Objective, UsageError
from lamarck.environments.tasks.environment import FileTasks, from_tasks

CHECKERS = Path(__file__).with_name("checkers.py")
GOAL = Objective(ability="mine")


def made(folder: Path, function: str) -> FileTasks:
    rows = [row | {"level": 1} for row in many(given.GSM8K)]
    return from_tasks(file(folder, rows), check=f"{CHECKERS}:{function}")


@pytest.mark.parametrize("function", ["by_text", "half", "of_values", "trl", "verifiers"])
def test_the_shapes(tmp_path: Path, function: str):
    environment = made(tmp_path, function)
    task = environment.tasks("practice", 1, 0, GOAL)[0]
    right, wrong = (environment.check(task, say(f"The answer is {n}")) for n in (12, 7))
    assert right.passed is True
    assert wrong.passed is False
    assert (right.score, wrong.score) == {"half": (1.0, 0.5), "trl": (2.0, -1.0)}.get(function, (1.0, 0.0))


def test_a_function_of_a_package(tmp_path: Path):
    name = file(tmp_path, many(given.GSM8K))
    assert from_tasks(name, check="difflib.get_close_matches").rule == "own"
    assert from_tasks(name, check="operator:eq").rule == "own"


def test_a_call_that_raises_is_no_verdict_and_the_run_goes_on(tmp_path: Path):
    environment = made(tmp_path, "sometimes")
    task = environment.tasks("practice", 1, 0, GOAL)[0]
    assert environment.check(task, say("The answer is 12")).passed is True
    feedback = [environment.check(task, say("The answer is 7")) for _ in range(30)][-1]
    assert (feedback.passed, feedback.score) == (None, None)
    assert feedback.text == "the check failed: ValueError: seven"
    assert feedback.details["check failed"] is True
    environment.settle()


@pytest.mark.parametrize(
    ("function", "said"), [("raises", "ValueError: I am broken"), ("nan", "the check returned nan")]
)
def test_a_check_that_always_fails_ends_it_with_the_first_traceback(tmp_path: Path, function: str, said: str):
    environment = made(tmp_path, function)
    task = environment.tasks("practice", 1, 0, GOAL)[0]
    for _ in range(15):
        assert environment.check(task, say("The answer is 12")).passed is None
    with pytest.raises(UsageError) as error:
        environment.check(task, say("The answer is 12"))
    assert "failed on every one of 16 solutions" in str(error.value)
    assert said in str(error.value)
    assert "Traceback" in str(error.value)


def test_fewer_failures_end_it_when_the_round_is_over(tmp_path: Path):
    environment = made(tmp_path, "raises")
    task = environment.tasks("practice", 1, 0, GOAL)[0]
    environment.check(task, say("The answer is 12"))
    with pytest.raises(UsageError, match="failed on every one of 1 solutions"):
        environment.settle()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.py:check", "no such file"),
        (f"{CHECKERS}", "name the function too"),
        (f"{CHECKERS}:nothing", "nothing is no function"),
        (f"{CHECKERS}:number", "number is no function"),
        (f"{CHECKERS}:four", "takes a, b, c, d; give it"),
        ("no_such_package.fn", "No module named 'no_such_package'"),
        ("os.path.no_such", "give package.module.function or FILE.py:function"),
        ("numerik", "unknown check 'numerik': did you mean numeric"),
    ],
)
def test_a_check_that_cannot_serve_says_why(tmp_path: Path, name: str, message: str):
    with pytest.raises(UsageError, match=message):
        from_tasks(file(tmp_path, many(given.GSM8K)), check=name)


@pytest.mark.slow
def test_an_evaluator_of_programs_runs_in_the_sandbox_and_does_not_teach_unless_trusted(tmp_path: Path):
    evaluator = tmp_path / "evaluator.py"
    evaluator.write_text(
        "import importlib.util\n"
        "def evaluate(program_path):\n"
        "    spec = importlib.util.spec_from_file_location('program', program_path)\n"
        "    module = importlib.util.module_from_spec(spec)\n"
        "    spec.loader.exec_module(module)\n"
        "    return {'combined_score': float(module.inc(1) == 2)}\n"
    )
    name = file(tmp_path, [{"question": f"{n}: write inc"} for n in range(5)])
    good, bad = (say(f"```python\ndef inc(x):\n    return x + {n}\n```") for n in (1, 2))
    for trusted, passed in (("", None), ("trusted:", True)):
        environment = from_tasks(name, check=f"{trusted}{evaluator}:evaluate")
        practice, held = (environment.tasks(split, 1, 0, GOAL)[0] for split in ("practice", "selection"))
        assert environment.check(practice, good).passed is passed
        assert environment.check(practice, good).details["self_graded"] is True
        assert environment.check(held, good).passed is True
        assert environment.check(held, bad).passed is False
