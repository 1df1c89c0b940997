"""Table, plot and tree in the terminal."""

import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console, RenderableType
from tests.report.literal import BASE, FIRST, SECOND, small

from lamarck import report
from lamarck.core import MissingExtra


def shown(what: RenderableType, width: int = 80) -> str:
    console = Console(width=width, color_system=None, record=True)
    console.print(what)
    return console.export_text()


def test_the_table_of_rounds(tmp_path: Path):
    lines = [line.split() for line in shown(report.table(small(tmp_path).reader)).splitlines()]
    assert lines[0] == ["round", "greedy", "%", "pass@1", "%", "pass@2", "%", "samples", "kept", "verdict"]
    assert lines[1] == ["0", "25.0", "(5–70)", "12.5", "(0–37)", "25.0", "(5–70)", "base"]
    assert lines[2][:3] == ["1", "50.0", "(15–85)"]
    assert lines[2][-3:] == ["6", "1", "promoted"]
    assert lines[3][-4:] == ["6", "5", "rolled", "back"]


def test_a_whole_table_fits_eighty_columns(tmp_path: Path):
    assert all(len(line.rstrip()) <= 80 for line in shown(report.table(small(tmp_path).reader)).splitlines())
    assert "rolled back" in shown(report.table(small(tmp_path).reader))


def test_the_tree_of_learners(tmp_path: Path):
    lines = shown(report.lineage(small(tmp_path).reader)).splitlines()
    assert lines[0] == "rest_em on toyland"
    assert lines[1].split()[1:] == [BASE.hash, "base", "pupil/game24"]
    assert lines[2].split()[1:] == [FIRST.hash, "round", "1", "promoted", "champion"]
    assert lines[3].split()[1:] == [SECOND.hash, "round", "2", "rolled", "back"]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_the_plot_fits_its_console(tmp_path: Path, width: int):
    drawn = shown(report.plot(small(tmp_path).reader), width)
    assert max(map(len, drawn.splitlines())) <= width
    if width >= 40:
        assert "greedy 50.0" in drawn
        assert "pass@1 25.0" in drawn


def test_the_plot_is_ascii_where_the_console_is(tmp_path: Path):
    with (tmp_path / "out.txt").open("w", encoding="ascii") as file:
        Console(file=file, width=80).print(report.plot(small(tmp_path).reader))
    assert "\x1b" not in (tmp_path / "out.txt").read_text(encoding="ascii")


def test_nothing_to_plot_and_an_empty_table(tmp_path: Path):
    run = small(tmp_path)
    run.views = []
    assert "no round is evaluated yet" in shown(report.plot(run.reader))
    assert shown(report.table(run.reader)).split() == ["round", "samples", "kept", "verdict"]


def test_without_plotext_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "plotext", None)
    with pytest.raises(MissingExtra, match=r"pip install 'lamarck-lm\[report\]'"):
        report.plot(small(tmp_path).reader)


def test_the_package_loads_nothing_heavy():
    code = "import sys, lamarck.report; print(sorted({'torch', 'matplotlib', 'plotext', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
