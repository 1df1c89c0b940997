"""Code Llama's self-instruct works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from tests.recipes.rows import proofs

from lamarck.core import Batch, Limits, Phase, Prompt, Solution, passed, put, run
from lamarck.environments.code.checking import CodeCheck
from lamarck.environments.code.extract import called
from lamarck.environments.code.functions import Functions, broken, problems, splits
from lamarck.recipes import load
from lamarck.sandbox import Check, Outcome, Program, Result, Tests
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context

PRACTICE = [name for name in splits()["practice"] if problems()[name].entry == name]
PROMPTS, SAMPLES = 12, 10
VACUOUS = 0.3
"""Share of the sets of tests that hold for everything."""


def about(text: str) -> str:
    """The function that a question, or a set of tests, is about."""
    return next(name for name in PRACTICE if f" {name}(" in f" {text}")


class Reader:
    """A place where nothing runs: a program is right that has the known one in it, and a test says what it says."""

    def test(self, program: Program, tests: Tests, limits: Any = None) -> Result:
        known = [p.reference.strip() for p in problems().values()]
        right = any(code in program.code for code in known)
        checks = [Check(passed=right or not called(test), name=test) for test in tests.asserts]
        outcome: Outcome = "pass" if all(check.passed for check in checks) else "fail"
        return Result(outcome=outcome, checks=tuple(checks))


def fenced(code: str) -> str:
    return f"Here it is:\n```python\n{code}```"


def written(prompt: Prompt, seed: int) -> str:
    """A question, of which some are old ones in other signs; tests, of which some say nothing; the right program."""
    rng = Random(seed)
    if prompt.name == "code_llama/question":
        words = problems()[rng.choice(PRACTICE)].words
        return words if rng.random() < 0.5 else words.replace(", ", " , ").replace(";", " ;")
    if prompt.name == "code_llama/tests":
        if rng.random() < VACUOUS:
            return fenced("assert True\nassert 1 + 1 == 2\n")
        problem = problems()[about(prompt.fields["task"])]
        return fenced("\n".join([*problem.visible, *problem.hidden, "assert True"]) + "\n")
    if prompt.name == "code_llama/solution":
        return fenced(problems()[about(prompt.fields["task"])].reference)
    return fenced("pass\n")


def spoilt(prompt: Prompt, seed: int) -> str:
    """The program with its bug, and a note that tells the samples apart."""
    if prompt.name == "code_llama/solution":
        return fenced(broken()[about(prompt.fields["task"])])
    return written(prompt, seed)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    store: MemoryStore
    trainer: RecordingTrainer

    def batch(self, phase: str) -> Batch:
        return self.store.batch(Phase(stage=0, round=1, name=phase))

    @property
    def kept(self) -> Batch:
        return self.batch("refinement")


@cache
def ran(*ablate: str) -> Ran:
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=lambda row: bool(row.messages)), load("code_llama")
    models = ScriptedModels(answer=written, wrong=spoilt)
    ctx = context(
        learner="scripted/0.7", roles={"teacher": "scripted/0.0"}, environment=Functions(CodeCheck(Reader())),  # type: ignore[arg-type]
        models=models, store=store, trainer=trainer, labels=recipe.labels, limits=Limits(samples=SAMPLES),
    )  # fmt: skip
    method = put("evaluation", None)(recipe(prompts=PROMPTS, ablate=ablate))
    run(method, ctx)
    return Ran(store=store, trainer=trainer)


def right(solution: Solution | None) -> bool:
    """By the hidden tests, which are those of the known programs."""
    return bool(solution) and any(p.reference.strip() in solution.text for p in problems().values())


def share(batch: Batch) -> float:
    return sum(right(e.solution) for e in batch) / max(1, len(batch))


def no_question_comes_twice(it: Ran) -> bool:
    asked = Counter(about(e.task.messages[-1].text) for e in it.batch("tasks"))
    return bool(asked) and max(asked.values()) == 1


def nine_in_ten_of_the_kept_pass_the_hidden_tests(it: Ran) -> bool:
    return len(it.kept) >= 3 and share(it.kept) >= 0.9


def most_questions_with_tests_get_a_solution(it: Ran) -> bool:
    tested = {e.task.id for e in it.batch("feedback") if e.feedback and e.feedback.passed is not None}
    return len({e.task.id for e in it.kept}) >= 0.8 * len(tested)


def of_a_question_the_first_that_passes_is_kept(it: Ran) -> bool:
    firsts = dict[str, int]()
    for e in it.batch("feedback"):
        if passed(e):
            firsts.setdefault(e.task.id, e.sample)
    return [(e.task.id, e.sample) for e in it.kept] == list(firsts.items())


def labelled_examples_are_a_share_of_the_rows(it: Ran) -> bool:
    rows = it.trainer.jobs[0].rows
    old = sum(message.author == "reference" for row in rows for message in row.messages)
    return old == max(1, round(0.08 * len(rows)))


INVARIANTS: Mapping[str, Callable[[Ran], bool]] = {
    "novel": no_question_comes_twice,
    "execution": nine_in_ten_of_the_kept_pass_the_hidden_tests,
    "idle": nine_in_ten_of_the_kept_pass_the_hidden_tests,
    "tries": most_questions_with_tests_get_a_solution,
    "first": of_a_question_the_first_that_passes_is_kept,
    "replay": labelled_examples_are_a_share_of_the_rows,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("code_llama", ran, INVARIANTS)


def test_three_in_ten_are_right_before_any_runs():
    assert 0.2 < share(ran().batch("feedback")) < 0.4


def test_without_execution_as_many_are_wrong_as_before():
    assert share(ran("execution").kept) < 0.6


def test_tests_are_written_once_a_question_and_stand_beside_the_verdict():
    told = {e.task.id: {str(o.feedback.details.get("tests")) for o in ran().batch("feedback") if o.task.id == e.task.id
                        and o.feedback} for e in ran().kept}  # fmt: skip
    assert all(len(tests) == 1 and "assert" in next(iter(tests)) for tests in told.values())
    assert not any("assert True" in next(iter(tests)) for tests in told.values())


def test_the_question_is_learned_without_the_words_that_asked_for_the_form():
    rows = ran().trainer.jobs[0].rows
    assert not any("code_llama/solution" in row.messages[0].text for row in rows)
