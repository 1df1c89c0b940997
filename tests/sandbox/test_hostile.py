"""Hostile programs get nowhere, ordinary ones work, as root and as an ordinary user."""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.sandbox.battery import Scene, Snippet, faults, scene, snippets

from lamarck.sandbox import Layers, Sandbox

HOSTILE, BENIGN = snippets("hostile.toml"), snippets("benign.toml")
SOURCE = Path(__file__).parents[2] / "src"
BATTERY = Path(__file__).with_name("battery.py")
SOMEBODY = 12345


@pytest.fixture(scope="module")
def where() -> Iterator[Scene]:
    with scene() as found:
        yield found


def some(quick: bool) -> list[Snippet]:
    return [one for one in (*HOSTILE, *BENIGN) if one.quick is quick and not one.packages]


def name(snippet: Snippet) -> str:
    return snippet.name


@pytest.mark.parametrize("snippet", some(quick=True), ids=name)
def test_it_is_dealt_with(snippet: Snippet, sandbox: Sandbox, where: Scene):
    assert not faults(snippet, sandbox, where)


@pytest.mark.slow
@pytest.mark.parametrize("snippet", some(quick=False), ids=name)
def test_the_others_are_too(snippet: Snippet, sandbox: Sandbox, where: Scene):
    assert not faults(snippet, sandbox, where)


@pytest.mark.slow
@pytest.mark.parametrize("snippet", [one for one in BENIGN if one.packages], ids=name)
def test_programs_that_import_packages_work(snippet: Snippet, layers: Layers, where: Scene):
    if missing := [package for package in snippet.packages if find_spec(package) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    with Sandbox(workers=1, packages=snippet.packages) as sandbox:
        assert not faults(snippet, sandbox, where)


def test_the_battery_is_large_enough():
    assert len(HOSTILE) >= 40
    assert len({one.name for one in (*HOSTILE, *BENIGN)}) == len(HOSTILE) + len(BENIGN)


@pytest.mark.slow
@pytest.mark.parametrize("tier", [1, 2])
def test_all_of_it_as_an_ordinary_user(layers: Layers, tier: int):
    if os.geteuid() != 0:
        pytest.skip("this is an ordinary user already")
    python = Path(f"/usr/bin/python{sysconfig.get_python_version()}")
    if not python.exists() or not SOURCE.stat().st_mode & 0o005:
        pytest.skip(f"no {python} that an ordinary user could run")
    # a bare interpreter has none of the dependencies, and the sandbox needs none
    start = (
        "import runpy, sys, types; lamarck = types.ModuleType('lamarck'); "
        f"lamarck.__path__ = [{str(SOURCE / 'lamarck')!r}]; sys.modules['lamarck'] = lamarck; "
        f"runpy.run_path({str(BATTERY)!r}, run_name='__main__')"
    )
    done = battery([str(python), "-B", "-c", start], tier, SOMEBODY)
    if "Permission denied" in done.stderr:
        pytest.skip(f"an ordinary user cannot read {SOURCE}")
    told = json.loads(done.stdout)
    assert (told["user"], told["tier"], told["bad"]) == (SOMEBODY, tier, {})
    assert told["tried"] >= 135
    assert sys.version_info >= (3, 11)


@pytest.mark.slow
def test_all_of_it_without_namespaces(layers: Layers):
    done = battery([sys.executable, str(BATTERY)], 2, os.geteuid())
    if "UsageError" in done.stderr:
        pytest.skip("Landlock is too old here for the second tier")
    told = json.loads(done.stdout)
    assert (told["tier"], told["bad"]) == (2, {})


def battery(words: list[str], tier: int, user: int) -> subprocess.CompletedProcess[str]:
    """The battery in a process of its own, at a tier, as a user."""
    return subprocess.run(
        [*words, *(["--bare"] if tier == 2 else [])],
        user=user if os.geteuid() == 0 else None,
        group=user if os.geteuid() == 0 else None,
        extra_groups=[] if os.geteuid() == 0 else None,
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
