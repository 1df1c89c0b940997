"""`lamarck doctor`: a line a finding, each lack with its cure."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

from lamarck.cli.doctor import Finding

Lamarck = Callable[..., Any]


def unlooked(monkeypatch: pytest.MonkeyPatch, *looks: str) -> None:
    """Looks that a test is not about, and that take seconds."""
    for look in looks:
        monkeypatch.setattr(f"lamarck.cli.doctor.{look}", lambda: iter(()))


def test_every_line_is_ok_or_missing_and_the_pupil_answers(lamarck: Lamarck):
    said = lamarck("doctor")
    lines = said.out.splitlines()
    assert {line.split()[0] for line in lines} <= {"ok", "missing"}
    for what in ("Python", "cores", "memory", "extra local", "extra report", "torch", "disk", "writing", "pupil"):
        assert any(line.split(maxsplit=1)[1].startswith(f"{what}:") for line in lines), what
    assert "tokens a second" in lines[-1]
    assert said.code == int(any(line.startswith("missing") for line in lines))


def test_a_lack_names_its_cure(lamarck: Lamarck, monkeypatch: pytest.MonkeyPatch):
    def without(name: str) -> object:
        return None if name == "plotext" else find_spec(name)

    monkeypatch.setattr("lamarck.cli.doctor.find_spec", without)
    unlooked(monkeypatch, "_torch", "_disk", "_sandbox", "_pupil")
    said = lamarck("doctor")
    assert said.code == 1
    assert "missing extra report: plotext not installed; type: pip install 'lamarck-lm[report]'" in said.out


def test_a_check_that_fails_hides_no_other(lamarck: Lamarck, monkeypatch: pytest.MonkeyPatch):
    def burning() -> Any:
        raise RuntimeError("on fire")

    monkeypatch.setattr("lamarck.cli.doctor._disk", burning)
    monkeypatch.setattr("lamarck.cli.doctor._sandbox", lambda: iter([Finding("sandbox", "stands")]))
    unlooked(monkeypatch, "_torch", "_pupil")
    said = lamarck("doctor")
    assert (said.code, "missing burning: does not work; unexpected RuntimeError: on fire" in said.out) == (1, True)
    assert "ok      sandbox: stands" in said.out
