"""A recipe is a keyword-only function: its signature is its configuration."""

from typing import Any

import pytest

from lamarck.core import Cycle, Objective, RecipeError, UsageError, passed, put, recipe, without
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating


def build(*, samples: int = 4, split: str, strict: bool = False) -> Cycle:
    """A method of our own. arXiv:0000.00000.

    More about it.
    """
    return Cycle(
        objective=Objective(ability="sums"),
        tasks=tasks.Dataset(),
        solutions=solutions.Sample(n=samples),
        feedback=feedback.Verifier(),
        refinement=refinement.Filter(where=passed),
        updating=updating.SFT(start="base" if strict else "learner"),
        evaluation=evaluation.Accuracy(),
    )


MINE = recipe(
    paper="arXiv:0000.00000",
    ablations={"verifier": without("refinement.Filter"), "solver": without("solutions"), "many": put("solutions.n", 1)},
)(build)


def test_it_builds_what_the_function_returns():
    assert MINE(split="practice") == build(split="practice")
    assert MINE(samples=2, split="practice") == build(samples=2, split="practice")
    assert MINE.name == "build"


def test_its_options_are_the_signature():
    names = {name: kind for name, (kind, _default) in MINE.options.items()}
    assert names == {"samples": int, "split": str, "strict": bool}
    assert MINE.options["samples"][1] == 4


def test_an_unknown_option_or_ablation_names_the_nearest():
    with pytest.raises(UsageError, match="unknown option of build 'sample': did you mean samples"):
        MINE(sample=3, split="practice")
    with pytest.raises(UsageError, match="unknown ablation of build 'verifer': did you mean verifier"):
        MINE(split="practice", ablate=["verifer"])


def test_an_option_that_must_be_given():
    with pytest.raises(UsageError, match="build needs split; type: --split"):
        MINE()


def test_an_ablation_switches_off():
    method: Any = MINE(split="practice", ablate=["verifier", "many"])
    assert (method.refinement, method.solutions.n) == ((), 1)


def test_a_method_that_cannot_work_is_refused_when_it_is_built():
    with pytest.raises(RecipeError, match=r"build\.feedback: Verifier reads 'solution'"):
        MINE(split="practice", ablate=["solver"])


def test_parameters_must_be_keyword_only():
    def loose(rounds: int, *, samples: int = 1) -> Cycle:
        raise NotImplementedError

    with pytest.raises(RecipeError, match=r"loose: rounds must be keyword-only; write def loose\(\*, ...\)"):
        recipe(paper="none")(loose)
