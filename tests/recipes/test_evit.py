"""EvIT works when these invariants hold, and each fails with its mechanism off.

Whether the rows teach the hidden law is seen by a learner that counts which word of an answer goes with which word of
what was asked, and then chooses among options about things that it never read of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from tests.recipes.rows import proofs

from lamarck.core import Experience, Objective, Phase, Row, Task, put, run
from lamarck.operators.tasks import MineEvents
from lamarck.recipes import load
from lamarck.recipes.evit import CHOOSE, TELL
from lamarck.testing import EventCorpus, MemoryStore, RecordingTrainer, ToyEnvironment, context

CORPUS = EventCorpus(n=150)
UNSEEN = EventCorpus(n=60, start=100)
"""The same law, said of other things."""


class Documents(ToyEnvironment):
    """Texts about events beside the sums that are held out."""

    def documents(self, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        return CORPUS.documents[:n]


@dataclass(kw_only=True)
class Counting:
    """How often a word of an answer went with a word of the event that was asked about."""

    both: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    heads: Counter[str] = field(default_factory=Counter[str])

    def read(self, head: str, answer: str) -> None:
        for word in set(head.casefold().split()):
            self.heads[word] += 1
            self.both.update((word, said) for said in set(answer.casefold().split()))

    def chosen(self, head: str, options: Sequence[str]) -> str:
        """The option whose words went most with the event's."""
        words = set(head.casefold().split())

        def fit(option: str) -> float:
            said = set(option.casefold().split())
            return sum(max(self.both[w, one] / max(self.heads[w], 1) for w in words) for one in said)

        return max(options, key=fit)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """The rows that were trained on, and the experiences they came from."""

    rows: Sequence[Row]
    kept: Sequence[Experience]

    @property
    def accuracy(self) -> float:
        """Share of unseen events whose tail is found among four options."""
        counting = Counting()
        for e in self.kept:
            counting.read(e.task.fields["head"], e.solution.text if e.solution else "")
        asked = MineEvents()([Experience(task=task) for task in UNSEEN.documents], context(labels="train"))
        hits = [
            counting.chosen(e.task.fields["head"], options(e)) == (e.task.reference.read() if e.task.reference else "")
            for e in asked
        ]
        return sum(hits) / len(hits)


def options(e: Experience) -> list[str]:
    return [line.partition(". ")[2] for line in e.task.fields["options"].splitlines()]


@cache
def ran(*ablate: str, seed: int = 0) -> Ran:
    recipe, store, trainer = load("evit"), MemoryStore(), RecordingTrainer(right=lambda _: True)
    ctx = context(environment=Documents(), store=store, trainer=trainer, labels=recipe.labels, seed=seed)
    run(put("evaluation.protected", 0)(recipe(ablate=ablate)), ctx)
    kept = store.batch(Phase(stage=0, round=1, name="refinement"))
    return Ran(rows=[row for job in trainer.jobs for row in job.rows], kept=kept)


def names(it: Ran) -> set[str]:
    """The forms that were trained on."""
    return {row.messages[0].text.split()[0] for row in it.rows}


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "tails": lambda it: it.accuracy >= 0.9,
    "generation": lambda it: bool(names(it) & set(TELL)),
    "discrimination": lambda it: bool(names(it) & set(CHOOSE)),
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("evit", ran, INVARIANTS)


def test_who_read_nothing_and_who_read_tails_of_others_choose_by_chance():
    assert replace(ran(), kept=()).accuracy <= 0.45
    # what is dealt out makes a law of its own, with few verbs, so one run alone may be lucky
    assert sum(ran("tails", seed=seed).accuracy for seed in range(4)) / 4 <= 0.4


def test_every_quadruple_is_one_row_in_one_form_and_its_tail_the_answer():
    assert len({e.task.id for e in ran().kept}) == len(ran().kept)
    assert names(ran()) == {*TELL, *CHOOSE}
    for e in ran().kept:
        assert e.solution
        assert e.task.reference
        assert e.solution.text == e.task.reference.open().read()
        assert e.solution.text in options(e)
