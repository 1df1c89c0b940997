"""What only reads: recipes, show, environments, init, and how the program introduces itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lamarck.cli import COMMANDS

Lamarck = Callable[..., Any]


def test_help_lists_every_command(lamarck: Lamarck):
    said = lamarck("--help")
    assert said.code == 0
    assert not [name for name in COMMANDS if name not in said.out]


def test_without_words_it_shows_its_help(lamarck: Lamarck):
    assert "Usage" in lamarck().out


def test_recipes_are_a_table_or_data(lamarck: Lamarck):
    assert "arXiv:2312.06585" in lamarck("recipes").out
    listed = json.loads(lamarck("recipes", "--json").out)
    assert {"name", "title", "paper", "place", "labels"} == set(listed[0])


def test_environments_are_a_table_or_data(lamarck: Lamarck):
    assert "game24" in lamarck("environments").out
    assert [entry["name"] for entry in json.loads(lamarck("environments", "--json").out)] == [
        "cards",
        "countdown",
        "creatures",
        "diary",
        "functions",
        "game24",
        "kitchen",
        "listmachine",
        "shop",
        "stories",
        "texthouse",
    ]


def test_show_draws_every_slot(lamarck: Lamarck):
    said = lamarck("show", "rest_em").out
    for word in ("objective", "tasks", "solutions", "feedback", "refinement", "updating", "evaluation", "Cap(n=10)"):
        assert word in said
    assert "reads feedback" in said
    assert "own_samples" in said


def test_show_resolves_what_it_is_told(lamarck: Lamarck):
    data = json.loads(lamarck("show", "--json", "rest_em", "--cap", "3", "--set", "updating.lr=1e-3").out)
    assert data["refinement"][2] == {"is": "Cap", "n": 3}
    assert data["updating"]["lr"] == 1e-3
    ablated = json.loads(lamarck("show", "rest_em", "--ablate", "verifier", "--json").out)
    assert [operator["is"] for operator in ablated["refinement"]] == ["Distinct", "Cap"]


def test_a_flag_of_the_recipe_may_stand_before_it(lamarck: Lamarck):
    data = json.loads(lamarck("show", "--cap", "3", "rest_em", "--json").out)
    assert data["refinement"][2]["n"] == 3


def test_help_knows_the_recipes_own_flags(lamarck: Lamarck):
    said = lamarck("show", "rest_em", "--help").out
    assert "--temperature" in said
    assert "Options of rest_em" in said


def test_init_writes_what_it_names(lamarck: Lamarck, tmp_path: Path):
    said = lamarck("init", "mine")
    assert said.code == 0
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == [
        "README.md",
        "my_environment.py",
        "my_recipe.py",
        "run.toml",
    ]
    assert "cd mine && lamarck run --config run.toml" in said.out


def test_init_overwrites_nothing(lamarck: Lamarck, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept.txt").write_text("mine")
    said = lamarck("init", "mine")
    assert (said.code, [path.name for path in (tmp_path / "mine").iterdir()]) == (2, ["kept.txt"])
    assert "holds files already (kept.txt)" in said.line
    assert "is a file" in lamarck("init", "mine/kept.txt").line


def test_the_examples_recipe_is_the_one_that_init_writes():
    root = Path(__file__).parents[2]
    written = root / "src/lamarck/cli/example/my_recipe.py"
    assert (root / "examples/my_recipe.py").read_text() == written.read_text()


@pytest.mark.parametrize("name", ["my_recipe.py", "my_environment.py"])
def test_the_example_is_short(name: str):
    assert len((Path(__file__).parents[2] / "src/lamarck/cli/example" / name).read_text().splitlines()) <= 55
