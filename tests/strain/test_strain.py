"""The rows that strain the slots most: each is a short file that the checker passes, and refuses once it is broken."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.strain import operators as stub

from lamarck.core import Recipe, RecipeError, check, describe, stages, without
from lamarck.core.edit import Change

OPTIONS: dict[str, dict[str, Any]] = {
    "autoact": {},
    "conpet": {"label_sets": ("birds", "fish")},
    "evo_merge": {"sources": ("scripted/0.4", "scripted/0.5")},
    "evolutionary_agent": {},
    "memgpt": {},
    "mot": {},
    "promptbreeder": {},
    "robocat": {"skills": ("stack", "sort")},
    "sinvig": {},
    "wizardlm2": {},
}
WANTED = "which no earlier operator writes"
BROKEN: dict[str, tuple[Change, str]] = {
    "autoact": (without("solutions"), f"feedback: Verifier reads 'solution', {WANTED}; add a solutions operator"),
    "conpet": (without("solutions"), f"updating: SFT reads 'solution', {WANTED}; add a solutions operator"),
    "evo_merge": (without("tasks.PerCandidate"), f"updating: EvolveMerge reads 'author', {WANTED}"),
    "evolutionary_agent": (without("feedback"), f"updating: EvolveProfiles reads 'feedback', {WANTED}"),
    "memgpt": (without("solutions"), f"updating: RememberWrites reads 'writes', {WANTED}"),
    "mot": (without("feedback"), f"refinement: Certain reads 'feedback', {WANTED}; add a feedback operator"),
    "promptbreeder": (without("breed.tasks.PerCandidate"), f"updating: EvolvePrompts reads 'author', {WANTED}"),
    "robocat": (without("feedback"), f"refinement: Hindsight reads 'feedback', {WANTED}; add a feedback operator"),
    "sinvig": (without("play.solutions"), f"feedback: Verifier reads 'solution', {WANTED}; add a solutions operator"),
    "wizardlm2": (without("refinement.BestWorst"), f"updating: DPO reads 'rejected', {WANTED}; add refinement.Best"),
}
"""What to break in each row, and what the checker then says."""
ROWS = sorted(OPTIONS)
HERE = Path(__file__).parent


def row(name: str) -> Recipe:
    return getattr(import_module(f"tests.strain.{name}"), name)


def test_every_row_is_here():
    files = {path.stem for path in HERE.glob("*.py")} - {"operators", "updates", "test_strain"}
    assert files == OPTIONS.keys() == BROKEN.keys()


@pytest.mark.parametrize("name", ROWS)
def test_it_builds_and_the_checker_passes_it(name: str):
    method = row(name)(**OPTIONS[name])
    assert stages(method)
    assert method == row(name)(**OPTIONS[name])


@pytest.mark.parametrize("name", ROWS)
def test_it_is_plain_data(name: str):
    method = row(name)(**OPTIONS[name])
    text = json.dumps(describe(method), sort_keys=True)
    assert text == json.dumps(describe(row(name)(**OPTIONS[name])), sort_keys=True)
    assert "<" not in text, "a value without a name of its own: its description would not tell two of them apart"


@pytest.mark.parametrize("name", ROWS)
def test_it_is_refused_without_an_essential_operator(name: str):
    break_, message = BROKEN[name]
    broken = break_(row(name).build(**OPTIONS[name]))
    with pytest.raises(RecipeError) as refused:
        check(name, broken, row(name).labels)
    assert any(fault.startswith(f"{name}.") and message in fault for fault in refused.value.faults), refused.value


@pytest.mark.parametrize(("name", "ablation"), [(name, a) for name in ROWS for a in row(name).ablations])
def test_each_ablation_changes_it_and_passes_the_checker(name: str, ablation: str):
    options = OPTIONS[name]
    assert describe(row(name)(ablate=[ablation], **options)) != describe(row(name)(**options))


@pytest.mark.parametrize("name", ROWS)
def test_it_is_a_short_file_named_after_the_method(name: str):
    assert 25 <= len((HERE / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 45
    assert row(name).title.endswith(".")


def test_a_stub_says_when_it_comes():
    with pytest.raises(NotImplementedError, match="BestWorst comes with step 2"):
        stub.BestWorst()([], None)  # type: ignore[arg-type]
