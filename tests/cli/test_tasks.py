"""`--tasks` from end to end: run, resume, eval, on a scripted model; nothing half-run where the file is wrong."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lamarck import testing
from lamarck.api.machine import Machine
from lamarck.core import Prompt
from lamarck.models.budget import Budget
from lamarck.sandbox import Result
from lamarck.store import RunReader

Lamarck = Callable[..., Any]
QUICK = ("--samples", "2", "--set", "evaluation.samples=2", "--rounds", "1", "--gate", "off")
CHECK = """
from pathlib import Path

def check(answer, reference):
    if Path("broken").exists():
        raise ValueError("I am broken")
    return answer == reference
"""


def right(prompt: Prompt, seed: int) -> str:
    left, _, rest = prompt.fields["question"].partition(" + ")
    return f"```python\nprint({left} + 3)\n```\nSo the answer is {int(left) + int(rest.rstrip('?'))}."


@pytest.fixture
def trainer() -> testing.RecordingTrainer:
    return testing.RecordingTrainer(right=right_of)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, lamarck: Lamarck, trainer: testing.RecordingTrainer) -> None:
    """The doubles in place of worker processes and torch; forty sums in sums.jsonl."""

    @contextmanager
    def doubles(*_asked: object, **_more: object) -> Generator[Any]:
        models = testing.ScriptedModels(answer=right, wrong=lambda _prompt, _seed: "The answer is 0.")
        yield Machine(models=models, executor=testing.Inline(), trainer=trainer, budget=Budget())  # type: ignore[arg-type]

    for user in ("running", "scoring"):
        monkeypatch.setattr(f"lamarck.api.{user}.machine", doubles)
    write([{"question": f"{n} + 3?", "answer": str(n + 3)} for n in range(1, 41)])
    Path("own.py").write_text(CHECK)


def right_of(*_asked: object) -> bool:
    return True


def write(rows: list[Any], name: str = "sums.jsonl") -> None:
    Path(name).write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))


def words(*more: str, check: str = "numeric") -> tuple[str, ...]:
    return ("run", "rest_em", "--learner", "scripted/0.5", "--tasks", "sums.jsonl", "--check", check, *QUICK, *more)


def test_a_run_on_tasks_of_ones_own_keeps_where_they_came_from(lamarck: Lamarck):
    said = lamarck(*words("--out", "mine"))
    assert said.code in (0, 3), said.err
    info = RunReader(Path("runs/mine")).info
    assert info.environment == "sums"
    assert info.checked_by == "numeric"
    path, _, digest = info.tasks.partition("#sha256:")
    assert Path(path).name == "sums.jsonl"
    assert len(digest) == 64
    events = [json.loads(line) for line in Path("runs/mine/events.jsonl").read_text().splitlines()]
    counts = next(event for event in events if event["kind"] == "tasks")
    assert counts["practice"] + counts["selection"] + counts["sealed"] == 40


def test_a_run_tells_what_isolated_its_programs(lamarck: Lamarck):
    write([{"task_id": n, "text": f"Add {n}.", "code": f"def f{n}(x):\n    return x + {n}",
            "test_list": [f"assert f{n}(1) == {n + 1}"]} for n in range(6)])  # fmt: skip
    said = lamarck(*words("--out", "mine", "--until", "tasks", "--unsafe-sandbox", check="code"))
    assert said.code in (0, 3), said.err
    told = [event for event in RunReader(Path("runs/mine")).events() if event["kind"] == "sandbox"]
    assert len(told) == 1
    assert told[0]["tier"] == 4 or all(told[0]["attacks"].values())
    assert RunReader(Path("runs/mine")).info.unsafe_sandbox


class Pytest:
    """A box whose pytest is content with everything."""

    def __init__(self, *_asked: object, **_more: object) -> None:
        self.runner = self

    def project(self, *_asked: object) -> Result:
        return Result(outcome="pass", self_graded=True)

    def isolate(self, **_asked: object) -> dict[str, object]:
        return {}

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("check", "taught"), [("project", False), ("project-trusted", True)])
def test_a_verdict_that_a_program_may_have_written_itself_teaches_nothing(
    check: str, taught: bool, lamarck: Lamarck, monkeypatch: pytest.MonkeyPatch, trainer: testing.RecordingTrainer
):
    monkeypatch.setattr("lamarck.environments.code.project.Box", Pytest)
    write([{"question": f"{n} + 3?", "tests": "def test(): pass"} for n in range(1, 41)])
    said = lamarck(*words("--out", "mine", check=check))
    assert said.code in (0, 3), said.err
    assert bool([row for job in trainer.jobs for row in job.rows]) is taught


def test_a_run_goes_on_with_the_same_tasks_and_refuses_others(lamarck: Lamarck):
    assert lamarck(*words("--out", "mine", "--until", "refinement")).code == 0
    assert lamarck("resume", "mine").code in (0, 3)
    write([{"question": "1 + 1?", "answer": "2"}] * 3)
    said = lamarck("resume", "mine")
    assert said.code == 2
    assert "was changed since the run began" in said.err


def test_a_check_of_ones_own_that_always_fails_stops_with_its_traceback_and_goes_on_when_mended(lamarck: Lamarck):
    Path("broken").touch()
    said = lamarck(*words("--out", "mine", check="own.py:check"))
    assert said.code == 2
    assert "ValueError: I am broken" in said.err
    Path("broken").unlink()
    assert lamarck("resume", "mine").code in (0, 3)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--tasks", "no.jsonl"), "no such file: no.jsonl"),
        (("--tasks", "bad.jsonl", "--check", "numeric"), "bad.jsonl, line 2: "),
        (("--tasks", "sums.jsonl"), "how are the answers of sums.jsonl checked?"),
        (("--tasks", "sums.jsonl", "--check", "numerc"), "did you mean numeric"),
        (("--tasks", "sums.jsonl", "--environment", "game24"), "both an environment and tasks are given"),
        (("--environment", "game24", "--check", "numeric"), "--check, --columns and --skip-bad are of --tasks"),
        (("--tasks", "sums.jsonl", "--check", "exact", "--columns", "question=nothing"), "has no column 'nothing'"),
    ],
)
def test_what_is_wrong_ends_it_before_a_folder_is_made(lamarck: Lamarck, more: tuple[str, ...], message: str):
    write([{"question": "1 + 1?", "answer": "2"}, "{nonsense"], "bad.jsonl")
    for command in (("run", "rest_em", "--learner", "scripted/0.5"), ("eval", "--learner", "scripted/0.5")):
        said = lamarck(*command, *more)
        assert said.code == 2
        assert message in said.err
    assert not Path("runs").exists()


def test_bad_rows_are_left_out_on_request(lamarck: Lamarck):
    write([*[{"question": f"{n} + 3?", "answer": str(n + 3)} for n in range(1, 11)], "{nonsense"])
    said = lamarck(*words("--out", "mine", "--skip-bad"))
    assert said.code in (0, 3), said.err
    assert RunReader(Path("runs/mine")).info.skip_bad


def test_a_learner_is_scored_on_tasks_of_ones_own(lamarck: Lamarck):
    said = lamarck(
        "eval", "--learner", "scripted/0", "--tasks", "sums.jsonl", "--columns", "question=question,answer=answer",
        "--check", "numeric", "--samples", "0", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert json.loads(said.out)["abilities"]["sums"]["greedy"]["value"] == 1


def test_a_configuration_names_tasks_beside_it(lamarck: Lamarck):
    Path("here").mkdir()
    Path("sums.jsonl").rename("here/sums.jsonl")
    Path("here/run.toml").write_text(
        'recipe = "rest_em"\nlearner = "scripted/0.5"\ntasks = "sums.jsonl"\ncheck = "numeric"\n'
    )
    said = lamarck("run", "--config", "here/run.toml", *QUICK, "--out", "mine")
    assert said.code in (0, 3), said.err
    assert RunReader(Path("runs/mine")).info.environment == "sums"
