"""Every prompt that a recipe mentions can be asked: it has a text whose slots are given, or a pupil renders it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from tests.recipes.worlds import WORLDS, World

from lamarck import prompts
from lamarck.core import Limits, Objective, UsageError, change, describe, run
from lamarck.operators import table
from lamarck.recipes import load, names
from lamarck.testing import MemoryStore, RecordingTrainer, ToyEnvironment, context

TOY = ToyEnvironment()
FOLDER = Path(next(iter(prompts.__path__)))
TEXTS = {path.relative_to(FOLDER).with_suffix("").as_posix(): path for path in sorted(FOLDER.rglob("*.md"))}
PUPILS = sorted((FOLDER.parent / "models" / "pupil").glob("*/prompts.json"))
SLOT = re.compile(r"\{([a-z_]+)\}")
NAME = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z_]*")
OPTIONS: dict[str, dict[str, Any]] = {
    "evo_merge": {"sources": ("scripted/0.4", "scripted/0.5")},
    "llm_judge": {"anchors": 4, "against": "judge"},
    "chateval": {"against": "judge"},
    "alpacafarm": {"against": "judge"},
    "promptbreeder": {"population": 4},
    "self_rewarding": {"prompts": 4, "seeds": 4},
    "self_instruct": {"prompts": 4, "fewest": 1},
    "spin": {"prompts": 4},
    "evolutionary_agent": {"population": 4, "survivors": 2},
    "humpback": {"seeds": 4, "passages": 4},
    "kun": {"seeds": 4, "passages": 4},
    "selective_reflection_tuning": {"seeds": 4},
    "unnatural_instructions": {"prompts": 4},
    "solid": {"types": 1, "names": 1},
    "ultrachat": {"topics": 1, "subtopics": 1, "openings": 1, "writings": 1, "passages": 4},
    "ditto": {"characters": 4, "questions": 1},
    "wizardlm2": {"slices": 2},
    "self_align": {"prompts": 4, "topics": 1, "shortest": 0, "longer": 0},
    "rest": {"seeds": 4, "samples": 2},
    "ada_instruct": {"prompts": 4, "epochs": 2},
    "code_llama": {"prompts": 4},
    "tran": {"rounds": 2},
    "iml": {"rounds": 2},
    "tim": {"rounds": 2},
    "memorybank": {"days": 2},
    "v_star": {"candidates": 2, "examples": 4},
}
"""What a recipe cannot do without, and what makes it small."""
FEW = {"evaluation.protected": 0, "evaluation.samples": 1, "evaluation.limit": 2, "rounds": 1}
OWN = {*TOY.tasks("practice", 1, 0, Objective(ability=""))[0].fields, *TOY.brief(Objective(ability=""), 0)}
"""Fields that the toy's tasks and briefs have; another environment's are other ones."""


def strings(described: object) -> Iterator[str]:
    """Every text in a described method, in whatever depth."""
    if isinstance(described, str):
        yield described
    elif isinstance(described, Mapping):
        for value in cast("Mapping[str, object]", described).values():
            yield from strings(value)
    elif isinstance(described, list):
        for value in cast("list[object]", described):
            yield from strings(value)


def mentioned(name: str) -> set[str]:
    """The prompts that a recipe and its ablations mention, whatever operator holds them."""
    recipe, options = load(name), OPTIONS.get(name, {})
    methods = [recipe(**options), *(recipe(ablate=[ablation], **options) for ablation in recipe.ablations)]
    found = {text for method in methods for text in strings(describe(method)) if NAME.fullmatch(text)}
    return {text for text in found if not text.startswith(("scripted/", "pupil/"))}


@cache
def asked(name: str) -> dict[str, set[str]]:
    """Each prompt that a small run of the recipe asks or trains on, with the fields it always has."""
    recipe, found = load(name), dict[str, set[str]]()
    world, trainer = WORLDS.get(name, World()), RecordingTrainer(right=TOY.taught)
    spy = world.models
    for ablation in ((), *((one,) for one in recipe.ablations)):
        method: Any = recipe(ablate=ablation, **OPTIONS.get(name, {}))
        for path, value in FEW.items():
            try:
                method = change(method, path, lambda _owner, _old, value=value: value)
            except UsageError:
                continue  # not every evaluation has it
        store, limits = MemoryStore(), Limits(tasks=4, samples=4)
        roles = {"judge": "scripted/0.1", "reward_model": "scripted/0.1"}
        ctx = context(
            learner="scripted/0.4",
            roles=roles,
            environment=world.environment,
            models=spy,
            trainer=trainer,
            store=store,
            labels=recipe.labels,
        )
        run(method, replace(ctx, limits=limits))
        kept = [e.keep for made in store.phases.values() for e in getattr(made, "batch", ()) if e.keep]
        for prompt in (*(call.request.prompt for call in spy.calls), *kept):
            fields = set(prompt.fields)
            found[prompt.name] = found.get(prompt.name, fields) & fields
    return found


REMEMBERED = {
    "reminded", "records", "old", "new", "notes", "drafts", "earlier", "summary", "portrait", "talk", "norm", "core",
    "queue", "leaving", "before", "craft",
}  # fmt: skip
"""Fields with what memory holds, or what was said and done in a run."""


@pytest.mark.parametrize("name", names())
def test_every_prompt_of_a_recipe_is_a_text_or_a_pupils(name: str):
    rendered = {key for path in PUPILS for key in json.loads(path.read_text(encoding="utf-8"))}
    missing = mentioned(name) - TEXTS.keys() - rendered
    assert not missing, f"write src/lamarck/prompts/<name>.md for {sorted(missing)}"


@pytest.mark.parametrize("name", names())
def test_the_slots_of_a_text_are_fields_that_every_environment_gives(name: str):
    for prompt, fields in asked(name).items():
        if prompt in TEXTS:
            slots = set(SLOT.findall(TEXTS[prompt].read_text(encoding="utf-8")))
            assert slots <= fields - OWN, f"{prompt}.md shows {sorted(slots - (fields - OWN))}; {sorted(fields - OWN)}"


def test_what_the_recipes_ask_is_seen():
    assert asked("star").keys() >= {"star/rationale", "star/rationalize", "star/answer"}
    assert asked("lmsi").keys() >= {"lmsi/shots_rationale", "lmsi/shots_answer", "lmsi/step_by_step", "lmsi/answer"}
    assert asked("self_rewarding").keys() >= {"self_instruct/task", "self_rewarding/judge"}
    assert "answer" in asked("star")["star/rationalize"]
    assert "answer" not in asked("star")["star/rationale"]


def test_no_text_is_left_over():
    defaults = {str(getattr(operator, "prompt", "")) for operator in table().values()}
    used = defaults.union(*(mentioned(name) for name in names()))
    assert not TEXTS.keys() - used


def test_a_comparison_shows_the_task_and_both_answers():
    assert set(SLOT.findall(TEXTS["win_rate/compare"].read_text(encoding="utf-8"))) == {
        "task", "reference", "first", "second", "fence",
    }  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_plain(name: str):
    text = TEXTS[name].read_text(encoding="utf-8")
    assert text == text.strip() + "\n"
    assert len(SLOT.findall(text)) == text.count("{") == text.count("}")


def test_what_was_remembered_or_experienced_stands_between_marks():
    """Anybody may have written it: it is shown as data, between two lines with a number that it cannot know."""
    outside = dict[str, set[str]]()
    for name, path in TEXTS.items():
        within = False
        for line in path.read_text(encoding="utf-8").splitlines():
            if "{fence}>>" in line:
                within = not line.startswith("<<end ")
            elif not within and (shown := REMEMBERED & set(SLOT.findall(line))):
                outside.setdefault(name, set()).update(shown)
    assert not outside
    assert sum("{reminded}" in path.read_text(encoding="utf-8") for path in TEXTS.values()) > 5
