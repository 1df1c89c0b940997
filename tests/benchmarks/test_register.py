"""A plan is written before its runs, and runs of another plan or of other code are not mixed with them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.evidence.register import NAME, Version, digest, enter, read, version
from tests.benchmarks.literal import PLAN

from lamarck.core import UsageError

ITEMS = {"0": ["a", "b"], "1": ["c", "d"]}
OLD = Version(package="0.1.0", commit="v1", code="aaaa")
NEW = Version(package="0.1.0", commit="v1-dirty", code="bbbb")


def begun(place: Path) -> None:
    (place / "recipe-0").mkdir(parents=True)
    (place / "recipe-0" / "run.json").write_text("{}")


def test_everything_that_is_fixed_is_in_the_file(tmp_path: Path):
    enter(tmp_path, PLAN, ITEMS, OLD)
    told = json.loads((tmp_path / NAME).read_text())
    assert told["items"] == ITEMS
    assert told["plan"]["arms"]["off"]["ablate"] == ["verifier"]
    assert told["plan"]["stop"].startswith("Every seed of every arm runs")
    assert told["plan"]["claims"][0]["required"] is True
    assert told["versions"][0]["code"] == "aaaa"
    assert read(tmp_path).digest == digest(PLAN, ITEMS)


def test_the_same_plan_goes_on_without_a_word(tmp_path: Path):
    first = enter(tmp_path, PLAN, ITEMS, OLD)
    begun(tmp_path)
    assert enter(tmp_path, PLAN, ITEMS, OLD) == first


@pytest.mark.parametrize(
    ("plan", "items"),
    [
        (replace(PLAN, rounds=3), ITEMS),
        (replace(PLAN, claims=PLAN.claims[:1]), ITEMS),
        (replace(PLAN, stop="When it looks good."), ITEMS),
        (PLAN, {**ITEMS, "1": ["c", "e"]}),
    ],
    ids=["rounds", "claims", "stopping rule", "items"],
)
def test_another_plan_is_refused_once_there_are_runs(tmp_path: Path, plan: object, items: dict[str, list[str]]):
    enter(tmp_path, PLAN, ITEMS, OLD)
    assert isinstance(plan, type(PLAN))
    enter(tmp_path, plan, items, OLD)  # nothing has run: the plan may still change
    enter(tmp_path, PLAN, ITEMS, OLD)
    begun(tmp_path)
    with pytest.raises(UsageError, match=r"runs of another plan .* --folder FOLDER"):
        enter(tmp_path, plan, items, OLD)


def test_other_code_is_refused_unless_somebody_asks_and_then_it_is_told(tmp_path: Path):
    enter(tmp_path, PLAN, ITEMS, OLD)
    begun(tmp_path)
    with pytest.raises(UsageError, match=r"code aaaa; now v1-dirty, code bbbb.* --mixed"):
        enter(tmp_path, PLAN, ITEMS, NEW)
    assert [one["code"] for one in enter(tmp_path, PLAN, ITEMS, NEW, mixed=True).versions] == ["aaaa", "bbbb"]
    assert [one["code"] for one in enter(tmp_path, PLAN, ITEMS, NEW).versions] == ["aaaa", "bbbb"]


def test_a_folder_without_a_plan_says_so(tmp_path: Path):
    with pytest.raises(UsageError, match="nothing was planned there"):
        read(tmp_path)
    (tmp_path / NAME).write_text("{")
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path)


def test_the_version_is_of_the_code_that_lies_here():
    now = version()
    assert len(now.code) == 12
    assert version().code == now.code
