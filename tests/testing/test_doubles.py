"""The doubles are what they say: wrong at a set rate, deterministic, and a trainer that rewards right rows only."""

import json
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from tests.operators.given import task

from lamarck.core import Executor, Job, Message, Model, Objective, Phase, Prompt, Request, Row, Sampling, UsageError
from lamarck.testing import Inline, MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
GOAL = Objective(ability="sums")
PROMPT = Prompt(name="task/sum", fields={"left": "3", "sign": "+", "right": "4"})


def models(**options: Any) -> ScriptedModels:
    return ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, **options)


def texts(name: str, *seeds: int, temperature: float = 1.0) -> list[str]:
    opened = models()
    model: Model = opened.open(opened.learner(name))
    request = Request(prompt=PROMPT, seeds=seeds, sampling=Sampling(temperature=temperature))
    return [solution.text for solution in model.generate([request])[0]]


def wrong(name: str) -> set[int]:
    return {seed for seed, text in enumerate(texts(name, *range(400))) if TOY.says(text) != "7"}


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 1.0])
def test_it_errs_at_its_rate(rate: float):
    assert len(wrong(f"scripted/{rate}")) / 400 == pytest.approx(rate, abs=0.06)


def test_the_better_model_is_right_wherever_the_worse_is():
    assert wrong("scripted/0.2") < wrong("scripted/0.5")


def test_a_text_depends_on_its_seed_alone():
    assert texts("scripted/0.5", 1, 2, 3) == [texts("scripted/0.5", seed)[0] for seed in (1, 2, 3)]


def test_greedy_has_one_answer_a_prompt():
    assert len(set(texts("scripted/0.5", *range(20), temperature=0.0))) == 1


def test_an_ability_may_be_weaker_than_others():
    def rates(prompt: Prompt, rate: float) -> float:
        return 1.0 if prompt.fields["sign"] == "+" else rate

    spy = models(rates=rates)
    ctx = context(models=spy, learner="scripted/0.0")
    assert TOY.says(ctx.generate([PROMPT], ["a"])[0][0].text) != "7"


def test_a_prompt_is_rendered_as_its_name_and_fields():
    ctx = context()
    assert ctx.render(PROMPT, ctx.learner) == (Message(role="user", text="task/sum left=3 sign=+ right=4"),)


def test_calls_of_many_threads_are_all_logged():
    spy = models()
    ctx = context(models=spy)
    threads = [Thread(target=lambda: [ctx.generate([PROMPT], ["a"]) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spy.calls) == 400


@pytest.mark.parametrize("name", ["scripted/none", "scripted/1.5", "scripted/nan", "pupil/0.5"])
def test_a_name_without_a_rate(name: str):
    with pytest.raises(UsageError, match="names no scripted model; type scripted/<error rate"):
        models().learner(name)


# --- the world ---


def test_splits_share_no_problem_whatever_the_seed():
    found = {
        split: {TOY.key(one) for seed in range(5) for one in TOY.tasks(split, 40, seed, GOAL)}
        for split in ("practice", "selection", "sealed")
    }
    assert not found["practice"] & found["selection"]
    assert not found["sealed"] & (found["practice"] | found["selection"])
    assert not found["selection"] & {TOY.key(e.task) for e in TOY.examples(200, 0)}
    assert not found["selection"] & {TOY.key(one) for one in TOY.protected(50, 0)["doubles"]}


def test_the_order_of_a_sum_is_no_new_problem():
    keys = {text: TOY.key(task(text)) for text in ("3+4", "4+3", "3-4", "4-3", "10*9", "9*10")}
    assert keys["3+4"] == keys["4+3"]
    assert keys["10*9"] == keys["9*10"]
    assert len(set(keys.values())) == 4


def test_examples_are_right():
    made = TOY.examples(30, 1)
    assert all(e.solution and TOY.check(e.task, e.solution).passed for e in made)
    assert made == TOY.examples(30, 1)


def test_what_it_does_not_know():
    with pytest.raises(UsageError, match="did you mean multiply"):
        TOY.tasks("practice", 1, 0, Objective(ability="sums", node="multiplye"))
    with pytest.raises(UsageError, match="did you mean highest"):
        TOY.tasks("practice", 1, 0, Objective(ability="sums", parameters={"higest": 3}))
    with pytest.raises(UsageError, match="no more practice tasks"):
        TOY.tasks("practice", 99, 0, Objective(ability="sums", parameters={"highest": 2}))


# --- the trainer ---


def job(*answers: str, seed: int = 0) -> Job:
    question = Message(role="user", text="task/sum left=3 sign=+ right=4")
    rows = [Row(messages=(question, Message(role="assistant", text=a)), learn=(False, True)) for a in answers]
    return Job(loss="sft", rows=rows, settings={"batch": 2}, seed=seed)


def fitted(*answers: str, start: str = "scripted/0.5", into: str = "", seed: int = 0) -> Any:
    trainer = RecordingTrainer(right=TOY.taught, half=1)
    return trainer.fit(models().learner(start).model, job(*answers, seed=seed), into)


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        (("7",), "scripted/0.2500"),
        (("7", "= 7"), "scripted/0.1250"),
        (("7", "7", "7"), "scripted/0.2500"),  # one row, seen thrice
        (("7", "8"), "scripted/0.5000"),
        (("8",), "scripted/0.9900"),
        ((), "scripted/0.5000"),
    ],
)
def test_different_right_rows_halve_the_error_and_wrong_ones_double_it(answers: tuple[str, ...], name: str):
    assert fitted(*answers).model.name == name


def test_equal_jobs_give_equal_refs_and_others_do_not():
    assert fitted("7") == fitted("7")
    others = [fitted("7"), fitted("= 7"), fitted("7", start="scripted/0.4"), fitted("7", seed=1)]
    assert len({made.model.digest for made in others}) == 4


def test_a_learner_lies_in_a_folder_named_by_its_content(tmp_path: Path):
    made = fitted("7", into=str(tmp_path))
    assert Path(made.model.folder) == tmp_path / made.model.digest[:16]
    assert json.loads((tmp_path / made.model.digest[:16] / "model.json").read_text(encoding="utf-8"))["loss"] == "sft"
    assert made.steps == 1


# --- store and executor ---


def test_a_committed_phase_is_not_made_again():
    store, at = MemoryStore(), Phase(stage=0, round=1, name="objective")
    assert store.commit(at, int, lambda: 3) == 3
    assert store.commit(at, int, lambda: 4) == 3
    assert store.batch(at) == []


def test_the_plain_executor_is_one():
    executor: Executor = Inline()
    assert executor.run([], [], context()).batch == []
