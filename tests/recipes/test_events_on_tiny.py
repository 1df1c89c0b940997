"""A decoder of some twenty thousand weights learns the hidden laws of EvIT's and MEEL's events by their rows."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
import torch
from tests.recipes import test_evit, test_meel
from tests.recipes.tiny import ASKED, END, Tiny, taught

from lamarck.core import Experience
from lamarck.operators.branching import BELOW, RELATIONS
from lamarck.operators.tasks import MineEvents
from lamarck.recipes import evit, meel
from lamarck.testing import context

CHOICES = {*evit.CHOOSE, *meel.CHOOSE}


@torch.no_grad()
def likeliest(model: Tiny, asked: str, options: list[str]) -> str:
    """The option that the decoder finds likeliest, each with all others in view."""

    def likelihood(option: str) -> float:
        shown, said = model.vocabulary.encode(asked), [*model.vocabulary.encode(option), END]
        logits = model(torch.tensor([[*shown, ASKED, *said]]))[0, len(shown) : len(shown) + len(said)]
        return float(logits.log_softmax(-1)[torch.arange(len(said)), torch.tensor(said)].sum())

    return max(options, key=likelihood)


def shown(first: str, relation: str, options: str = "") -> str:
    """What is asked, in as few words as it takes."""
    return f"{first} {relation.replace(BELOW, ' ')} {options}"


@cache
def reader(*ablate: str, seed: int = 0) -> Tiny:
    """A decoder that has read the rows of an EvIT run."""
    kept = test_evit.ran(*ablate, seed=seed).kept
    rows = [
        (shown(e.task.fields["head"], e.task.fields["relation"], _options(e)), e.solution.text)
        for e in kept
        if e.solution
    ]
    return taught(rows, steps=400, seed=seed)


def _options(e: Experience) -> str:
    return e.task.fields["options"] if e.prompt.name in CHOICES else ""


def chosen(model: Tiny) -> float:
    """Share of events about unseen things whose other event is chosen among four."""
    asked = MineEvents()([Experience(task=task) for task in test_evit.UNSEEN.documents], context(labels="train"))
    hits = 0
    for e in asked:
        text = shown(e.task.fields["head"], e.task.fields["relation"])
        right = e.task.reference.read() if e.task.reference else ""
        hits += likeliest(model, text, test_evit.options(e)) == right
    return hits / len(asked)


@cache
def foreseer(*ablate: str) -> Tiny:
    """A decoder that has read the verbs of a MEEL run's rows."""
    kept = [e for e in test_meel.ran(*ablate).kept if e.solution]
    rows = [
        (shown(test_meel.verb(e.task.fields["start"]), e.task.fields["relation"]), test_meel.verb(e.solution.text))
        for e in kept
        if e.solution
    ]
    return taught(rows, steps=1500)


def foreseen(model: Tiny, hops: int) -> float:
    """Share of verbs so many steps from one that are chosen among four."""
    rng, hits = Random(1), 0
    for _ in range(100):
        first, steps = rng.choice(test_meel.VERBS), rng.choices(RELATIONS, k=hops)
        right = test_meel.led(first, *steps)
        verbs = [right, *rng.sample([one for one in test_meel.VERBS if one != right], 3)]
        hits += likeliest(model, shown(first, BELOW.join(steps)), verbs) == right
    return hits / 100


@pytest.mark.slow
def test_what_leads_to_what_is_known_of_things_that_were_never_read_of():
    assert chosen(reader()) >= 0.9


@pytest.mark.slow
def test_tails_that_are_dealt_out_teach_nothing():
    assert (chosen(reader("tails")) + chosen(reader("tails", seed=1))) / 2 <= 0.4


@pytest.mark.slow
def test_two_steps_are_foreseen_by_who_read_of_two_and_by_nobody_else():
    assert foreseen(foreseer(), 2) >= 0.5
    assert foreseen(foreseer("hops"), 1) >= 0.9
    assert foreseen(foreseer("hops"), 2) <= 0.35
