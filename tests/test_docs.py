"""The documentation works: its Python runs, and the command line knows every command and flag it shows.

A file's ```python blocks run as one script, in a folder of their own. A block marked ```python no-run, or standing
under a line `<!-- no-run: why -->`, is left out; so is a ```bash block under such a line.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from tools import docs

from lamarck.cli import main

ROOT = Path(__file__).parents[1]
PAGES = [
    path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))) if path.exists()
]
FENCE = re.compile(r"^ {0,3}```(?P<info>.*)$")
RECIPES = ROOT / "src" / "lamarck" / "recipes"
TAKES_A_RECIPE = {"run", "show", "plan"}


class Block(NamedTuple):
    line: int
    """Of its first line of code, counted from 1."""
    language: str
    code: list[str]


class Call(NamedTuple):
    """One `lamarck ...` command, as the documentation shows it."""

    line: int
    words: tuple[str, ...]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page that are meant to run."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start, info, skipped = 0, "", False
    for number, text in enumerate(lines, 1):
        fence = FENCE.match(text)
        if fence and start == 0:
            above = next((line for line in reversed(lines[: number - 1]) if line.strip()), "")
            start, info = number, fence["info"].strip()
            skipped = "no-run" in info.split() or above.strip().startswith("<!-- no-run")
        elif fence and not fence["info"].strip():
            if info and not skipped:
                yield Block(start + 1, info.split()[0], lines[start : number - 1])
            start = 0


def script(page: Path) -> str:
    """A page's Python as one script, where each line keeps its number, so that a traceback points into the page."""
    text = [""] * len(page.read_text(encoding="utf-8").splitlines())
    for block in blocks(page):
        if block.language == "python":
            text[block.line - 1 : block.line - 1 + len(block.code)] = block.code
    return "\n".join(text).rstrip()


def calls(page: Path) -> Iterator[Call]:
    for block in blocks(page):
        if block.language in {"bash", "console", "sh", "shell"}:
            text = "\n".join(line.strip().removeprefix("$ ") for line in block.code).replace("\\\n", " ")
            for command in text.splitlines():
                parser = shlex.shlex(command, posix=True, punctuation_chars=True)
                parser.whitespace_split = True
                yield from (Call(block.line, words) for words in commands(list(parser)))


def commands(words: list[str]) -> Iterator[tuple[str, ...]]:
    """The calls of lamarck in a shell line: what stands between `|`, `&&`, `;` and redirections."""
    line: list[str] = []
    for word in [*words, ";"]:
        if word[0] in "|&;<>()":
            if line and Path(line[0]).name == "lamarck":
                yield tuple(line[1:])
            line = []
        elif line or "=" not in word:  # NAME=value before the command
            line.append(word)


@cache
def help_of(*words: str) -> str:
    """What `--help` prints; fails where the command does not exist."""
    said = StringIO()
    with pytest.MonkeyPatch.context() as here, redirect_stdout(said), redirect_stderr(said):
        here.chdir(ROOT)
        for name, value in {"COLUMNS": "300", "NO_COLOR": "1", "TERM": "dumb"}.items():
            here.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main([*words, "--help"])
    assert not ended.value.code, f"lamarck {shlex.join(words)} --help\n{said.getvalue()}"
    return said.getvalue()


def is_recipe(word: str) -> bool:
    return (RECIPES / f"{word}.py").exists() or (word.endswith(".py") and (ROOT / word).exists())


def known_flags(words: tuple[str, ...]) -> set[str]:
    """The flags of a subcommand, and of the recipe it is given: those are made from the recipe's signature."""
    pages = [help_of(words[0])]
    if words[0] in TAKES_A_RECIPE:
        pages += [help_of(words[0], word) for word in words[1:2] if is_recipe(word)]
    return {flag for page in pages for flag in re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", page)} | {"--help"}


def pages_with(language: str) -> list[Path]:
    return [page for page in PAGES if any(block.language == language for block in blocks(page))]


@pytest.mark.parametrize("page", pages_with("python"), ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path):
    path = tmp_path / f"{page.stem}.py"
    path.write_text(script(page), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, path.name], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, f"{page.name}, same line numbers:\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", pages_with("bash"), ids=lambda page: page.name)
def test_the_command_line_knows_what_a_page_shows(page: Path):
    for call in calls(page):
        if call.words and not call.words[0].startswith("-"):
            flags = {word.partition("=")[0] for word in call.words if re.match(r"--?[a-zA-Z]", word)}
            unknown = flags - known_flags(call.words)
            assert not unknown, f"{page.name}:{call.line} lamarck {shlex.join(call.words)}: no {sorted(unknown)}"


def test_a_page_is_read_as_it_is_shown(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text(
        "Text.\n```python\na = 1\n```\n<!-- no-run: needs a key -->\n\n```python\nb = 2\n```\n"
        "```python no-run\nc = 3\n```\n"
        "```bash\n# a comment\n$ KEY=1 .venv/bin/lamarck run star \\\n    --rounds 2 --set a=b | tee log\nmake demo\n"
        "cd x && lamarck show star  # why\n```\n"
    )
    assert script(page) == "\n\na = 1"
    assert [call.words for call in calls(page)] == [
        ("run", "star", "--rounds", "2", "--set", "a=b"),
        ("show", "star"),
    ]


def test_the_page_of_recipes_says_what_the_recipes_are_now():
    assert docs.PAGE.read_text(encoding="utf-8") == docs.page(), "type: make docs"
    assert all(f"[`{path.stem}`]" in docs.page() for path in RECIPES.glob("*.py") if path.stem != "__init__")
