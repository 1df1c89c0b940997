"""The shipped model of the list machine: its cards fit it, and it can do what it is asked."""

import json
from collections.abc import Callable
from concurrent.futures import Future
from pkgutil import resolve_name
from typing import Any

import pytest

from lamarck.core import Experience, Message, Objective, Prompt, Request, Sampling, Solution
from lamarck.environments.listmachine.corpus import back_line, fix_line, judge_line
from lamarck.environments.listmachine.environment import ListMachine
from lamarck.models.pupil import files
from lamarck.models.pupil.model import Pupil

MACHINE = ListMachine()
FOLDER = files.BUILT_IN / "listmachine"
GREEDY = Sampling(temperature=0.0)


class Here:
    """A pool without processes."""

    workers = 1

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        future = Future[Any]()
        future.set_result(resolve_name(fn)(*args))
        return future


@pytest.fixture(scope="module")
def pupil() -> Pupil:
    return Pupil(files.reference("listmachine"), Here())


def held_out(node: str, n: int = 40) -> list[Experience]:
    tasks = MACHINE.tasks("selection", n, 5, Objective(ability="x", node=node))
    return [Experience(task=task) for task in tasks]


def said(pupil: Pupil, items: list[Experience], name: Callable[[Experience], Prompt]) -> list[str]:
    found = pupil.generate([Request(prompt=name(e), seeds=(1,), sampling=GREEDY, author="me") for e in items])
    return [samples[0].text for samples in found]


def share(items: list[Experience], texts: list[str]) -> float:
    solutions = [Solution(messages=(Message(role="assistant", text=text),)) for text in texts]
    rulings = [MACHINE.check(e.task, solution).passed for e, solution in zip(items, solutions, strict=True)]
    return sum(bool(passed) for passed in rulings) / len(items)


def test_it_is_the_model_of_its_environment() -> None:
    assert files.suited("listmachine") == "listmachine"
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 5_000_000
    assert json.loads((FOLDER / "generation_config.json").read_text())["max_new_tokens"] == 88
    assert {"sft", "dpo"} <= set(files.read(FOLDER, "training.json"))


def test_it_runs_programs_and_finds_short_ones(pupil: Pupil) -> None:
    runs, finds, hard = held_out("exec 3"), held_out("synth 1"), held_out("synth 3", 200)
    assert share(runs, said(pupil, runs, lambda e: e.task.prompt)) >= 0.8
    assert share(finds, said(pupil, finds, lambda e: e.task.prompt)) >= 0.8
    assert share(hard, said(pupil, hard, lambda e: e.task.prompt)) <= 0.5  # else there is nothing to evolve


def test_a_remembered_program_helps_it(pupil: Pupil) -> None:
    items = held_out("synth 3", 200)

    def remembering(experience: Experience) -> Prompt:
        assert experience.task.reference is not None
        answers = experience.task.reference.read()
        return Prompt(name="mot/answer", fields={**experience.task.fields, "answers": answers})

    alone = share(items, said(pupil, items, lambda e: e.task.prompt))
    assert share(items, said(pupil, items, remembering)) >= alone + 0.05


def test_its_prompts_are_the_lines_it_was_trained_on(pupil: Pupil) -> None:
    task = MACHINE.tasks("practice", 1, 0, Objective(ability="x", node="synth 2"))[0]
    line, attempt = task.fields["line"], "r12345>54321;"
    fields = {**task.fields, "solution": attempt, "answer": "rs", "answers": "rs,t", "program": "rs", "want": "S2"}

    def shown(name: str) -> str:
        return pupil.render(Prompt(name=name, fields=fields))[0].text

    assert shown("task/synth") == shown("task/exec") == shown("star/rationale") == line
    assert shown("star/rationalize") == f"Hrs|{line}"
    assert shown("star/answer") == shown("lmsi/answer") == task.fields["direct"]
    assert shown("mot/answer") == f"Mrs,t|{line}"
    assert shown("self_rewarding/judge") == judge_line(line, attempt)
    assert shown("revise") == fix_line(line, attempt)
    assert shown("self_instruct/task") == "IS2="
    assert shown("backtranslate") == back_line(task.fields["target"], "rs")


def test_what_it_invents_are_tasks(pupil: Pupil) -> None:
    goal = Objective(ability="x", node="exec 2")
    prompt = Prompt(name="self_instruct/task", fields=MACHINE.brief(goal, 0))
    ((*samples,),) = pupil.generate([Request(prompt=prompt, seeds=tuple(range(40)), author="me")])
    made = [task for sample in samples if (task := MACHINE.invented(sample.text, goal))]
    assert len(made) >= 12  # two fifths belong to held-out splits
    assert len({task.fields["program"] for task in made}) >= 8
