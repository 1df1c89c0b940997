"""Data in and out from the command line: instructions and documents in, rows for TRL out; killed, nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from lamarck.core import Objective
from lamarck.environments.tasks.environment import from_tasks
from lamarck.store import RunReader
from lamarck.testing.server import Script, Served, serve
from lamarck.testing.server.latency import constant

Lamarck = Callable[..., Any]
SECRET = "sk-canary-7f3a9c5e1b2d4f60"
QUICK = "base_s=0.01,longest_s=0.05,timeout_s=5,tries=3,limit=2"
KEEP_ALL = """
from lamarck.core import Cycle, Experience, Objective, recipe
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating

def solved(experience: Experience) -> bool:
    return experience.solution is not None

@recipe(paper="https://example.org")
def keep_all(*, rounds: int = 2) -> Cycle:
    return Cycle(
        objective=Objective(ability="anything"),
        tasks=TASKS,
        solutions=solutions.Sample(temperature=0.7),
        feedback=feedback.Verifier(),
        refinement=refinement.Filter(where=solved),
        updating=updating.SFT(),
        evaluation=evaluation.Accuracy(),
        rounds=rounds,
    )
"""
RATED = """
from lamarck.core import Cycle, Objective, Stages, recipe
from lamarck.operators import evaluation, feedback, solutions, tasks

@recipe(paper="https://example.org")
def rated() -> Stages:
    goal, scored = Objective(ability="anything"), evaluation.Accuracy()
    first = Cycle(name="first", objective=goal, tasks=tasks.Dataset(), solutions=solutions.Sample(), evaluation=scored)
    more = tasks.Earlier(stage="first")
    second = Cycle(name="second", objective=goal, tasks=more, feedback=feedback.Reward(role="judge"), evaluation=scored)
    return Stages(cycles=(first, second))
"""
NONE = KEEP_ALL.replace("experience.solution is not None", "False")
ASK = 'tasks.Dataset(), tasks.FromText(prompt="from_text/task", keep="private")'
SEEDS = [{"instruction": "Add.", "input": f"{n}+3", "output": str(n + 3)} for n in range(20)]


def answer(body: Any) -> str:
    """What the server says: something of its own to each prompt."""
    return f"About {len(str(body['messages']))} signs were read: {str(body['messages'])[-40:]}"


@pytest.fixture
def served(lamarck: Lamarck, monkeypatch: pytest.MonkeyPatch) -> Generator[Served]:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    Path("seeds.jsonl").write_text("\n".join(map(json.dumps, SEEDS)))
    Path("keep.py").write_text(KEEP_ALL.replace("TASKS", "tasks.Dataset()"))
    Path("none.py").write_text(NONE.replace("TASKS", "tasks.Dataset()"))
    Path("ask.py").write_text(KEEP_ALL.replace("tasks=TASKS", f"tasks=({ASK})"))
    with serve(Script(answer=answer)) as running:
        yield running


def words(served: Served, *more: str, recipe: str = "keep.py", tasks: tuple[str, ...] = ("--tasks", "seeds.jsonl")):
    where = ("--base-url", served.url, "--endpoint", QUICK)
    return ("run", recipe, "--learner", "openai/m", *tasks, *where, "--out", "mine", *more)


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


def test_instructions_become_a_data_set_that_is_read_again(lamarck: Lamarck, served: Served):
    said = lamarck(*words(served, "--until", "refinement", "--tasks-out", "made.jsonl"))
    assert said.code == 0, said.err
    made = rows("made.jsonl")
    assert f"made.jsonl: {len(made)} rows, prompt-completion, what refinement kept" in said.out
    practice = from_tasks("seeds.jsonl").tasks("practice", None, 0, Objective(ability=""))
    assert {row["prompt"][0]["content"] for row in made} == {task.messages[0].text for task in practice}
    base = RunReader(Path("runs/mine")).info.base
    assert {(row["learner"], row["round"], row["source"]) for row in made} == {(base, 1, "seeds")}
    assert {tuple(turn["role"] for turn in (*row["prompt"], *row["completion"])) for row in made} == {
        ("user", "assistant")
    }
    again = from_tasks("made.jsonl")
    assert again.rule == "none"
    assert sum(map(len, again.reading.items.values())) == len(made)


def test_a_run_folder_gives_its_data_later_in_any_form_that_fits(lamarck: Lamarck, served: Served):
    assert lamarck(*words(served, "--until", "solutions")).code == 0
    assert lamarck("export", "mine", "m.jsonl", "--format", "messages").code == 0
    assert [turn["role"] for turn in rows("m.jsonl")[0]["messages"]] == ["user", "assistant"]
    assert lamarck("export", "mine", "p.jsonl", "--format", "prompts").code == 0
    assert {"prompt", "id", "round", "operator", "learner", "source", "score"} == set(rows("p.jsonl")[0])
    pairs = lamarck("export", "mine", "pairs.jsonl", "--format", "preference")
    assert pairs.code == 2
    assert "no rejected solution beside a solution; type: --format prompt-completion" in pairs.line
    assert not Path("pairs.jsonl").exists()
    assert "m.jsonl exists; give a new file" in lamarck("export", "mine", "m.jsonl", "--format", "messages").line
    assert "data are of a run, not of a learner" in lamarck("export", "mine:champion", "x", "--format", "prompts").line


def test_tasks_alone_are_prompts(lamarck: Lamarck, served: Served):
    assert lamarck(*words(served, "--until", "tasks", "--tasks-out", "made.jsonl")).code == 0
    assert not served.asked
    assert all(row["prompt"][0]["content"].startswith("Add.") for row in rows("made.jsonl"))
    assert not [row for row in rows("made.jsonl") if "completion" in row]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--tasks-out", "seeds.jsonl"), "seeds.jsonl exists; give a new file"),
        (("--tasks-format", "messages"), "--tasks-format is of --tasks-out"),
        (("--tasks-out", "a.jsonl", "--tasks-format", "mesages"), "did you mean messages"),
        (("--passages", "5-50"), "--passages is of --documents"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_asked(
    lamarck: Lamarck, served: Served, more: tuple[str, ...], message: str
):
    said = lamarck(*words(served, "--until", "refinement", *more))
    assert said.code == 2
    assert message in said.err
    assert not served.asked
    assert not Path("runs").exists()


def test_a_pool_that_is_filtered_to_nothing_says_which_filter_and_why(lamarck: Lamarck, served: Served):
    said = lamarck(*words(served, "--until", "refinement", "--tasks-out", "made.jsonl", recipe="none.py"))
    assert said.code == 2
    assert "refinement of runs/mine kept nothing: refinement.Filter left out 24 (not solved)" in said.err
    assert not Path("made.jsonl").exists()
    shown = lamarck(*words(served, "--until", "refinement", "--out", "shown", recipe="none.py")).out
    row = next(line.split() for line in shown.splitlines() if line.split()[1:2] == ["refinement.Filter"])
    assert row == ["1", "refinement.Filter", "12", "0", "12", "not", "solved"]
    assert "plot" not in shown


def test_a_stage_that_nobody_can_do_is_left_out_with_the_reason(lamarck: Lamarck, served: Served):
    Path("rated.py").write_text(RATED)
    said = lamarck(*words(served, "--until", "feedback", "--tasks-out", "made.jsonl", recipe="rated.py"))
    assert said.code == 0, said.err
    assert "left out, as nobody is trained: the last 1 stage; rated.feedback: Reward needs a model that can rate" in (
        said.out
    )
    assert "what feedback of stage first kept" in said.out
    refused = lamarck(*words(served, "--out", "all", recipe="rated.py"))
    assert (refused.code, "which openai/m cannot; name a reward model" in refused.line) == (2, True)


def test_documents_become_tasks_alone_and_beside_tasks(lamarck: Lamarck, served: Served):
    Path("docs").mkdir()
    text = "\n\n".join(f"# Part {n}\n\nThe machine number {n} is cleaned on day {n} of the month." for n in range(12))
    Path("docs/manual.md").write_text(f"{text}\n\nThe key is {SECRET}, do not tell anybody about it.")
    Path("docs/empty.txt").write_text(" \n")
    papers = ("--documents", "docs", "--passages", "5-50")
    said = lamarck(*words(served, "--until", "tasks", "--tasks-out", "made.jsonl", tasks=papers, recipe="ask.py"))
    assert said.code == 0, said.err
    assert "12 passages of 2 documents; left out: empty 1; empty: empty.txt" in said.out
    made = rows("made.jsonl")
    assert {row["source"].partition(",")[0] for row in made} == {"manual.md"}
    assert SECRET not in Path("made.jsonl").read_text()
    info = RunReader(Path("runs/mine")).info
    assert (info.alone, info.passages, Path(info.documents.partition("#")[0]).name) == (True, "5-50", "docs")
    assert lamarck("resume", "mine").code == 0
    Path("docs/more.txt").write_text("Here is one more text for you.")
    assert "was changed since the run began" in lamarck("resume", "mine").line
    beside = lamarck(*words(served, "--documents", "docs", "--passages", "5-50", "--until", "tasks", "--out", "both"))
    assert beside.code == 0, beside.err
    both = RunReader(Path("runs/both"))
    assert {e.task.source for e in both.batch(0, 1, "tasks")} == {"seeds"}
    assert (both.info.alone, both.info.environment) == (False, "seeds")
    assert lamarck("resume", "both").code == 0


def test_killed_anywhere_it_goes_on_without_asking_any_recorded_call_again(lamarck: Lamarck, served: Served):
    call = [sys.executable, "-c", "import lamarck.cli; lamarck.cli.main()"]
    with serve(Script(answer=answer, latency=constant(0.2))) as slow:
        killed_and_resumed(lamarck, slow, call)


def killed_and_resumed(lamarck: Lamarck, served: Served, call: list[str]) -> None:
    told = words(served, "--until", "refinement", "--tasks-out", "made.jsonl")
    process = subprocess.Popen([*call, *told], env={**os.environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while sum(served.asked.values()) < 3 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = dict(served.asked)
    assert before
    done = lamarck("resume", "mine") if Path("runs/mine/run.json").exists() else lamarck(*told)
    assert done.code == 0, done.err
    twice = [key for key, count in served.asked.items() if count > 1]
    assert len(twice) <= served.most  # in flight when it was killed: sent again, as nobody has the answer
    if not Path("made.jsonl").exists():
        assert lamarck("export", "mine", "made.jsonl", "--format", "prompt-completion").code == 0
    assert len(rows("made.jsonl")) == 12
    assert sum(served.asked.values()) - len(twice) == 24  # 12 tasks in two rounds, answered alike
