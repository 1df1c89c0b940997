"""Text becomes a value of the declared type, or one line that names field, value and type."""

from collections.abc import Callable
from typing import Any, Literal

import pytest

from lamarck import recipes
from lamarck.core import RecipeError, UsageError
from lamarck.data.typed import kind_at, of_text, of_value, settings, value_at

METHOD = recipes.load("rest_em")()


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("10", int, 10),
        ("1e-3", float, 1e-3),
        ("true", bool, True),
        ("10", str, "10"),
        ("none", int | None, None),
        ("none", str, "none"),
        ("3", int | None, 3),
        ("seed", Literal["batch", "seed"], "seed"),
        ("a,b", tuple[str, ...], ("a", "b")),
        ('["a","b,c"]', tuple[str, ...], ("a", "b,c")),
        ("1,2", list[int], [1, 2]),
    ],
)
def test_text_is_read_as_its_type(text: str, kind: Any, value: object):
    assert of_text(text, kind, "x") == value


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ("ten", int, "--cap: 'ten' is no int"),
        ("1.5", int, "--cap: '1.5' is no int"),
        ("x", float | None, "--cap: 'x' is no float or none"),
        ("none", int, "--cap: 'none' is no int"),
        ("other", Literal["batch", "seed"], "--cap: 'other' is no 'batch' or 'seed'"),
        ("1,x", list[int], "--cap: '1,x' is no list of int"),
        ("nan", float, "--cap: 'nan' is no finite number"),
        ("[[", tuple[str, ...], "--cap: '[[' is no list of str"),
    ],
)
def test_a_wrong_type_is_one_line(text: str, kind: Any, line: str):
    with pytest.raises(UsageError) as caught:
        of_text(text, kind, "--cap")
    assert str(caught.value) == line


def test_a_value_that_has_a_type_keeps_it():
    assert of_value(["a"], tuple[str, ...], "x") == ("a",)
    assert of_value(1, float, "x") == 1.0
    for value, kind in (("10", int), (True, int), (1.5, int), (1, str), (float("nan"), float), (object(), int)):
        with pytest.raises(UsageError, match="x: "):
            of_value(value, kind, "x")


def test_what_no_text_can_give_is_refused():
    with pytest.raises(UsageError, match=r"refinement\.where: "):
        of_text("passed", Callable[[int], bool], "refinement.where")


def test_settings_take_the_type_of_their_field():
    assert settings(METHOD, ["updating.lr=1e-3", "rounds=2", "refinement.Cap.n=4"]) == {
        "updating.lr": 1e-3,
        "rounds": 2,
        "refinement.Cap.n": 4,
    }
    assert settings(METHOD, ["objective.parameters.depth=3", "objective.parameters.kind=hard"]) == {
        "objective.parameters.depth": 3,
        "objective.parameters.kind": "hard",
    }
    assert kind_at(METHOD, "updating.lr") == float | None
    assert value_at(METHOD, "refinement.Cap.n") == 10


def test_every_setting_at_fault_gets_a_line():
    with pytest.raises(RecipeError) as caught:
        settings(METHOD, ["updating.lr", "updating.rate=1", "rounds=two", "refinement.Filter=1", "=3"])
    said = str(caught.value).splitlines()
    assert len(said) == 5
    assert "give path=value" in said[0]
    assert "unknown field" in said[1]
    assert said[2] == "rounds: 'two' is no int"
    assert "names an operator" in said[3]
