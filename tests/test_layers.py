"""Imports point down, never round in a circle, and what is heavy stays at the edge."""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "lamarck"
LAYERS = (  # a module imports its own folder, or rows above its own
    {"core"},
    {"prompts", "sandbox", "data", "likeness", "trust"},
    {"operators", "models", "environments", "memory", "trainers", "executors", "store"},
    {"recipes", "report", "testing"},
    {"autonomy", "serve"},
    {"api"},
    {"__init__"},
    {"cli"},
    {"__main__"},
)
RANK = {folder: row for row, folders in enumerate(LAYERS) for folder in folders}
EDGES = {  # the only places that import what is heavy
    "torch": ("models/*/*.py", "models/hf.py", "trainers/*/*.py"),
    "transformers": ("models/*/*.py", "models/hf.py", "trainers/*/*.py"),
    "safetensors": ("models/*/*.py", "models/hf.py", "trainers/*/*.py"),
    "tokenizers": ("models/*/*.py", "models/hf.py"),
    "trl": ("trainers/*/*.py",),
    "peft": ("models/*/*.py", "trainers/*/*.py"),
    "datasets": ("trainers/*/*.py", "data/hub.py"),
    "accelerate": ("trainers/*/*.py",),
    "huggingface_hub": ("models/hf/files.py",),
    "jinja2": ("models/hf/rendering.py",),
    "PIL": ("models/hf/*.py",),
    "matplotlib": ("report/charts.py",),
    "plotext": ("report/terminal.py",),
    "lm_eval": ("operators/evaluation/lm_eval.py",),
    "inspect_ai": ("operators/evaluation/inspect_ai.py",),
    "psycopg": ("memory/postgres.py", "memory/on_server.py"),
    "pypdf": ("data/documents/pdf.py",),
    "faiss": ("memory/index.py",),
    "pyarrow": ("store/*.py", "data/parquet.py"),
    "aiohttp": ("models/endpoint/transport.py", "testing/server/*.py"),
}
# Who may import by name, at the moment of use: the packages' tables of providers.
TABLES = ("__init__.py", "*/__init__.py", "*/providers.py", "core/recipe.py")


def dotted(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    return {dotted(path): path for path in sorted(SOURCE.rglob("*.py"))}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def inside(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def folder(module: str) -> str:
    """The word of LAYERS that a module counts as: `lamarck.core.cycle` is `core`, `lamarck` itself `__init__`."""
    return module.split(".")[1] if "." in module else "__init__"


def is_at(path: Path, patterns: tuple[str, ...]) -> bool:
    parts = path.relative_to(SOURCE)
    return any(len(parts.parts) == pattern.count("/") + 1 and parts.match(pattern) for pattern in patterns)


def imported(node: ast.AST, here: Path) -> Iterator[str]:
    """The full dotted names that one import statement names; nothing for any other node."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = dotted(here.parent / "__init__.py").split(".")
        base = package[: len(package) - node.level + 1] if node.level else []
        start = ".".join([*base, node.module] if node.module else base)
        yield from (f"{start}.{alias.name}" for alias in node.names)


@cache
def all_imported(path: Path) -> tuple[str, ...]:
    """The names that a file imports, anywhere in it."""
    return tuple(name for node in ast.walk(tree(path)) for name in imported(node, path))


def own(name: str) -> str:
    """The module of ours that holds `name`: `lamarck.core.Cycle` is in `lamarck.core`."""
    while name not in modules() and "." in name:
        name = name.rpartition(".")[0]
    return name


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


@cache
def own_imports(path: Path, types: bool = True) -> set[str]:
    """The modules of ours that a file imports, anywhere in it: a late import is still an import.

    One for the type checker counts too, unless `types` is False.
    """
    unread = {
        id(inner) for node in ast.walk(tree(path)) if is_for_types(node) and not types for inner in ast.walk(node)
    }
    names = {name for node in ast.walk(tree(path)) if id(node) not in unread for name in imported(node, path)}
    if is_at(path, TABLES):  # what a table of providers names is imported too, only later
        strings = (node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Constant))
        names |= {text for text in strings if isinstance(text, str) and text in modules()}
    return {own(name) for name in names if name.split(".")[0] == "lamarck"} - {dotted(path)}


def upward() -> Iterator[str]:
    for here, path in modules().items():
        for there in own_imports(path):
            if folder(here) != folder(there) and RANK[folder(there)] >= RANK[folder(here)]:
                yield f"{inside(path)} imports {there}"


def test_every_folder_has_a_layer():
    unknown = {folder(name) for name, path in modules().items() if len(tree(path).body) > 1} - RANK.keys()
    assert not unknown, f"give {sorted(unknown)} a row in LAYERS"


def test_imports_point_down():
    assert not list(upward())


def test_no_module_imports_itself_in_a_circle():
    # Two types may name each other (an operator takes a Context, a Context holds operators); code may not.
    graph = {name: own_imports(path, types=False) for name, path in modules().items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_operators_of_a_phase_do_not_know_each_other():
    found = [
        f"{inside(path)} imports {there}"
        for path in SOURCE.glob("operators/*/*.py")
        if path.stem != "__init__"
        for there in own_imports(path)
        if there.startswith(dotted(path.parent))
    ]
    assert not found


def test_own_modules_are_imported_at_the_top():
    found = [
        f"{inside(path)}:{node.lineno} imports {name} late"
        for path in modules().values()
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imported(node, path)
        if name.split(".")[0] == "lamarck"
    ]
    assert not found


def test_only_provider_tables_import_by_name():
    found = [
        f"{inside(path)}:{node.lineno} calls import_module; name the provider in a table of {TABLES}"
        for path in modules().values()
        if not is_at(path, TABLES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute | ast.Name)
        and (node.attr if isinstance(node, ast.Attribute) else node.id) == "import_module"
    ]
    assert not found


@pytest.mark.parametrize("heavy", EDGES)
def test_heavy_packages_stay_at_the_edge(heavy: str):
    found = [
        f"{inside(path)} imports {name}; only {EDGES[heavy]} may"
        for path in modules().values()
        if not is_at(path, EDGES[heavy])
        for name in all_imported(path)
        if name.split(".")[0] == heavy
    ]
    assert not found


@pytest.mark.parametrize("module", ["lamarck", "lamarck.cli", "lamarck.recipes"])
def test_the_front_doors_load_nothing_heavy(module: str):
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & {set(EDGES)}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
