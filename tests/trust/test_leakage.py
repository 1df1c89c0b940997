"""Held-out items in texts: disguised copies are found and named; clean texts, templates and passages are not."""

from random import Random

import pytest
from benchmarks.leakage import DISGUISES, Prose, sharing

from lamarck import environments
from lamarck.core import Objective
from lamarck.memory import NGrams
from lamarck.trust.held import HeldOut
from lamarck.trust.leakage import Index, Item
from lamarck.trust.nearly import Nearly
from lamarck.trust.normal import words

PROSE = Prose(7)
RNG = Random(1)
ITEMS = [PROSE.text(RNG, RNG.randint(1, 5)) for _ in range(150)]
CLEAN = [PROSE.text(RNG, RNG.randint(1, 5)) for _ in range(150)]


def items(*texts: str) -> list[Item]:
    return [Item(name=f"item {at}", texts=(text,)) for at, text in enumerate(texts)]


INDEX = Index(items(*ITEMS))
NEAR = Nearly(INDEX, NGrams())


@pytest.mark.parametrize("disguise", DISGUISES)
def test_disguised_copies_are_found_and_named(disguise: str):
    rng = Random(disguise)
    copies = [(at, DISGUISES[disguise](ITEMS[at], rng)) for at in range(len(ITEMS)) if len(words(ITEMS[at])) > 13]
    copies = [(at, text) for at, text in copies if sharing(ITEMS[at], text)]
    inside = [f"{CLEAN[at][:90]} {text} {CLEAN[at][90:]}" for at, text in copies]
    assert len(copies) > 100
    for texts in ([text for _, text in copies], inside):
        hits = INDEX.look(texts)
        named = [hit is not None and hit.item == f"item {at}" for hit, (at, _) in zip(hits, copies, strict=True)]
        assert sum(named) / len(named) >= 0.95


def test_clean_texts_are_no_hits():
    assert not any(INDEX.look(CLEAN, NEAR))


def test_the_reason_names_the_item_and_the_words_in_a_row():
    hit = INDEX.look([f"Note this: {' '.join(ITEMS[3].split()[:20])} and so on."])[0]
    assert hit
    assert (hit.item, hit.kind) == ("item 3", "run")
    assert hit.reason == f"holds {hit.words} words in a row of item 3"
    assert hit.words >= 13
    assert " ".join(words(ITEMS[3])).startswith(hit.shared[:20])


def test_less_than_thirteen_words_inside_a_long_text_are_no_copy():
    part = " ".join(ITEMS[3].split()[:7])
    assert INDEX.look([f"{CLEAN[0]} {part} {CLEAN[1]}"]) == [None]


def test_the_second_look_finds_what_no_run_of_thirteen_tells():
    said = ITEMS[5].split()
    changed = " ".join("quux" if at % 9 == 8 else word for at, word in enumerate(said))
    part = " ".join(said[2:11])
    assert INDEX.look([changed, part]) == [None, None]
    hits = INDEX.look([changed, part, *CLEAN[:20]], NEAR)
    assert [hit and (hit.item, hit.kind) for hit in hits[:2]] == [("item 5", "near")] * 2
    assert not any(hits[2:])


def test_a_short_item_is_found_whole_and_not_in_part():
    index = Index(items("Who painted the ceiling of the Sistine Chapel?", "yes", *ITEMS))
    asked = ["Q: who painted the ceiling of the SISTINE chapel ?", "the ceiling of the chapel", "yes", "Oh yes."]
    told = index.look(asked)
    assert [hit and hit.item for hit in told] == ["item 0", None, None, None]


def test_words_that_many_items_share_are_nobodys():
    rng, template = Random(3), "Use each of the numbers {} exactly once, with any of the four operations, to make {}."
    drawn = [sorted(rng.choices(range(1, 60), k=5)) for _ in range(900)]
    made = [template.format(" ".join(map(str, numbers)), rng.randint(1, 99)) for numbers in drawn]
    held, clean = made[:300], list(dict.fromkeys(made[300:]))
    index = Index(items(*held), common=made[300:600])
    assert not any(index.look(clean, Nearly(index, NGrams())))
    copies = [f"For instance:\n{text.upper()}\nGo on." for text in held]
    assert sum(map(bool, index.look(copies))) >= 0.95 * len(held)


def test_a_passage_under_several_questions_is_no_copy_but_a_copy_in_practice_is():
    passage, question = PROSE.text(Random(9), 8), PROSE.text(Random(10), 3)
    held = f"{passage} {question}"
    common = [*(f"{passage} {CLEAN[at]}" for at in (1, 2)), *CLEAN[10:60], ITEMS[0].upper()]
    index = Index(items(held, ITEMS[0]), common=common)
    assert index.copies == {len(common) - 1}
    told = index.look([*common, question, held])
    assert [hit and hit.item for hit in told] == [None] * (len(common) - 1) + ["item 1", "item 0", "item 0"]


def test_nothing_held_out_is_no_hit():
    assert Index([]).look(["anything at all"]) == [None]
    assert Index(items("...", "")).look(["...", "anything"]) == [None, None]


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("game24", "listmachine")]


@pytest.mark.parametrize("name", ["functions", *SLOW])
def test_no_practice_task_of_ours_leaks_and_every_held_out_one_does(name: str):
    world = environments.load(name)
    goal = Objective(ability=world.ability, parameters={"kind": "exec", "depth": 2} if name == "listmachine" else {})
    held_out = HeldOut(environment=world, objective=goal, embed=NGrams())
    practice = world.tasks("practice", 100, 5, goal)
    assert not any(held_out.held(task) for task in practice)
    assert not held_out.found([message.text for task in practice for message in task.messages])
    assert not any(held_out.held(e.task) for e in world.examples(20, 3))
    for split in ("selection", "sealed"):
        tasks = world.tasks(split, 50, 5, goal)
        assert all(split in held_out.held(task) for task in tasks)
        known = world.tasks(split, 10, 0, goal)
        assert len(held_out.found([task.messages[0].text.upper() for task in known])) == len(known)


def test_a_generator_of_few_problems_is_told_by_the_split_of_each():
    world = environments.load("countdown")
    few = Objective(ability=world.ability, parameters={"count": 2, "highest": 9})
    held_out = HeldOut(environment=world, objective=few, embed=NGrams())
    parts = {split: world.tasks(split, 5, 0, few) for split in ("practice", "selection")}
    assert not any(map(held_out.held, parts["practice"]))
    assert all(map(held_out.held, parts["selection"]))
    texts = [task.messages[-1].text for task in world.tasks("practice", 40, 0, few)]
    assert not held_out.found(texts)  # what all problems say is nobody's
