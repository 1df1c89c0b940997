import re
from random import Random

import pytest

from lamarck.core import Objective, Split, UsageError
from lamarck.core.types import Parameters
from lamarck.environments.aiming import split_of
from lamarck.environments.game24.corpus import drill, problem
from lamarck.environments.game24.environment import Countdown
from lamarck.environments.game24.generate import Shape, generate, key, shaped
from lamarck.environments.game24.puzzles import is_real
from lamarck.environments.game24.verify import verify

SPLITS: tuple[Split, ...] = ("practice", "selection", "sealed")
PLACE = re.compile(r"([0-9]+(?: [0-9]+)*)>([0-9]+)")
NEAR = (  # shapes that would draw real puzzles again and again, as problems or on the way
    (Shape(), 2_000),
    (Shape(highest=13), 2_000),
    (Shape(highest=20, target_lowest=24, target_highest=24), 40),
    (Shape(count=5, highest=6, target_lowest=20, target_highest=28), 100),
    (Shape(count=6, highest=13, target_lowest=20, target_highest=28), 200),
)


def real_puzzles_in(text: str) -> list[str]:
    """Every real puzzle a text shows, in its prompt or among what is left after a step."""
    found = [([int(n) for n in numbers.split()], int(target)) for numbers, target in PLACE.findall(text)]
    return [f"{numbers}>{target}" for numbers, target in found if is_real(numbers, target)]


def test_the_search_for_real_puzzles_finds_one():
    assert real_puzzles_in("1 4 6 8 13>24|13+1=14,4 6 8 14>24;") == []
    assert real_puzzles_in("1 4 6 8 13>24|13*1=13,4 6 8 13>24;") == ["[4, 6, 8, 13]>24"]


def test_the_corpus_holds_no_real_puzzle():
    """Were they not left out, ten or more would be among these."""
    rng = Random(0)
    for forced, draws in ((0.0, 4_000), (0.3, 600), (1.0, 200)):
        for _ in range(draws):
            prompt, trace = problem(rng, target_24=forced)
            assert not real_puzzles_in(prompt + trace)


def test_drills_pose_no_problem():
    rng = Random(0)
    for _ in range(2_000):
        assert ">" not in "".join(piece.text for piece in drill(rng))


@pytest.mark.parametrize(("shape", "n"), NEAR, ids=str)
@pytest.mark.parametrize("split", SPLITS)
def test_no_generated_problem_holds_a_real_puzzle(shape: Shape, n: int, split: Split):
    for made in generate(shape, split, n, seed=1):
        assert not real_puzzles_in(f"{made.key}|{made.trace}")


def test_protected_items_and_examples_hold_no_real_puzzle():
    for task in (task for tasks in Countdown().protected(300, 3).values() for task in tasks):
        assert task.reference is not None
        assert not real_puzzles_in(f"{Countdown().key(task)}|{task.reference.read()}")
    for experience in Countdown().examples(1_000, 3):
        assert experience.solution is not None
        assert not real_puzzles_in(f"{Countdown().key(experience.task)}|{experience.solution.text}")


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_the_reference_solves_the_problem(count: int):
    for made in generate(Shape(count=count), "selection", 50, seed=5):
        ruling = verify(made.numbers, made.target, made.trace)
        assert ruling.canonical, (made, ruling)


def test_the_shape_is_kept():
    shape = Shape(count=3, lowest=7, highest=30, target_lowest=40, target_highest=60)
    for made in generate(shape, "practice", 300, seed=2):
        assert len(made.numbers) == 3
        assert 7 <= min(made.numbers) <= max(made.numbers) <= 30
        assert 40 <= made.target <= 60


def test_one_seed_gives_one_list_of_different_problems():
    made = generate(Shape(), "practice", 500, seed=1)
    assert made == generate(Shape(), "practice", 500, seed=1)
    assert made[:100] == generate(Shape(), "practice", 100, seed=1)
    assert made != generate(Shape(), "practice", 500, seed=2)
    assert len({problem.key for problem in made}) == 500


def test_splits_share_no_problem():
    for seed in range(3):
        for split in SPLITS:
            assert all(split_of(made.key) == split for made in generate(Shape(count=3), split, 300, seed))


def test_the_splits_are_as_large_as_they_say():
    drawn = [split_of(f"1 2 3>{i}") for i in range(10_000)]
    assert [round(drawn.count(split) / 10_000, 1) for split in SPLITS] == [0.6, 0.2, 0.2]


def test_the_key_does_not_know_the_order():
    assert key([13, 4, 8, 6], 24) == key([4, 6, 8, 13], 24) == "4 6 8 13>24"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"cuont": 3}, "unknown countdown parameter 'cuont': did you mean count?"),
        ({"count": 1}, "countdown parameter count=1: it must be a whole number from 2 to 6"),
        ({"count": 7}, "countdown parameter count=7: it must be a whole number from 2 to 6"),
        ({"count": "3"}, "countdown parameter count='3': it must be a whole number from 2 to 6"),
        ({"count": True}, "countdown parameter count=True: it must be a whole number from 2 to 6"),
        ({"lowest": 0}, "countdown parameter lowest=0: it must be a whole number from 1 to 199"),
        ({"lowest": 30}, "countdown parameter highest=25: it must be a whole number from 30 to 199"),
        ({"highest": 500}, "countdown parameter highest=500: it must be a whole number from 1 to 199"),
        ({"target_lowest": 101}, "countdown parameter target_highest=100: it must be a whole number from 101 to 199"),
        ({"target_lowest": None}, "countdown parameter target_lowest=None: it must be a whole number from 1 to 199"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(parameters: Parameters, message: str):
    with pytest.raises(UsageError) as error:
        shaped(parameters)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "shape", [Shape(highest=13, target_lowest=24, target_highest=24), Shape(count=2, highest=3)], ids=str
)
def test_a_shape_with_too_few_problems_says_so(shape: Shape):
    with pytest.raises(UsageError, match=r"only \d+ of 500 selection tasks were found .* \(--tasks-limit\)"):
        generate(shape, "selection", 500, seed=0)


def test_the_objective_steers():
    def counts(parameters: Parameters) -> set[object]:
        tasks = Countdown().tasks("practice", 50, 7, Objective(ability="countdown", parameters=parameters))
        return {task.parameters["count"] for task in tasks}

    assert counts({}) == {3, 4}
    assert counts({"count": 3}) == {3}
    assert counts({"count": 5, "highest": 10}) == {5}


def test_without_a_number_a_small_generator_gives_all_it_has():
    few = Objective(ability="countdown", parameters={"count": 2, "highest": 9})
    found = Countdown().tasks("selection", None, 0, few)
    assert 10 < len({task.id for task in found}) == len(found) < 1000
    with pytest.raises(UsageError, match="tasks were found"):
        Countdown().tasks("selection", len(found) + 1, 0, few)
