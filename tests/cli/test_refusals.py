"""Bad input before anything runs: one line that names what was found and what to type, exit code 2."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Lamarck = Callable[..., Any]

DEAF = """
from dataclasses import dataclass
from typing import ClassVar
from lamarck.core import Batch, Context, Cycle, Names, Objective, Scope, recipe
from lamarck.operators import evaluation, refinement, tasks

@dataclass(frozen=True, kw_only=True)
class Loudest:
    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"loudness"}
    writes: ClassVar[Names] = set()
    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return batch

@recipe(paper="none")
def deaf(*, level: int = 3) -> Cycle:
    return Cycle(objective=Objective(ability="x"), tasks=tasks.Dataset(), refinement=(Loudest(), refinement.Filter()),
                 evaluation=evaluation.Accuracy())
"""


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("shwo rest_em", "unknown command 'shwo': did you mean show?"),
        ("show rest_en", "unknown recipe 'rest_en': did you mean rest_em"),
        ("run rest_en --environment game24", "unknown recipe 'rest_en': did you mean rest_em"),
        ("run rest_em --environment gmae24", "unknown environment 'gmae24': did you mean game24?"),
        (
            "run rest_em --environment nowhere.py",
            "no such file: nowhere.py; give the path of a Python file",
        ),
        ("run nowhere.py --environment game24", "no such file: nowhere.py"),
        ("run rest_em", "which environment? type: --environment game24"),
        ("run --environment game24", "which recipe? give its name or a file"),
        ("show", "which recipe? give its name or a file"),
        ("eval", "which environment?"),
        ("run rest_em --environment game24 --rounds two", "--rounds"),
        ("run rest_em --environment game24 --rounds 0", "--rounds"),
        ("run rest_em --environment game24 --cap ten", "--cap: 'ten' is no int"),
        ("run rest_em --environment game24 --temperature warm", "--temperature: 'warm' is no float"),
        ("run rest_em --environment game24 --cpa 3", "No such option: --cpa (Possible options: --cap"),
        ("run rest_em --environment game24 --set updating.lr=fast", "updating.lr: 'fast' is no float or none"),
        ("run rest_em --environment game24 --set updating.rate=1", "unknown field 'updating.rate'"),
        ("run rest_em --environment game24 --ablate verifyer", "unknown ablation of rest_em 'verifyer': did you mean"),
        ("run rest_em --environment game24 --until refining", "unknown phase 'refining': did you mean refinement?"),
        ("run rest_em --environment game24 --gate gaurd", "unknown gate 'gaurd': did you mean guard?"),
        ("run rest_em --environment game24 --alpha 2", "--alpha is 2.0; give a chance between 0 and 1"),
        ("run rest_em --config none.toml", "none.toml: no such file"),
        ("eval --environment game24 --split sleection", "split: 'sleection' is no"),
        ("resume nothing", "unknown run 'nothing'"),
        ("report nothing", "unknown run 'nothing'"),
        ("lineage nothing", "unknown run 'nothing'"),
        ("watch nothing", "unknown run 'nothing'"),
        ("status nothing", "unknown run 'nothing'"),
        ("recipes --jsn", "No such option: --jsn"),
        ("resume", "Missing argument"),
    ],
)
def test_a_refusal_is_one_line(lamarck: Lamarck, words: str, line: str):
    said = lamarck(*words.split())
    assert said.code == 2, said
    assert said.line.startswith("lamarck: ")
    assert line in said.line
    assert not list(Path().iterdir())


def test_a_recipe_that_reads_what_nobody_writes(lamarck: Lamarck, tmp_path: Path):
    (tmp_path / "deaf.py").write_text(DEAF)
    said = lamarck("run", "deaf.py", "--environment", "game24")
    assert said.code == 2
    assert [line.partition(";")[0] for line in said.err.splitlines()] == [
        "lamarck: deaf.refinement: Loudest reads 'loudness', which no earlier operator writes",
        "lamarck: deaf.refinement: Filter reads 'feedback', which no earlier operator writes",
    ]


@pytest.mark.parametrize(
    ("text", "place"), [("x = 1\n1/0\n", "line 2"), ("def (:\n", "line 1"), ("import nix\n", "line 1")]
)
def test_a_recipe_file_that_fails_says_where(lamarck: Lamarck, tmp_path: Path, text: str, place: str):
    (tmp_path / "mine.py").write_text(text)
    said = lamarck("show", "mine.py")
    assert said.code == 2
    assert f"mine.py, {place}: " in said.line


NEEDY = """
from lamarck.core import Cycle, Objective, recipe
from lamarck.operators import evaluation

@recipe(paper="none")
def needy(*, sources: tuple[str, ...], parts: int = 2) -> Cycle:
    return Cycle(objective=Objective(ability=sources[parts]), evaluation=evaluation.Accuracy())
"""


def test_what_a_recipe_cannot_do_without_is_asked_for(lamarck: Lamarck, tmp_path: Path):
    (tmp_path / "needy.py").write_text(NEEDY)
    assert "needy cannot do without --sources" in lamarck("show", "needy.py").line
    assert "needy cannot do without --sources" in lamarck("run", "needy.py", "--environment", "game24").line
    assert lamarck("show", "needy.py", "--sources", "a,b,c").code == 0
    said = lamarck("show", "needy.py", "--sources", "a")
    assert (said.code, "needy.py, line 7: IndexError" in said.line) == (2, True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sede = 1", "run.toml: unknown key 'sede': did you mean seed"),
        ('rounds = "2"', "run.toml: rounds: '2' is of type str; give integer"),
        ('[options]\ncap = "3"', "run.toml: options.cap: '3' is no int"),
        ("[options]\ncpa = 3", "unknown option of rest_em 'cpa': did you mean cap"),
        ("[options]\nsamples = 3", "run.toml: options.samples: "),
        ('[set]\n"updating.lr" = "fast"', "updating.lr: 'fast' is no float or none"),
    ],
)
def test_a_configuration_is_refused_by_its_key(lamarck: Lamarck, tmp_path: Path, text: str, line: str):
    (tmp_path / "run.toml").write_text(text)
    said = lamarck("run", "rest_em", "--environment", "game24", "--config", "run.toml")
    assert said.code == 2
    assert line in said.line


NAMES = ["..", ".", "a b", "-rf", ".git", "a\nb", "x\u202ey", "a" * 300, "a\0b", "é"]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_of_a_run_is_plain(lamarck: Lamarck, name: str):
    said = lamarck("run", "rest_em", "--environment", "game24", f"--out={name}")
    assert said.code == 2
    assert "is no name for a run" in said.line
    assert said.line.isprintable()


@pytest.mark.parametrize("name", [*NAMES, "../x", "/x", "a/b"], ids=ascii)
def test_a_name_of_no_run_is_one_harmless_line(lamarck: Lamarck, name: str):
    for command in ("resume", "status", "report"):
        said = lamarck(command, "--", name)
        assert said.code == 2
        assert said.line.isprintable()


def test_a_link_is_no_run_folder(lamarck: Lamarck, tmp_path: Path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "elsewhere")
    said = lamarck("run", "rest_em", "--environment", "game24", "--out", "link")
    assert said.code == 2
    assert "is a symbolic link" in said.line
    assert not list((tmp_path / "elsewhere").iterdir())


def test_an_error_shows_no_control_characters(lamarck: Lamarck):
    assert "\\x1b[31m" in lamarck("show", "\x1b[31mred").line


def test_debugging_shows_where(lamarck: Lamarck, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LAMARCK_DEBUG", "1")
    assert "Traceback" in lamarck("show", "rest_en").err
