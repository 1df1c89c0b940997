"""Collapse on a transformer that is trained: eight generations on its own texts alone are seen, accumulating is not."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.trust.corpus import Corpus, WithReal, generations

from lamarck.api.machine import Machine, machine
from lamarck.api.watching import monitors
from lamarck.core import Context, Finding, Job, Learner, Operator, Row, put, run
from lamarck.environments import load
from lamarck.operators import refinement
from lamarck.testing import MemoryStore, context
from lamarck.trust import Open
from lamarck.trust.monitors import Collapse, Warned

pytestmark = pytest.mark.slow
GENERATIONS = 8


@dataclass(frozen=True, kw_only=True)
class Numbers(Corpus):
    """The corpus in words that the pupil can say: whole numbers up to 199."""

    vocabulary: int = 200
    kind: str = "exec"

    @property
    def words(self) -> list[str]:
        return [str(i) for i in range(self.vocabulary)]


@pytest.fixture(scope="module")
def here() -> Generator[tuple[Machine, Learner, str]]:
    """A pupil that has read the corpus."""
    with tempfile.TemporaryDirectory() as folder, machine(load("listmachine"), 1, Path(folder)) as at:
        pupil, corpus = at.models.learner("pupil/listmachine"), Numbers()
        render = at.models.open(pupil).render
        rows = [
            Row(messages=(*render(e.task.prompt), *e.solution.messages), learn=(False, True))
            for e in corpus.examples(6400, 7)
            if e.solution
        ]
        settings = {**at.models.card(pupil.model, "sft"), "steps": 200, "batch": 32}
        trained = at.trainer.fit(pupil.model, Job(loss="sft", rows=rows, settings=settings, seed=7), folder)
        yield at, replace(pupil, model=trained.model), folder


def found(here: tuple[Machine, Learner, str], slot: tuple[Operator, ...]) -> list[Finding]:
    """What the monitor said, generation by generation."""
    (at, base, folder), store, corpus = here, MemoryStore(), Numbers()
    store.learners = folder
    standard = monitors("react")[0]
    assert isinstance(standard, Collapse)
    ctx: Context = context(
        learner="pupil/listmachine", environment=corpus, models=at.models, trainer=at.trainer, store=store, gate=Open()
    )
    watched = Warned(of=replace(standard, words=1000, tasks=20))
    method = put("updating.steps", 30)(generations(slot, GENERATIONS))
    run(method, replace(ctx, learners={"learner": base}, executor=at.executor, monitors=(watched,)))
    return [made[0] for where, made in store.phases.items() if where.name == "monitors"]


def test_replacing_loses_the_tails_and_accumulating_does_not(here: tuple[Machine, Learner, str]):
    replaced, accumulated = found(here, ()), found(here, (WithReal(), refinement.Accumulate()))
    assert any(one.alarm for one in replaced)
    assert not any(one.alarm for one in accumulated)
    assert replaced[-1].figures["real loss"] > 1.1 * replaced[0].figures["real loss"]
    assert accumulated[-1].figures["real loss"] < 1.05 * accumulated[0].figures["real loss"]
