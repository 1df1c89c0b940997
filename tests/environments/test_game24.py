import pytest

from lamarck.core import Environment, Message, Objective, Solution, Split, UsageError, by_task
from lamarck.environments.aiming import split_of
from lamarck.environments.game24.environment import Countdown, Game24
from lamarck.environments.game24.puzzles import is_real, splits
from lamarck.environments.game24.verify import verify

SPLITS: tuple[Split, ...] = ("practice", "selection", "sealed")
GOAL = Objective(ability="game of 24")
BOTH: list[Environment] = [Game24(), Countdown()]


def answered(text: str) -> Solution:
    return Solution(messages=(Message(role="assistant", text=text),))


@pytest.mark.parametrize(("split", "size"), [("practice", 862), ("selection", 150), ("sealed", 350)])
def test_game24_is_a_fixed_set(split: Split, size: int):
    tasks = Game24().tasks(split, None, 1, GOAL)
    assert len(tasks) == len({task.id for task in tasks}) == size
    assert all(task.split == split and task.reference is None for task in tasks)
    assert Game24().tasks(split, 10, 2, GOAL) == tasks[:10]


def test_no_problem_is_in_two_splits_of_either_environment():
    for environment in BOTH:
        keys = [environment.key(task) for split in SPLITS for task in environment.tasks(split, 100, 0, GOAL)]
        assert len(set(keys)) == len(keys) == 300


def test_a_task_says_itself_in_words_and_in_fields():
    task = Game24().tasks("sealed", 1, 0, GOAL)[0]
    assert (task.id, task.kind, task.source) == ("game24/4-5-6-10=24", "countdown", "game24")
    assert dict(task.fields) == {"numbers": "4 5 6 10", "target": "24"}
    assert dict(task.parameters) == {"count": 4, "target": 24}
    assert Game24().key(task) == "4 5 6 10>24"
    (message,) = task.messages
    assert message.role == "user"
    assert "Make 24 from the numbers 4, 5, 6, 10." in message.text


def test_the_form_the_words_show_is_one_the_rules_read():
    assert "`(9 - 5) * 6`" in Game24().tasks("sealed", 1, 0, GOAL)[0].messages[0].text
    assert verify([5, 6, 9], 24, "(9 - 5) * 6").right


def test_check_gives_score_reason_and_details():
    task = Game24().tasks("sealed", 1, 0, GOAL)[0]
    right = Game24().check(task, answered("(10-4)*5-6"))
    assert (right.score, right.passed, right.text, right.source) == (1.0, True, "right", "verifier")
    assert dict(right.details) == {"legal": True, "canonical": False, "reached": "24"}
    wrong = Game24().check(task, answered("10-4=7,5 6 7>24"))
    assert (wrong.score, wrong.passed, wrong.text) == (0.0, False, "step 1: 10-4=7 is false, it is 6")
    assert dict(wrong.details) == {"legal": False, "canonical": False, "reached": None}
    assert not Game24().check(task, Solution(messages=())).passed


def test_game24_takes_no_parameters():
    goal = Objective(ability="game of 24", parameters={"count": 3})
    with pytest.raises(UsageError, match=r"knows no parameter or node 'count'; .* --environment countdown"):
        Game24().tasks("practice", 1, 0, goal)


def test_countdown_tasks_carry_a_reference_that_solves_them():
    tasks = Countdown().tasks("practice", None, 3, GOAL)
    assert len(tasks) == len({task.id for task in tasks}) == 1000
    for task in tasks:
        assert task.reference is not None
        assert Countdown().check(task, answered(task.reference.read())).details["canonical"]


@pytest.mark.parametrize("environment", BOTH, ids=lambda one: one.name)
def test_examples_are_solved_and_never_held_out(environment: Environment):
    examples = environment.examples(200, 4)
    assert len(examples) == len({experience.id for experience in examples}) == 200
    assert examples == environment.examples(200, 4) != environment.examples(200, 5)
    assert {len(e.task.fields["numbers"].split()) for e in examples} == {2, 3, 4}
    for experience in examples:
        assert experience.solution is not None
        assert environment.check(experience.task, experience.solution).details["canonical"]
        assert split_of(environment.key(experience.task)) == "practice"
    assert len(by_task(list(examples))) > 180


@pytest.mark.parametrize("environment", BOTH, ids=lambda one: one.name)
def test_protected_items_are_fresh_and_never_practised(environment: Environment):
    ((ability, tasks),) = environment.protected(300, 1).items()
    assert ability == "countdown with 3 numbers"
    assert len({task.id for task in tasks}) == 300
    assert all(task.parameters["count"] == 3 for task in tasks)
    assert all(task.split == split_of(environment.key(task)) == "selection" for task in tasks)
    others = environment.protected(300, 2)[ability]
    assert len({task.id for task in tasks} & {task.id for task in others}) < 60


def test_the_two_environments_share_no_problem():
    real = {f"{' '.join(map(str, puzzle))}>24" for split in splits().values() for puzzle in split}
    goal = Objective(
        ability="countdown", parameters={"count": 4, "highest": 14, "target_lowest": 20, "target_highest": 28}
    )
    made = {Countdown().key(task) for split in SPLITS for task in Countdown().tasks(split, 100, 0, goal)}
    assert not real & made
    assert not any(is_real([int(n) for n in key.split(">")[0].split()], int(key.split(">")[1])) for key in made)
