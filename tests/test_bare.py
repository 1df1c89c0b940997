"""The bare install: without torch or any other extra, whatever only reads still works, and loads nothing heavy."""

import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REFUSED = ("torch", "transformers", "safetensors", "tokenizers", "huggingface_hub", "matplotlib", "plotext")
LATE = ("torch", "pyarrow", "aiohttp", "matplotlib")  # two of them are installed, yet nothing here needs them

BARE = f"""
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {REFUSED}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuse())
try:
    {{body}}
finally:
    loaded = sorted(set(sys.modules) & set({LATE}))
    assert not loaded, f"loaded: {{loaded}}"
"""


def bare(body: str) -> "subprocess.CompletedProcess[str]":
    code = BARE.replace("{body}", body)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def command(*words: str) -> str:
    return bare(f"sys.argv = {['lamarck', *words]}; import lamarck.cli; lamarck.cli.main()").stdout


def test_lamarck_imports():
    bare("import lamarck")


def test_a_vllm_server_is_looked_for_by_its_address():
    looked = """
from lamarck.core import UsageError
from lamarck.models import Host, Shelf
try:
    Shelf(Host()).learner("vllm/http://127.0.0.1:9")
except UsageError as error:
    print(error)
"""
    code = BARE.split("try:", maxsplit=1)[0] + looked  # it talks to servers, so aiohttp may be loaded
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "start one: vllm serve" in done.stdout, done.stdout + done.stderr


def test_the_recipes_are_listed():
    assert "rest_em" in command("recipes")


def test_help_is_shown():
    assert "recipes" in command("--help")


def test_a_recipe_is_shown():
    shown = command("show", "rest_em")
    assert "rest_em" in shown
    assert "refinement" in shown


def dependencies() -> list[str]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]


def lowest() -> list[str]:
    """`numpy==2.1.*` for `numpy>=2.1,<3`: the oldest releases that pyproject.toml promises to work with."""
    return [re.sub(r">=([\d.]+).*", r"==\1.*", line) for line in dependencies()]


@pytest.mark.slow
@pytest.mark.parametrize("pins", [[], lowest()], ids=["newest", "lowest"])
def test_a_bare_install_has_no_torch(tmp_path: Path, pins: list[str]):
    venv.create(tmp_path / "venv", with_pip=True)
    scripts = tmp_path / "venv" / "bin"
    python = scripts / "python"

    def run(*words: str | Path) -> str:
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    run(python, "-m", "pip", "install", "--quiet", ROOT, *pins)
    assert "rest_em" in run(scripts / "lamarck", "recipes")
    assert "rest_em" in run(scripts / "lamarck", "show", "rest_em")
    found = run(python, "-c", f"import importlib.util as u; print([n for n in {REFUSED} if u.find_spec(n)])")
    assert found.strip() == "[]"
    home = Path(run(python, "-c", "import lamarck; print(lamarck.__file__)").strip()).parent
    assert home.is_relative_to(tmp_path)
    assert shipped(home) == shipped(ROOT / "src" / "lamarck")


def shipped(home: Path) -> set[str]:
    """What is not code but must come along: weights, prompts, tables."""
    kinds = {".json", ".md", ".safetensors", ".txt", ".typed"}
    return {path.relative_to(home).as_posix() for path in home.rglob("*") if path.suffix in kinds}
