"""Every recipe runs two rounds on the scripted model, and does what its trace says: a new recipe is tested by existing.

The traces lie in ``traces/``. After a change on purpose type LAMARCK_WRITE_TRACES=1 pytest tests/recipes and read the
diff.
"""

import json
import os
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from tests.recipes.worlds import WORLDS, World

from lamarck.core import Executor, Method, describe, run
from lamarck.executors.streaming import Streaming
from lamarck.recipes import load, names
from lamarck.testing import MemoryStore, context

TRACES = Path(__file__).parent / "traces"
REWRITE = bool(os.environ.get("LAMARCK_WRITE_TRACES"))
SMALL: dict[str, dict[str, Any]] = {
    "self_rewarding": {"prompts": 24},
    "llm_judge": {"anchors": 24},
    "wizardlm": {"seeds": 24},
    "wizardcoder": {"seeds": 24},
    "diverse_evol": {"pool": 60, "picks": 8},
    "promptbreeder": {"population": 6, "questions": 12},
    "evolutionary_agent": {"population": 4, "survivors": 2, "questions": 6},
    "humpback": {"seeds": 24, "passages": 24},
    "kun": {"seeds": 24, "passages": 24},
    "selective_reflection_tuning": {"seeds": 24},
    "self_instruct": {"prompts": 24, "fewest": 1},
    "unnatural_instructions": {"prompts": 24},
    "memorybank": {"days": 2},
    "meel": {"seeds": 8},
    "solid": {"types": 1, "names": 1, "entities": 12},
    "ultrachat": {"topics": 1, "subtopics": 2, "openings": 2, "writings": 1, "passages": 4},
    "ditto": {"characters": 12, "questions": 1},
    "wizardlm2": {"slices": 2, "picks": 8, "samples": 2},
    "reflexion": {"episodes": 4, "others": 2},
    "ice": {"errands": 6, "others": 2},
    "proagent": {"others": 4},
    "agent_pro": {"games": 6, "others": 4},
    "ua2": {"errands": 6, "others": 2},
    "self_align": {"prompts": 12, "topics": 2, "shortest": 1, "longer": 1},
    "rest": {"seeds": 24, "samples": 4},
    "ada_instruct": {"prompts": 24},
    "code_llama": {"prompts": 12, "samples": 4},
}
"""Options beside the rounds without which a recipe takes longer than a second."""
NEEDED: dict[str, dict[str, Any]] = {"evo_merge": {"sources": ("scripted/0.3", "scripted/0.6")}}
"""Options without a default."""


def built(name: str, **more: Any) -> Method:
    return load(name)(**NEEDED.get(name, {}), **more)


JUDGED = (
    *("llm_judge", "chateval", "alpacafarm", "self_instruct", "wizardlm", "wizardlm2", "self_align"),
    *("selective_reflection_tuning", "ultrachat", "evolutionary_agent", "aesopagent"),
)
RATED = ("reward_score", "rest")
ROLES = {name: {"judge": "scripted/0.2"} for name in JUDGED}
ROLES.update((name, {"reward_model": "scripted/0.2"}) for name in RATED)
"""Whom a recipe cannot do without."""
SEARCHES = ("evo_merge",)
"""Recipes whose learners' error rates depend on the processor."""


def trace(name: str, executor: Executor | None = None) -> str:
    recipe, store = load(name), MemoryStore()
    options: dict[str, Any] = {"rounds": 2} if "rounds" in recipe.options else {}
    world = WORLDS.get(name, World())
    ctx = context(
        environment=world.environment,
        models=world.models,
        store=store,
        labels=recipe.labels,
        executor=executor,
        roles=ROLES.get(name),
    )
    run(built(name, **options, **SMALL.get(name, {})), ctx)
    # the signs of eigenvectors differ from processor to processor, and with them where CMA-ES looks next
    return re.sub(r"scripted/0\.\d+", "scripted/found", store.trace()) if name in SEARCHES else store.trace()


@pytest.mark.parametrize("name", names())
def test_it_does_what_its_trace_says(name: str):
    found = trace(name)
    file = TRACES / f"{name}.txt"
    if REWRITE:
        file.write_text(found, encoding="utf-8")
    assert file.is_file(), f"no trace of {name} yet; type LAMARCK_WRITE_TRACES=1 pytest tests/recipes"
    assert found == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", names())
def test_many_threads_change_nothing(name: str):
    assert trace(name, Streaming(threads=8)) == (TRACES / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", names())
def test_every_ablation_builds_and_changes_something(name: str):
    recipe = load(name)
    assert recipe.ablations, "every recipe says how to switch its essential mechanism off"
    for ablation in recipe.ablations:
        assert describe(built(name, ablate=[ablation])) != describe(built(name)), ablation


APART = {("memorybank", "portrait", "summary"), ("tim", "agree", "thoughts")}
"""Mechanisms that cannot both be off: without both nothing is left to remember, or one already took the other out."""


@pytest.mark.parametrize("name", names())
def test_any_two_mechanisms_can_be_off_together(name: str):
    for two in combinations(sorted(load(name).ablations), 2):
        if (name, *two) not in APART:
            assert describe(built(name, ablate=two)) == describe(built(name, ablate=reversed(two)))


@pytest.mark.parametrize("name", names())
def test_it_is_plain_data(name: str):
    assert "<" not in json.dumps(describe(built(name)))


def test_no_trace_is_left_over():
    assert {file.stem for file in TRACES.glob("*.txt")} == set(names())
