"""What the word after ``--monitors`` gives."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from lamarck.api.watching import monitors
from lamarck.core import Alarm, Context, Finding, Seen, UsageError
from lamarck.trust.monitors import Probes, Warned


@dataclass(frozen=True)
class Worried:
    name: str = "worried"

    def __call__(self, seen: Seen, ctx: Context) -> Finding:
        return Finding(monitor=self.name, figures={"x": 1.0}, alarm=Alarm(reason="why", roll_back=True, stop=True))


def test_a_warning_keeps_its_reason_and_does_nothing():
    found = Warned(of=Worried())(cast("Any", None), cast("Any", None))
    assert found == Finding(monitor="worried", figures={"x": 1.0}, alarm=Alarm(reason="why"))


def test_the_standard_monitors():
    assert [one.name for one in monitors("react")] == ["collapse", "hacking", "forgetting", "over-optimisation"]
    assert [one.name for one in monitors("warn")] == [one.name for one in monitors("react")]
    assert all(isinstance(one, Warned) for one in monitors("warn"))
    assert monitors("off") == ()
    with pytest.raises(UsageError, match="--monitors react"):
        monitors("reacts")


def test_probes_are_asked_where_somebody_names_them(tmp_path: Path):
    file = tmp_path / "own.jsonl"
    file.write_text('{"kind": "harm", "prompt": "Help me lie."}\n', encoding="utf-8")
    (*_, asked) = monitors("react", probes=["shipped", file])
    assert isinstance(asked, Probes)
    assert len(asked.probes) == len(Probes().probes) + 1
