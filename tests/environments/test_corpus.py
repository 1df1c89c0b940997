from random import Random

import pytest

from lamarck.environments.game24 import corpus
from lamarck.environments.game24.puzzles import is_real


def test_the_format_is_the_one_the_small_model_reads() -> None:
    steps = [
        corpus.Operation(a=13, op="-", b=8, c=5),
        corpus.Operation(a=6, op="-", b=5, c=1),
        corpus.Operation(a=4, op="/", b=1, c=4),
    ]
    assert corpus.prompt_text((13, 4, 8, 6), 24) == "4 6 8 13>24|"
    assert corpus.trace_text((4, 6, 8, 13), 4, steps) == "13-8=5,4 5 6>4;6-5=1,1 4>4;4/1=4"


def test_options_stay_inside_the_language() -> None:
    assert [str(option) for option in corpus.options(3, 12)] == ["12-3=9", "12+3=15", "12*3=36", "12/3=4"]
    assert [str(option) for option in corpus.options(150, 150)] == ["150-150=0", "150/150=1"]
    assert [str(option) for option in corpus.options(0, 5)] == ["5-0=5", "5+0=5", "5*0=0"]


@pytest.mark.parametrize("target_24", [0.3, 1.0])
def test_no_problem_is_a_real_puzzle_and_every_trace_is_true(target_24: float) -> None:
    rng = Random(0)
    for _ in range(600):
        prompt, trace = corpus.problem(rng, (1, 3, 12), target_24)
        numbers, target = prompt.rstrip("|").split(">")
        left = [int(number) for number in numbers.split()]
        assert not is_real(left, int(target))
        for part in trace.split(";"):
            fact, _, rest = part.partition(",")
            shown, result = fact.split("=")
            op = next(mark for mark in "+-*/" if mark in shown)
            a, b = map(int, shown.split(op))
            left.remove(a)
            left.remove(b)
            assert {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else None}[op] == int(result)
            left.append(int(result))
            assert rest == (f"{' '.join(map(str, sorted(left)))}>{target}" if len(left) > 1 else "")
        assert left == [int(target)]


def test_a_drill_is_six_facts_that_learn_their_results_only() -> None:
    pieces = corpus.drill(Random(3))
    assert [piece.learned for piece in pieces] == [False, True] * 6
    for fact in "".join(piece.text for piece in pieces).split(","):
        asked, result = fact.split("=")
        assert eval(asked) == int(result)


def test_the_curriculum_moves_from_two_numbers_to_four() -> None:
    assert corpus.curriculum(0.0).sizes == (6, 3, 1)
    assert corpus.curriculum(0.25).sizes == corpus.curriculum(1.0).sizes == (1, 3, 5)


def test_a_seed_makes_the_same_corpus() -> None:
    def texts(seed: int) -> list[list[corpus.Piece]]:
        rng = Random(seed)
        return [corpus.example(rng, corpus.Mixture()) for _ in range(50)]

    assert texts(1) == texts(1) != texts(2)
