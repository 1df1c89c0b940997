"""A configuration is small, typed and refused by name: rows 11 to 14 of the table of bad inputs."""

from pathlib import Path

import pytest

from lamarck.core import UsageError
from lamarck.data.config import DEEPEST, LARGEST, Format, RunFile, parse, read


def refused(text: str, form: Format = "toml") -> str:
    with pytest.raises(UsageError) as caught:
        parse(text, RunFile, where="run.toml", form=form)
    return str(caught.value)


def test_a_run_file_is_read_with_its_types():
    text = 'recipe = "rest_em"\nrounds = 2\nalpha = 0.1\n[options]\ncap = 5\n[set]\n"updating.lr" = 1e-4\n'
    found = parse(text, RunFile, where="run.toml", form="toml")
    assert (found.recipe, found.rounds, found.options, found.set) == ("rest_em", 2, {"cap": 5}, {"updating.lr": 1e-4})
    assert found.learner is None


def test_a_whole_number_may_stand_for_a_fraction():
    assert parse("alpha = 1", RunFile, where="run.toml", form="toml").alpha == 1.0


def test_an_unknown_key_names_the_nearest():
    assert refused("sede = 1") == "run.toml: unknown key 'sede': did you mean seed or set or embedder?"


def test_a_wrong_type_names_key_type_and_value():
    assert refused('seed = "3"') == "run.toml: seed: '3' is of type str; give integer"
    assert "rounds: True is of type bool" in refused("rounds = true")
    assert "ablate" in refused('ablate = "cap"')


def test_all_faults_come_at_once_a_line_each():
    assert len(refused('sede = 1\nrounds = "two"\nablate = 3').splitlines()) == 3


def test_an_option_is_a_plain_value():
    assert refused("[options]\ncap = {a = 1}").count("\n") == 0
    assert "options.cap" in refused("[options]\ncap = {a = 1}")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_numbers_are_finite(value: str):
    assert "is no finite number" in refused(f"[set]\nlr = {value}")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_json_has_no_such_numbers(value: str):
    assert "is no finite number" in refused(f'{{"alpha": {value}}}', "json")


def test_a_number_too_large_for_a_float_is_refused():
    assert "alpha: inf is no finite number" in refused('{"alpha": 1e999}', "json")


def test_a_key_given_twice_is_refused():
    assert "twice" in refused('{"seed": 1, "seed": 2}', "json")
    assert "run.toml: " in refused("seed = 1\nseed = 2")


@pytest.mark.parametrize("depth", [DEEPEST + 1, 500, 100_000])
def test_deep_nesting_is_refused(depth: int):
    assert "nested deeper than" in refused("a = " + "[" * depth + "]" * depth)
    assert "nested deeper than" in refused("[" * depth + "]" * depth, "json")
    assert "nested deeper than" in refused(".".join("a" * min(depth, 600)) + " = 1")


@pytest.mark.parametrize("text", ["seed =", "= 3", '"', "[[", "seed = 1e", "\x00"])
def test_what_is_no_toml_is_one_line(text: str):
    assert refused(text).startswith("run.toml: ")
    assert "\n" not in refused(text)


@pytest.mark.parametrize("text", ["", "{", "[1]", "3", "null", '{"a": 1,}', f'{{"seed": {"9" * 5000}}}'])
def test_what_is_no_json_object_is_refused(text: str):
    assert refused(text, "json").startswith("run.toml: ")


def test_files_are_refused_before_they_are_read_whole(tmp_path: Path):
    large, odd = tmp_path / "large.toml", tmp_path / "odd.toml"
    large.write_bytes(b"#" * (LARGEST + 1))
    odd.write_bytes(b'learner = "\xff"')
    for path, why in ((large, "over 1,000,000 bytes"), (odd, "no UTF-8"), (tmp_path / "none.toml", "no such file")):
        with pytest.raises(UsageError, match=why):
            read(path, RunFile)
    with pytest.raises(UsageError, match="no such file"):
        read(tmp_path, RunFile)


def test_the_suffix_says_the_format(tmp_path: Path):
    (tmp_path / "run.json").write_text('{"seed": 7}')
    (tmp_path / "run.toml").write_text("seed = 7")
    assert read(tmp_path / "run.json", RunFile) == read(tmp_path / "run.toml", RunFile)
