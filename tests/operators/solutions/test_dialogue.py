from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.operators.given import task

from lamarck.core import Context, Experience, Prompt, Solution, UsageError
from lamarck.operators.solutions import Dialogue
from lamarck.operators.talking import by_intent, heard
from lamarck.testing import ScriptedModels, context

ASKED = [Experience(task=replace(task(text), private={"nurse": f"secret {text}"})) for text in ("3+4", "5+6")]
TALK: dict[str, Any] = {"roles": ("patient", "nurse"), "prompts": ("x/patient", "x/nurse")}
INTENDED: dict[str, Any] = {
    **TALK,
    "plan": "intents",
    "sequences": ("OQ PA_GG FQ _NF",),
    "instructions": {"OQ": "ask", "PA": "answer", "GG": "thank", "FQ": "ask further", "NF": "complain"},
    "merge": "x/merge",
}


def given(write: Callable[[Prompt], str] = lambda prompt: f"{prompt.name} says so.") -> tuple[Context, ScriptedModels]:
    models = ScriptedModels(answer=lambda prompt, _seed: write(prompt), wrong=lambda prompt, _seed: write(prompt))
    return context(models=models), models


def turns(e: Experience) -> list[tuple[str, str]]:
    return [(m.author, m.text) for m in e.solution.messages] if e.solution else []


def test_roles_take_turns_and_their_turns_name_them():
    ctx, models = given()
    first, second = Dialogue(**TALK, max_turns=3)(ASKED, ctx)
    assert [author for author, _ in turns(first)] == ["nurse", "patient", "nurse"]
    assert [m.role for m in first.solution.messages if first.solution] == ["assistant", "user", "assistant"]  # pyright: ignore[reportOptionalMemberAccess]
    assert second.task.id == "toy/5+6"
    assert first.prompt == first.task.prompt
    # the same turn of both is asked together
    assert [c.request.prompt.name for c in models.calls] == ["x/nurse"] * 2 + ["x/patient"] * 2 + ["x/nurse"] * 2
    assert models.calls[-1].request.prompt.fields["talk"].splitlines() == [
        "Patient: 5+6",
        "Nurse: x/nurse says so.",
        "Patient: x/patient says so.",
    ]


def test_what_a_role_knows_is_seen_by_it_alone_and_not_trained_on():
    ctx, models = given()
    (made, _) = Dialogue(**TALK, max_turns=3)(ASKED, ctx)
    owns = {(c.request.prompt.name, c.request.prompt.fields["own"]) for c in models.calls}
    assert owns == {("x/nurse", "secret 3+4"), ("x/nurse", "secret 5+6"), ("x/patient", "")}
    assert "secret" not in str(made.prompt)
    assert "secret" in str(Dialogue(**TALK, leak=True)(ASKED, ctx)[0].prompt)


def test_a_role_without_a_prompt_reads_the_dialogue_as_a_chat():
    ctx, models = given()
    Dialogue(prompts=("x/user", ""), max_turns=3)(ASKED[:1], ctx)
    shown = models.calls[-1].request.prompt.messages
    assert [(m.role, m.text) for m in shown] == [
        ("user", "3+4"),
        ("assistant", "task/sum says so."),
        ("user", "x/user says so."),
    ]


@pytest.mark.parametrize(
    ("text", "stop", "turn", "why"),
    [
        ("Nurse: Rest.\nPatient: I will.", "stop", "Rest.", ""),
        ("Rest.\n**Human:** Thanks.", "stop", "Rest.", ""),
        ("Patient: I will rest.", "stop", "", "a turn speaks for somebody else alone"),
        ("  ", "stop", "", "a turn says nothing"),
        ("Rest a lot. And drink", "length", "Rest a lot.", ""),
        ("And drink", "length", "", "a turn was cut off in its first sentence"),
        ("Rest.", "error", "", "a turn ended by error"),
        ("The patient: a word in a line.", "stop", "The patient: a word in a line.", ""),
    ],
)
def test_a_reply_is_one_turn(text: str, stop: Any, turn: str, why: str):
    said = given(lambda _: text)[0].generate([Prompt(name="x")], ["k"])[0][0]
    assert heard(replace(said, stop=stop), "nurse", ("patient", "nurse"), alone=True) == (turn, why)


def test_an_empty_turn_ends_a_dialogue_and_one_without_any_is_dropped():
    def write(prompt: Prompt) -> str:
        silent = "3+4" in prompt.fields["task"]
        return "" if silent or prompt.name == "x/patient" else "Rest."

    ctx, _ = given(write)
    (made,) = Dialogue(**TALK, max_turns=3)(ASKED, ctx)
    assert turns(made) == [("nurse", "Rest.")]
    assert [(drop.experience, drop.reason) for drop in ctx.notes] == [("toy/3+4#0", "a turn says nothing")]


def test_no_turn_is_asked_for_after_the_last_of_the_last_role():
    ctx, models = given()
    made = Dialogue(**TALK, max_turns=(1, 6))([replace(ASKED[0], sample=i) for i in range(12)], ctx)
    lengths = {len(turns(e)) for e in made}
    assert lengths == {1, 3, 5}
    assert len(models.calls) == sum(len(turns(e)) for e in made)


def test_a_dialogue_follows_its_intents_and_says_which():
    ctx, models = given()
    made = Dialogue(**INTENDED)(ASKED, ctx)
    assert [(s.role, s.intents) for s in by_intent("OQ PA_GG FQ _NF", ("patient", "nurse"))] == [
        ("patient", "OQ"),
        ("nurse", "PA_GG"),
        ("patient", "FQ"),
        ("patient", "NF"),
    ]
    assert [author for author, _ in turns(made[0])] == ["nurse", "patient", "patient"]
    assert {e.task.fields["intents"] for e in made} == {"OQ PA_GG FQ _NF"}
    told = [c.request.prompt.fields.get("turn") for c in models.calls]
    assert told == [None, *["x/merge says so."] * 2, *["ask further"] * 2, *["complain"] * 2]
    assert models.calls[0].request.prompt.fields["instructions"] == "- answer\n- thank"


def test_a_combination_is_merged_once_a_run():
    ctx, models = given()
    for round in (1, 2):
        Dialogue(**INTENDED)(ASKED, replace(ctx, round=round))
    assert [c.request.prompt.name for c in models.calls].count("x/merge") == 1
    assert models.calls[-1].request.prompt.fields["turn"] == "complain"


def test_the_whole_is_one_text_where_that_is_asked_for():
    ctx, _ = given()
    (made, _) = Dialogue(**INTENDED, one_text=True, kept="x/whole")(ASKED, ctx)
    assert isinstance(made.solution, Solution)
    assert made.solution.text.splitlines()[:2] == ["Patient: 3+4", "Nurse: x/nurse says so."]
    assert len(made.solution.messages) == 1
    assert made.prompt.fields["intents"] == "OQ PA_GG FQ _NF"


def test_a_result_depends_on_the_experience_alone():
    models = ScriptedModels(answer=lambda _p, seed: f"{seed}", wrong=lambda _p, seed: f"{seed}")
    both = Dialogue(**TALK, max_turns=3)(ASKED, context(models=models))
    alone = Dialogue(**TALK, max_turns=3)(ASKED[1:], context(models=models))
    assert turns(both[1]) == turns(alone[0])
    assert turns(both[0]) != turns(both[1])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"last": "doctor"}, "doctor"),
        ({"max_turns": (3, 1)}, "the lower first"),
        ({"prompts": ("x/one",)}, "1 prompts for 2 roles"),
        ({"sequences": ("OQ",)}, "go with plan='intents'"),
        ({"plan": "intents", "sequences": ("OQ XX",), "instructions": {"OQ": "ask"}}, "XX"),
    ],
)
def test_what_no_dialogue_could_follow_is_refused(more: dict[str, Any], told: str):
    with pytest.raises(UsageError, match=told):
        Dialogue(**{**TALK, **more})
