"""The house rules that a machine can hold: sizes, names, documentation, what a package says is public."""

import ast
import importlib
import itertools
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "lamarck"
FILES = sorted(SOURCE.rglob("*.py"))
PACKAGES = [path for path in FILES if path.name == "__init__.py"]
RECIPES = [path for path in SOURCE.glob("recipes/*.py") if not path.name.startswith("_")]
VAGUE = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
PAPER = re.compile(r"arXiv:\d{4}\.\d{4,5}|https?://\S+")


def inside(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def documented(module: ast.Module) -> Iterator[tuple[str, bool]]:
    """Each public name a module binds itself, and whether a docstring, or a string under it, says what it is."""
    for node, after in itertools.zip_longest(module.body, module.body[1:]):
        explained = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(node, DEFINITIONS):
            yield node.name, ast.get_docstring(node) is not None
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((target.id, explained) for target in targets if isinstance(target, ast.Name))


def bound(path: Path) -> set[str]:
    """The public names that a package's `__init__` defines, or takes from inside the package without using them."""
    package = tree(path)
    used = {node.id for node in ast.walk(package) if isinstance(node, ast.Name)}
    names = {name for name, _ in documented(package)}
    for node in package.body:
        if isinstance(node, ast.ImportFrom) and (node.level or f"{node.module}.".startswith(f"{module_of(path)}.")):
            names |= {alias.asname or alias.name for alias in node.names} - used
    return {name for name in names if not name.startswith("_")}


def order(name: str) -> tuple[int, str]:
    """As ruff sorts them: constants, classes, the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)


def test_no_file_is_over_400_lines():
    folders = ("src", "tests", "benchmarks", "tools", "examples")
    sizes = {inside(path): lines(path) for folder in folders for path in (ROOT / folder).rglob("*.py")}
    assert not {name: size for name, size in sizes.items() if size > 400}


def test_the_median_file_is_about_a_hundred_lines():
    assert statistics.median(size for path in FILES if (size := lines(path)) > 5) <= 130


def test_file_names_say_what_is_inside():
    assert not [inside(path) for path in FILES if VAGUE & set(path.relative_to(SOURCE).with_suffix("").parts)]
    assert not [inside(path) for path in FILES if path.stem.strip("_") in VAGUE]


@pytest.mark.parametrize("path", FILES, ids=inside)
def test_every_public_class_and_function_is_documented(path: Path):
    module = tree(path)
    bare = [
        f"{inside(path)}:{node.lineno} {node.name}"
        for node in module.body
        if isinstance(node, DEFINITIONS) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not bare
    assert not module.body or ast.get_docstring(module), f"{inside(path)} has no docstring"


@pytest.mark.parametrize("path", PACKAGES, ids=inside)
def test_a_package_lists_exactly_what_it_offers(path: Path):
    package = importlib.import_module(module_of(path))
    listed: list[str] = list(getattr(package, "__all__", ()))
    assert listed == sorted(set(listed), key=order)
    missing = bound(path) - set(listed)
    assert not missing, f"{inside(path)}: __all__ lacks {sorted(missing)}"
    assert not [name for name in listed if not hasattr(package, name)]


@pytest.mark.parametrize("path", PACKAGES, ids=inside)
def test_every_name_a_package_offers_is_documented(path: Path):
    package = importlib.import_module(module_of(path))
    listed = {name for name in getattr(package, "__all__", ()) if not name.startswith("__")}
    explained = {name for file in path.parent.rglob("*.py") for name, said in documented(tree(file)) if said}
    bare = {
        name
        for name in listed - explained
        # A class, a function or a module from another folder carries its own; a plain value has none of its own.
        if not (getattr(package, name).__doc__ and hasattr(getattr(package, name), "__name__"))
    }
    assert not bare, f"{inside(path)}: say what these are, in a string under them: {sorted(bare)}"


@pytest.mark.parametrize("path", RECIPES, ids=inside)
def test_a_recipe_is_one_short_file_named_after_its_function(path: Path):
    module = tree(path)
    made = [node.name for node in module.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    assert made == [path.stem]
    assert 25 <= lines(path) <= 60
    assert PAPER.search(ast.get_docstring(module) or ""), (
        "the docstring names the paper: arXiv:0000.00000 or its address"
    )
