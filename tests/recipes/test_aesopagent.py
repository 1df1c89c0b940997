"""AesopAgent works when these invariants hold, and each fails with its mechanism off.

The scripted film maker opens near and puts everybody into one frame, which the image tool does not draw, unless advice
in view says otherwise. The expert says what is wrong, and nothing that is told to nobody ever gets better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tests.recipes.rows import proofs

from lamarck.core import Batch, Entry, Learner, Phase, Prompt, Scorecard, run
from lamarck.environments.stories import Stories, shots
from lamarck.memory import Versions
from lamarck.operators.held_out import answers
from lamarck.recipes import load
from lamarck.testing import MemoryStore, ScriptedModels, context

SIZES = {"rounds": 2, "stories": 3, "others": 4}
WIDE, CROWD = "shots: it opens near -> open with a wide shot", "TOOL: a frame is too full -> put two people in a shot"


def works(prompt: Prompt, seed: int) -> str:
    """What the film maker and the expert write."""
    fields, step = prompt.fields, prompt.name.rpartition("/")[2]
    if prompt.name == "task/story":
        return "I would film it."
    if step == "shots":
        return planned(fields)
    if step == "expert":
        said = ["shots: it opens near, open wide"] * ("first shot is not wide" in fields["verdict"])
        said += ["shots: a frame is too full, the tool draws no more than 3"] * ("has room for" in fields["verdict"])
        return "\n".join(said) or "Nothing to mend."
    if step in ("advice", "craft"):
        word, item = {"advice": ("near", WIDE), "craft": ("full", CROWD)}[step]
        return item if word in fields["records"] else "none"
    if step == "agree":
        return "identical" if fields["old"] == fields["new"] else "apart"
    return f"{step}: they meet."


def planned(fields: Mapping[str, str]) -> str:
    """The shots, by the advice that is in view."""
    people: list[str] = fields["people"].split(", ")
    size = 2 if CROWD in fields["craft"] else 4
    first = "wide" if WIDE in fields["reminded"] else "close"
    groups = [people[at : at + size] for at in range(0, len(people), size)]
    kinds = [first, *["medium"] * (len(groups) - 1)]
    lines = [
        f"shot {at} | {kind} | 5 s | {', '.join(group)} | They meet."
        for at, (kind, group) in enumerate(zip(kinds, groups, strict=True), start=1)
    ]
    return "\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    learner: Learner
    store: MemoryStore
    memory: Sequence[Entry]
    new: list[str]
    """What the champion makes of new stories."""

    def texts(self, kind: str) -> list[str]:
        return [entry.text for entry in self.memory if entry.kind == kind]

    def batch(self, number: int) -> Batch:
        return self.store.batch(Phase(stage=1, round=number, name="feedback"))

    def values(self, number: int) -> list[float]:
        cards: list[Scorecard] = self.store.phases[Phase(stage=1, round=number, name="evaluation")]
        return [card.value for card in cards]


@cache
def ran(*ablate: str) -> Ran:
    world, store, memories = Stories(), MemoryStore(), Versions()
    models = ScriptedModels(answer=works, wrong=works)
    roles = {"expert": "scripted/0.0", "judge": "scripted/0.00"}
    ctx = context(learner="scripted/0", roles=roles, environment=world, models=models, store=store, memories=memories)
    learner = run(load("aesopagent")(ablate=ablate, **SIZES), ctx).learners["learner"]
    new = world.tasks("sealed", 3, 7, ctx.objective)
    made = [one.text for (one,) in answers(new, learner, ctx, 1, 0.0) if one]
    return Ran(learner=learner, store=store, memory=memories.open(learner.memory).entries, new=made)


def opens_wide(text: str) -> bool:
    return shots(text).shots[0].size == "wide"


def is_drawn(text: str) -> bool:
    return all(len(shot.people) <= 3 for shot in shots(text).shots)


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "advice": lambda it: all(map(opens_wide, it.new)),
    "craft": lambda it: all(map(is_drawn, it.new)),
    "expert": lambda it: it.texts("advice") == [WIDE] and it.texts("craft") == [CROWD],
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("aesopagent", ran, INVARIANTS)


def test_what_every_story_taught_is_one_item_that_was_confirmed():
    assert [entry.support for entry in ran().memory] == [2.0, 2.0]


def test_the_flaws_are_gone_from_new_stories_and_the_gate_saw_it():
    assert ran().values(0) == [0.0]
    assert ran().values(1) == [1.0, 0.0]
    assert [bool(e.feedback and e.feedback.passed) for e in ran().batch(1)] == [False] * 3
    assert [bool(e.feedback and e.feedback.passed) for e in ran().batch(2)] == [True] * 3
    assert not any(e.writes for e in ran().store.batch(Phase(stage=1, round=2, name="refinement")))
