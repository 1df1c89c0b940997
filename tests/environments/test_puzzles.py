import re
from importlib.resources import files
from itertools import combinations_with_replacement

import pytest
from tests.environments.brute_force import solve

from lamarck.core import Split
from lamarck.environments.game24.puzzles import is_real, published, puzzles, reaches, splits
from lamarck.environments.game24.verify import verify


def test_exactly_the_solvable_multisets_are_puzzles():
    known = set(puzzles())
    assert len(known) == len(puzzles()) == 1362
    for numbers in combinations_with_replacement(range(1, 14), 4):
        solution = solve(numbers, 24)
        assert (solution is not None) == (numbers in known), numbers
        assert solution is None or verify(numbers, 24, solution).right, (numbers, solution)


@pytest.mark.parametrize(("split", "size"), [("practice", 862), ("selection", 150), ("sealed", 350)])
def test_the_size_of_each_split(split: Split, size: int):
    assert len(splits()[split]) == len(set(splits()[split])) == size


def test_no_puzzle_is_in_two_splits_and_none_is_left_out():
    assert sorted(puzzle for split in splits().values() for puzzle in split) == list(puzzles())


def test_the_published_hundred_are_puzzles_and_sealed():
    assert len(set(published())) == len(published()) == 100
    assert set(published()) <= set(puzzles())
    assert splits()["sealed"][:100] == published()
    assert published()[0] == (4, 5, 6, 10)
    assert published()[-1] == (4, 9, 10, 13)


def test_the_draw_never_changes():
    """Weights are trained on one draw: another one would put exam items into practice."""
    assert splits()["practice"][:3] == ((3, 3, 9, 13), (3, 7, 8, 11), (5, 8, 9, 11))
    assert splits()["selection"][:3] == ((2, 2, 3, 5), (1, 2, 7, 10), (1, 1, 2, 7))
    assert splits()["sealed"][100:103] == ((5, 5, 5, 12), (2, 4, 7, 8), (5, 7, 7, 10))


def test_the_list_carries_its_source_and_licence():
    text = files("lamarck.environments.game24").joinpath("tot100.txt").read_text(encoding="utf-8")
    for words in ("princeton-nlp/tree-of-thought-llm", "arXiv:2305.10601", "MIT License", "(c) 2023 Shunyu Yao"):
        assert words in text
    assert len(re.findall(r"^\d+ \d+ \d+ \d+$", text, re.MULTILINE)) == 100


@pytest.mark.parametrize(
    ("numbers", "target", "real"),
    [
        ([4, 6, 8, 13], 24, True),
        ([1, 1, 1, 1], 24, True),  # not solvable, and kept out all the same
        ([0, 6, 8, 13], 24, True),
        ([4, 6, 8, 14], 24, False),
        ([4, 6, 8, 13], 23, False),
        ([4, 6, 8], 24, False),
        ([4, 6, 8, 13, 1], 24, False),
    ],
)
def test_what_is_a_problem_of_the_real_game(numbers: list[int], target: int, real: bool):
    assert is_real(numbers, target) is real


@pytest.mark.parametrize(
    ("numbers", "target", "reached"),
    [
        ((7,), 7, True),
        ((7,), 8, False),
        ((3, 8), 24, True),
        ((0, 5), 5, True),
        ((1, 2, 3, 4, 5), 120, True),
        ((1, 1), 24, False),
    ],
)
def test_other_counts_and_targets(numbers: tuple[int, ...], target: int, reached: bool):
    assert reaches(numbers, target) is reached
    assert (solve(numbers, target) is not None) is reached
