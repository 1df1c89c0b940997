"""`lamarck diff` on recipes and on learners of a run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Lamarck

from lamarck.core import Entry, Learner, ModelRef, Phase
from lamarck.memory import Versions
from lamarck.store import RunInfo, RunStore

pytestmark = pytest.mark.usefixtures("lamarck")


def kept(name: str, change: Callable[[Learner, Versions], Learner]) -> str:
    """A run that holds one learner. Out: how people call it."""
    learner = Learner(model=ModelRef(name="scripted/0.5", digest="a" * 64))
    with RunStore.hold(
        Path("runs") / name, RunInfo(recipe="rest_em", learner="scripted/0.5", environment="toy")
    ) as store:
        made = change(learner, Versions(store.disk))
        store.keep(learner)
        store.commit(Phase(stage=0, round=1, name="updating"), Learner, lambda: made)
    return f"{name}:{made.hash}"


def test_two_recipes_differ_slot_by_slot(lamarck: Lamarck):
    said = lamarck("diff", "rest_em", "mot")
    assert said.code == 0, said
    assert "Remember" in said.out
    assert "Verifier" in said.out


def test_a_recipe_does_not_differ_from_itself(lamarck: Lamarck):
    assert "are the same" in lamarck("diff", "rest_em", "rest_em").out


def test_two_learners_differ_in_prompt_and_memory(lamarck: Lamarck):
    one = kept("one", lambda learner, memory: replace(learner, memory=memory.commit("", [Entry(text="the cat sat")])))
    two = kept("two", lambda learner, _: replace(learner, prompt="Think first."))
    said = lamarck("diff", one, two)
    assert said.code == 0, said
    for text in ("memory: 1 entries only in one", "the cat sat", "+Think first."):
        assert text in said.out, text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("rest_em rest_en", "unknown recipe 'rest_en': did you mean rest_em"),
        ("rest_em mine:champion", "are not of one sort"),
        ("mine:champion mine:champion", "unknown run 'mine'"),
        ("rest_em", "Missing argument"),
    ],
)
def test_a_refusal_is_one_line(lamarck: Lamarck, words: str, line: str):
    said = lamarck("diff", *words.split())
    assert said.code == 2, said
    assert line in said.err
