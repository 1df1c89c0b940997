"""MEEL works when these invariants hold, and each fails with its mechanism off.

Scenes obey a hidden law: each relation leads from a verb to another one. Whether the rows teach it is seen by a learner
that counts which event went with which verb over which steps, and what stood among the options and was not it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random

from tests.operators.tasks.test_from_text import Bare
from tests.recipes.rows import proofs

from lamarck.core import Batch, Message, Objective, Phase, Prompt, Reference, Row, Split, Task, put, run
from lamarck.operators.branching import BELOW, RELATIONS
from lamarck.recipes import load
from lamarck.recipes.meel import CHOOSE, TELL
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context

VERBS = ("gaxes", "blems", "tolks", "rinds", "mups")
STEPS: dict[str, int] = dict(zip(RELATIONS, (1, 2, 3, 4, 1, 2), strict=True))
"""The law: how far a relation leads along the verbs."""
THINGS = [f"{first}{last}" for first in "bdfgk" for last in ("ato", "eni", "iru", "osa", "ulo", "ami")]
SEEN, UNSEEN = THINGS[:20], THINGS[20:]


def event(thing: str, verb: str) -> str:
    return f"the {thing} {verb}"


def led(verb: str, *relations: str) -> str:
    """Where the law leads."""
    return VERBS[(VERBS.index(verb) + sum(STEPS[one] for one in relations)) % len(VERBS)]


def verb(text: str) -> str:
    return text.split()[-1].strip(".")


class Scenes(Bare):
    """A scene in words and an event in it."""

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        things = SEEN if split == "practice" else UNSEEN
        return [_task(thing, said, split) for i, thing in enumerate(things) for said in VERBS[i % 2 :: 2]][:n]


def _task(thing: str, said: str, split: Split) -> Task:
    text = f"A yard, a fence, one {thing}. Then {event(thing, said)}"
    message = (Message(role="user", text=text),)
    return Task(id=f"{split}/{thing} {said}", kind="instruction", messages=message, split=split,
                reference=Reference(said))  # fmt: skip


def written(prompt: Prompt, seed: int) -> str:
    """The event that the law wants next."""
    if prompt.name != "meel/evolve":
        return "nothing"
    last = prompt.fields["event"].rpartition(BELOW)[2] or prompt.fields["start"]
    *thing, said = last.rpartition("the ")[2].split()
    return f"- {event(thing[-1], led(said, prompt.fields['relation'].rpartition(BELOW)[2]))}"


@dataclass(kw_only=True)
class Counting:
    """What was right, and what was wrong, over which steps from which verb."""

    right: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    wrong: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    known: set[str] = field(default_factory=set[str])

    def read(self, kept: Batch) -> None:
        for e in kept:
            first, steps, said = verb(e.task.fields["start"]), e.task.fields["relation"], verb(_said(e))
            self.right[first, steps, said] += 1
            self.known.add(said)
            for option in e.task.fields["options"].splitlines() if e.prompt.name in CHOOSE else ():
                if verb(option) != said:
                    self.wrong[first, steps, verb(option)] += 1

    def chosen(self, first: str, steps: str, options: Sequence[str]) -> str:
        return max(options, key=lambda one: self.right[first, steps, one] - self.wrong[first, steps, one])

    def accepts(self, first: str, steps: str, said: str) -> bool:
        """Whatever may happen in such a scene, unless it was wrong there."""
        return said in self.known and self.wrong[first, steps, said] <= self.right[first, steps, said]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """The rows that were trained on, and the experiences they came from."""

    rows: Sequence[Row]
    kept: Batch

    @property
    def learner(self) -> Counting:
        made = Counting()
        made.read(self.kept)
        return made

    def accuracy(self, hops: int) -> float:
        """Share of events so many steps from one in an unseen scene that are found among four."""
        learner, rng, hits, asked = self.learner, Random(0), 0, 0
        for _ in UNSEEN * 25:
            first, steps = rng.choice(VERBS), rng.choices(RELATIONS, k=hops)
            right = led(first, *steps)
            options = [*rng.sample([one for one in VERBS if one != right], 3), right]
            rng.shuffle(options)
            hits += learner.chosen(first, BELOW.join(steps), options) == right
            asked += 1
        return hits / asked

    @property
    def accepted(self) -> float:
        """Share of events of another branch that it would let pass."""
        learner = self.learner
        off = [(first, one, said) for first in VERBS for one in RELATIONS for said in VERBS if said != led(first, one)]
        return sum(learner.accepts(*each) for each in off) / len(off)


def _said(e: object) -> str:
    solution = getattr(e, "solution", None)
    return solution.text if solution else ""


@cache
def ran(*ablate: str) -> Ran:
    recipe, store, trainer = load("meel"), MemoryStore(), RecordingTrainer(right=lambda _: True)
    models = ScriptedModels(answer=written, wrong=written)
    ctx = context(environment=Scenes(), store=store, trainer=trainer, models=models, labels=recipe.labels)
    run(put("evaluation.protected", 0)(recipe(ablate=ablate)), ctx)
    kept = store.batch(Phase(stage=0, round=1, name="refinement"))
    return Ran(rows=[row for job in trainer.jobs for row in job.rows], kept=kept)


def names(it: Ran) -> set[str]:
    """The forms that were trained on."""
    return {row.messages[0].text.split()[0] for row in it.rows}


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "hops": lambda it: it.accuracy(hops=2) >= 0.7,
    "events": lambda it: it.accuracy(hops=1) >= 0.9,
    "generation": lambda it: set(TELL) <= names(it),
    "discrimination": lambda it: it.accepted <= 0.6,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("meel", ran, INVARIANTS)


def test_without_discrimination_more_events_of_other_branches_are_accepted():
    assert ran("discrimination").accepted > ran().accepted + 0.2


def test_one_step_alone_teaches_no_two_and_what_is_dealt_out_teaches_nothing():
    assert ran("hops").accuracy(hops=1) >= 0.9
    assert ran("hops").accuracy(hops=2) <= 0.4
    assert ran("events").accuracy(hops=2) <= 0.5


def test_the_answer_is_the_event_and_stands_among_wrong_ones_of_the_same_scene():
    for e in ran().kept:
        options = [line.partition(". ")[2] for line in e.task.fields["options"].splitlines()]
        first, steps = verb(e.task.fields["start"]), e.task.fields["relation"].split(BELOW)
        assert e.task.fields["start"].startswith("A yard")
        assert verb(_said(e)) == led(first, *steps)
        assert options.count(_said(e)) == 1
        assert len(options) == 4
        assert sum(one.split()[1] == _said(e).split()[1] for one in options) >= 2
    assert Counter(e.task.fields["relation"].count(BELOW) for e in ran().kept)[1] > 100
