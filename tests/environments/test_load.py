import subprocess
import sys
from pathlib import Path

import pytest

from lamarck.core import Environment, Message, Objective, Solution, UsageError
from lamarck.environments import ENVIRONMENTS, load
from lamarck.environments.own import MEMBERS

EXAMPLE = Path(__file__).parents[2] / "examples" / "my_environment.py"
WHOLE = """
class {name}:
    name = "mine"
    ability = "mine"
    def tasks(self, split, n, seed, objective): return []
    def check(self, task, solution): ...
    def examples(self, n, seed): return []
    def protected(self, n, seed): return {{}}
    def key(self, task): return task.id
"""


def written(folder: Path, text: str) -> str:
    path = folder / "mine.py"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_name_of_the_table_loads(name: str):
    environment = load(name)
    assert environment.name == name
    assert environment.ability
    assert "\n" not in ENVIRONMENTS[name].title


def test_the_table_imports_nothing():
    code = "import sys, lamarck.environments; print([m for m in sys.modules if 'game24' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_gets_the_nearest_and_what_to_type():
    with pytest.raises(UsageError) as error:
        load("gane24")
    assert str(error.value) == (
        "unknown environment 'gane24': did you mean game24?; "
        "type: lamarck environments, or give a file of your own: ./mine.py"
    )


def test_the_members_are_those_of_the_protocol():
    methods = {name for name in vars(Environment) if not name.startswith("_")}
    assert sorted(methods | set(Environment.__annotations__)) == list(MEMBERS)


@pytest.mark.parametrize(
    "text",
    [
        WHOLE.format(name="Mine"),
        WHOLE.format(name="Mine") + "made = Mine()\nsame = made\n",
        WHOLE.format(name="One") + WHOLE.format(name="Two") + "def environment(): return Two()\n",
        WHOLE.format(name="Mine") + "from lamarck.environments.game24.environment import Game24\n",
        "from lamarck.environments.game24.environment import Game24 as environment\n",
        "from dataclasses import dataclass\n@dataclass(frozen=True)" + WHOLE.format(name="Mine"),
    ],
)
def test_a_file_gives_its_one_environment(tmp_path: Path, text: str):
    assert load(written(tmp_path, text)).name in {"mine", "game24"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must hold exactly one environment, found none; write a class with ability, check,"),
        (WHOLE.format(name="A") + WHOLE.format(name="B"), "must hold exactly one environment, found A, B; write"),
        (WHOLE.format(name="A").replace("def key", "def kay"), "must hold exactly one environment, found none"),
        ("def environment(): return 3", "its environment lacks ability, check, examples, key, name, protected, tasks"),
        ("x = 1\ny = z\n", "mine.py, line 2: NameError: name 'z' is not defined"),
        ("x = 1\n\ndef f(:\n", "mine.py, line 3: SyntaxError"),
        ("def environment():\n    return 1 / 0\n", "mine.py, line 2: ZeroDivisionError: division by zero"),
        ("import no_such_package\n", "mine.py, line 1: ModuleNotFoundError: No module named 'no_such_package'"),
    ],
)
def test_a_file_that_cannot_serve_says_why(tmp_path: Path, text: str, message: str):
    with pytest.raises(UsageError) as error:
        load(written(tmp_path, text))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["nowhere/mine.py", "mine_too.py", "./folder"])
def test_a_file_that_is_not_there(name: str):
    with pytest.raises(UsageError, match=r"no such file: .*; give the path of a Python file"):
        load(name)


def test_a_file_that_is_not_python(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("hello")
    with pytest.raises(UsageError, match=r"its name must end in \.py"):
        load(str(tmp_path / "mine.txt"))


def test_the_example_works():
    environment = load(str(EXAMPLE))
    goal = Objective(ability=environment.ability)
    task = next(t for t in environment.tasks("practice", None, 0, goal) if t.fields["amount"] == "87")
    for text, passed in [("50 20 10 5 2", True), ("2 5 10 20 50", True), ("50 20 10 5 1 1", False), ("87", False)]:
        solution = Solution(messages=(Message(role="assistant", text=text),))
        assert environment.check(task, solution).passed is passed, text
    low = environment.tasks("practice", None, 0, Objective(ability="", parameters={"highest": 30}))
    assert len(low) == 10
