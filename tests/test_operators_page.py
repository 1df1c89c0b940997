"""docs/operators.md says what is true: its classes, its statuses, its 97 rows, and no name it has not introduced."""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from lamarck import operators, recipes

PAGE = Path(__file__).parents[1] / "docs" / "operators.md"
FILES = Path(operators.__file__).parent
SLOTS = ("tasks", "solutions", "feedback", "refinement", "updating", "evaluation")
GROUPS = {
    "foundation",
    "task evolution",
    "solutions, feedback, refinement",
    "in-weight updating",
    "in-context updating",
    "evaluation",
}
"""With which rows a class comes that is not written yet."""
BEDS = {"pupil", "tiny-lm", "simulator", "scripted", "endpoint"}
PUPILS = {"game24", "synth", "exec", "families"}
METHODS = set(
    re.findall(
        r"\w+",
        """
    self_align ditto solid ultrachat sciglm evit meel self_instruct unnatural_instructions code_llama ada_instruct
    wizardlm wizardcoder wizardlm2 metamath promptbreeder humpback kun rest rest_em grath diverse_evol soft
    selective_reflection_tuning v_star lmsi star a3t lsx self_evolve ldb eto autoact knowagent debate_bias self_talk
    sotopia_pi amie salmon memorybank tim mot iml tran memgpt self_rewarding spin self_contrast ste coterrorset rlcd
    dlma sirlc safact cai self_refine self_debug reflexion critic robocat sinvig ltc self_consistency
    self_verification codet rci isr_llm iter_refinement clinical_sv rft rest_react llm2llm ssr sdft instructgpt_kl
    fusellm elastic_reset warm ama lora gpt4tools openagi conpet model_soups dare ultrafuser evo_merge ua2 ice
    aesopagent evolutionary_agent agent_pro proagent llm_judge alpacafarm reward_score chateval
    """,
    )
)
"""The survey's systems, each a recipe."""


class Class(NamedTuple):
    """A line of section 1."""

    scope: str
    status: str

    @property
    def file(self) -> str:
        """Where the page says it is, "" for one that is not written yet."""
        return self.status.strip("`") if self.status.startswith("`") else ""


def lines(header: str) -> list[list[str]]:
    """The cells of every table line under headers that begin with these cells."""
    found, inside = list[list[str]](), False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            inside = False
        elif line.startswith(header):
            inside = True
        elif inside and not line.startswith("|---"):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def named(cell: str) -> str:
    return cell.strip("`")


CLASSES = {named(cells[0]): Class(scope=cells[2], status=cells[4]) for cells in lines("| class |")}
"""By their names as recipes say them: "refinement.Filter"."""
SHORT = {name.partition(".")[2] for name in CLASSES}
ROWS = {named(cells[0]): cells[1:] for cells in lines("| recipe |")}


def stage_names(cell: str) -> tuple[str, ...]:
    """The stages a slot tells apart; () where all share it."""
    return tuple(part.partition(":")[0].strip() for part in cell.split(" / ")) if " / " in cell else ()


def test_the_tables_are_read_whole():
    text = PAGE.read_text(encoding="utf-8")
    assert len(lines("| class |")) == len(re.findall(r"^\| `\w+\.\w+` \|", text, re.M)) == len(CLASSES)
    assert {len(cells) for cells in lines("| class |")} == {5}
    assert {len(cells) for cells in ROWS.values()} == {len(SLOTS) + 1}


def test_one_name_one_class():
    assert len(SHORT) == len(CLASSES), "short names are unique over all folders"
    assert len(CLASSES) <= 95
    assert {name.partition(".")[0] for name in CLASSES} == set(operators.PHASES)


def test_what_the_page_calls_written_is_there():
    exported = operators.table()
    for name, line in CLASSES.items():
        if line.file:
            assert name in exported, f"{name} is not exported; say: not yet (group)"
            assert line.file.startswith(name.partition(".")[0] + "/")
            assert re.search(rf"\b{name.partition('.')[2]}\b", (FILES / line.file).read_text(encoding="utf-8"))
        else:
            group = re.fullmatch(r"not yet \((.*)\)", line.status)
            assert group, f"{name}: {line.status}"
            assert group[1] in GROUPS, f"{name}: {line.status}"


@pytest.mark.parametrize("name", sorted(operators.table()))
def test_an_operator_that_there_is_stands_on_the_page_as_written(name: str):
    assert name in CLASSES, f"{name} is exported, but docs/operators.md does not name it"
    folder, _, short = name.partition(".")
    file = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", short).lower()
    assert CLASSES[name].file, f"{name} is written; its status is now `{folder}/{file}.py`"
    kind = operators.table()[name]
    scope = kind.scope if hasattr(kind, "writes") else "-"
    assert CLASSES[name].scope == scope, f"{name} has scope {scope}"


def test_every_method_has_its_row_once():
    assert len(METHODS) == 97
    counts = Counter(named(cells[0]) for cells in lines("| recipe |"))
    assert counts == Counter(METHODS)


def test_every_recipe_that_ships_has_its_row():
    assert not set(recipes.names()) - ROWS.keys()


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row_fills_its_slots_with_classes_of_the_page_and_has_a_bed(name: str):
    *slots, bed = ROWS[name]
    told = {word for cell in slots for word in re.findall(r"\b[A-Z]\w*", re.sub(r"True|False|\"[^\"]*\"", "", cell))}
    assert not told - SHORT
    assert slots[-2:] != ["-", "-"], "updating and evaluation are both empty"
    assert len({stage_names(cell) for cell in slots if stage_names(cell)}) <= 1, "one row, one order of stages"
    kind, _, detail = bed.partition(": ")
    assert kind in BEDS
    assert kind != "pupil" or set(detail.split(", ")) <= PUPILS


def test_few_rows_escape_the_slots_and_the_page_names_them():
    escapes = {name for name, cells in ROWS.items() if "rewards=" in cells[SLOTS.index("updating")]}
    told = re.search(r"\*\*Three rows escape the slots\*\*: (.*?) sample inside", PAGE.read_text(encoding="utf-8"))
    assert told
    assert set(re.findall(r"`(\w+)`", told[1])) == escapes
    assert len(escapes) <= 5


def test_every_catalogue_name_goes_to_a_class_or_to_another_part():
    sources = Counter[str]()
    for cells in lines("| catalogue |"):
        sources.update(re.findall(r"`(\w+)`", cells[0]))
        targets = re.findall(r"`(\w+)\.(\w+)", cells[1])
        assert targets or cells[1].startswith("the gate"), cells
        unknown = [f"{a}.{b}" for a, b in targets if a != "lamarck" and f"{a}.{b}" not in CLASSES]
        assert not unknown, unknown
    assert len(sources) > 150
    assert not [name for name, count in sources.items() if count > 1], "one idea goes to one place"
