"""Where programs of models run: one sandbox, looked at before anything is paid for, and closed whatever happens."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lamarck.api.worlds import walled
from lamarck.core import UsageError
from lamarck.environments import from_tasks, load
from lamarck.environments.code.box import Box
from lamarck.sandbox import Sandbox


class Walls:
    """An environment that says what it was asked."""

    def __init__(self, *, safe: bool) -> None:
        self.safe, self.asked, self.closed = safe, list[bool](), 0

    def isolate(self, *, unsafe: bool) -> Mapping[str, Any]:
        self.asked.append(unsafe)
        if not (self.safe or unsafe):
            raise UsageError("no safe place on this machine")
        return {"tier": 1 if self.safe else 4, "active": ["limits"]}

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("unsafe", [True, False])
def test_a_run_asks_first_and_closes_after(unsafe: bool) -> None:
    world: Any = Walls(safe=True)
    with walled(world, unsafe=unsafe) as walls:
        assert walls["tier"] == 1
        assert not world.closed
    assert (world.asked, world.closed) == ([unsafe], 1)


def test_no_run_begins_where_nothing_isolates_unless_it_is_asked_for() -> None:
    world: Any = Walls(safe=False)
    with pytest.raises(UsageError, match="no safe place"), walled(world, unsafe=False):
        raise AssertionError("the run began")
    assert world.closed == 1
    with walled(world, unsafe=True) as walls:
        assert walls["tier"] == 4


def test_an_environment_without_programs_needs_no_walls() -> None:
    with walled(load("game24"), unsafe=False) as walls:
        assert walls == {}


def test_only_checks_that_run_programs_ask_for_walls(tmp_path: Path) -> None:
    file = tmp_path / "sums.jsonl"
    file.write_text("".join(f'{{"question": "{n}+1?", "answer": "{n + 1}"}}\n' for n in range(4)))
    with walled(from_tasks(str(file), check="numeric"), unsafe=False) as walls:
        assert walls == {}
    mine = tmp_path / "mine.py"
    mine.write_text("def right(answer, label):\n    return answer == label\n")
    with walled(from_tasks(str(file), check=f"{mine}:right"), unsafe=False) as walls:
        assert walls == {}


def test_a_closed_box_opens_again(isolates: None) -> None:
    box = Box()
    first = box.isolate()
    box.close()
    assert box.isolate() == first
    box.close()
    box.close()


@pytest.fixture
def isolates() -> None:
    """Skips where this machine lacks bubblewrap or namespaces."""
    with Sandbox(workers=1) as sandbox:
        try:
            if sandbox.layers.tier > 1:
                pytest.skip("; ".join(sandbox.layers.missing))
        except UsageError as error:
            pytest.skip(str(error).splitlines()[1])
