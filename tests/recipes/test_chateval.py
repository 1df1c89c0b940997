"""chateval works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.recipes.rows import Off, apart, proofs

from lamarck.core import Prompt, put, stages
from lamarck.operators.debating import called, words
from lamarck.recipes import load
from lamarck.testing import MemoryStore, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
Write = Callable[[Prompt, int], str]
SEEN_BY = {"rude": "public", "vague": "critic"}
"""An error, and the referee that sees it."""


def fault(prompt: Prompt) -> str:
    """What is wrong with the learner's answer to a sum: one task in two is rude, the other vague."""
    return "rude" if int(prompt.fields["left"]) % 2 else "vague"


def written(prompt: Prompt, _seed: int) -> str:
    """The learner errs, the opponent does not; as a referee, who sees one kind of error and hears of the other."""
    if prompt.name.startswith("task/"):
        return f"Plainly {TOY.solved(prompt)}"
    mine = "critic" if "a critic" in prompt.fields["persona"] else "public"
    seen = {
        place: [
            error
            for error, who in SEEN_BY.items()
            if error in prompt.fields[place] and (who == mine or f"{error}: {place}" in prompt.fields["talk"])
        ]
        for place in ("first", "second")
    }
    found = [f"{error}: {place}" for place, errors in seen.items() for error in errors]
    if prompt.name == "chateval/talk":
        return ". ".join(found) or "I see nothing wrong."
    return "\n".join([*found, *(f"{place}: {9 - 4 * len(errors)}" for place, errors in seen.items())])


def wrong(prompt: Prompt, _seed: int) -> str:
    return f"{TOY.solved(prompt)} and that is {fault(prompt)}"


def evaluated(
    *ablate: str,
    answer: Write = written,
    errs: Write = wrong,
    rules: bool = False,
    items: int = 12,
    by: str = "mean",
    **options: Any,
) -> tuple[float, list[dict[str, Any]], ScriptedModels]:
    """What a learner whose every answer errs gets against one that never does, and what happened.

    Without ``rules`` the environment's verdicts, which know nothing of manners, are left aside.
    """
    models = ScriptedModels(answer=answer, wrong=errs, rates=lambda p, rate: rate if p.name == "task/sum" else 0.0)
    off = ablate if rules else ("verdicts", *ablate)
    (cycle,) = stages(put("evaluation.by", by)(put("evaluation.limit", items)(load("chateval")(ablate=off, **options))))
    ctx = context(learner="scripted/1.0", models=models, roles={"judge": "scripted/0.0"}, store=MemoryStore())
    ctx = replace(ctx, origins={"learner": models.learner("scripted/0.0")})
    assert cycle.evaluation
    card = cycle.evaluation(ctx.learner, ctx)
    assert isinstance(ctx.store, MemoryStore)
    return card.value, [data | {"kind": kind} for kind, data in ctx.store.events], models


def sees_all_errors(off: Off) -> bool:
    return evaluated(*off)[0] == 0.0


def first_place(prompt: Prompt, seed: int) -> str:
    """Referees who give the first answer two points more, and see nothing."""
    return "first: 8\nsecond: 6" if prompt.name == "chateval/score" else written(prompt, seed)


def place_does_nothing(off: Off) -> bool:
    return evaluated(*off, answer=first_place)[0] == 0.5


def rules_decide(off: Off) -> bool:
    """Whether a right answer wins over a wrong one without a word."""

    def sums(prompt: Prompt, _seed: int) -> str:
        return TOY.solved(prompt) if prompt.name.startswith("task/") else "first: 1\nsecond: 1"

    value, events, _ = evaluated(*off, answer=sums, errs=TOY.wrong, rules=True, items=6)
    return value == 0.0 and not [e for e in events if e["kind"] == "debated"]


INVARIANTS: dict[str, Callable[[Off], bool]] = {
    "personas": sees_all_errors,
    "debate": sees_all_errors,
    "swap": place_does_nothing,
    "verdicts": rules_decide,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("chateval", apart, INVARIANTS)


def test_identical_personas_are_no_better_than_one():
    assert evaluated("personas")[0] == evaluated("debate")[0] > 0.2


@pytest.mark.parametrize("talk", ["in turn", "at once", "summed up"])
def test_who_has_heard_what(talk: Any):
    def heard(prompt: Prompt, seed: int) -> str:
        return "SUMMARY" if prompt.name == "chateval/sum_up" else written(prompt, seed)

    _, _, models = evaluated(answer=heard, talk=talk, items=1, rounds=2)
    talks = [c.request.prompt.fields["talk"] for c in models.calls if c.request.prompt.name in TURNS]
    turns = [text for text in talks if "nobody has spoken" not in text]
    # two referees, two rounds, two orders: eight turns, of which each round's first speaker has heard less
    assert len(talks) == 8
    assert len(turns) == {"in turn": 6, "at once": 4, "summed up": 4}[talk]
    assert all(("SUMMARY" in text) == (talk == "summed up") for text in turns)
    sampling = next(c.request.sampling for c in models.calls if c.request.prompt.name in TURNS)
    assert (sampling.temperature, sampling.max_tokens) == (0.0, 512)


TURNS = ("chateval/talk", "chateval/score")


def test_the_talk_is_kept_and_who_begins_goes_round():
    _, events, _ = evaluated()
    debated = [e for e in events if e["kind"] == "debated"]
    assert len(debated) == 24
    assert {e["talk"][0][0] for e in debated} == {"public", "critic"}
    assert all(len(e["talk"]) == 4 and len(e["points"]) == 2 for e in debated)
    assert {e["first"] for e in debated} == {"learner", "opponent"}
    said = " ".join(text for e in debated for _, text in e["talk"])
    assert "rude: first" in said
    assert "vague: second" in said


def test_a_majority_and_unread_points():
    def mute(prompt: Prompt, seed: int) -> str:
        is_critic = "a critic" in prompt.fields.get("persona", "")
        return "No points." if prompt.name == "chateval/score" and is_critic else written(prompt, seed)

    value, events, _ = evaluated(answer=mute)
    assert value == 0.0  # the other one has heard what the critic found
    assert events[-1]["unread"] == 24


def test_points_or_heads():
    def split(prompt: Prompt, seed: int) -> str:
        """Two referees for the first sum by a point, one against it by five."""
        if prompt.name != "chateval/score":
            return written(prompt, seed)
        mine = "first" if "that is" in prompt.fields["first"] else "second"
        other = "second" if mine == "first" else "first"
        good, bad = ("3", "8") if "a critic" in prompt.fields["persona"] else ("8", "7")
        return f"{mine}: {good}\n{other}: {bad}"

    three = ("chateval/public", "chateval/critic", "You are a teacher.")
    assert evaluated(answer=split, personas=three)[0] == 0.0
    assert evaluated(answer=split, personas=three, by="majority")[0] == 1.0


def test_a_persona_is_a_text_or_words():
    assert words("chateval/critic").startswith("You are a critic")
    assert words("You are a nurse. Mind the dose.") == "You are a nurse. Mind the dose."
    assert words("../pyproject") == "../pyproject"
    assert (called("chateval/critic"), called("You are a nurse. Mind the dose.")) == ("critic", "You are a nurse")
