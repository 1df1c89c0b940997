"""Who cooks in tests: does what fits what it expects of the other cook, and corrects what it sees was wrong."""

from __future__ import annotations

import re

from lamarck.core import Prompt

FIRST = "onion"
"""What it expects of a stranger."""


def pairs(story: str) -> list[tuple[str, str]]:
    """What was expected and what the other cook then did, turn by turn; only where both are told."""
    return re.findall(r"I expect: (\w+)\n(?:(?!I expect|The other cook)[\s\S])*The other cook: (\w+)", story)


def expected(story: str, missing: int) -> str:
    """What the other cook will do, by what it did where that stands beside what was expected; else what strangers do.

    In: how many onions the pot lacks.
    """
    seen = [deed for _, deed in pairs(story)]
    busy = [deed for deed in seen if deed != "wait"]
    if not seen:
        return FIRST
    if not busy:
        return "wait"
    if busy[-1] == "dish":
        return "serve" if missing <= 1 else "wait"
    return "dish" if busy[-1] == "serve" else "onion"


def cook(prompt: Prompt, seed: int) -> str:
    """The intention, or the skill that fits it."""
    story = prompt.fields.get("story") or "\n".join(m.text for m in prompt.messages[1:])
    if prompt.name.endswith("/intention"):
        pot, need = re.findall(r"The pot has (\d+) of (\d+)", prompt.fields["seen"])[0]
        return f"I expect: {expected(story, int(need) - int(pot))}"
    other = (re.findall(r"I expect: (\w+)", prompt.fields.get("intention", "")) or [FIRST])[-1]
    refused = re.findall(r"Action: (\w+)\nSeen: This cannot", prompt.fields.get("refused", ""))
    pot, need, held = re.findall(
        r"The pot has (\d+) of (\d+) onions, you hold (a dish|nothing)", prompt.fields["seen"]
    )[0]
    full, dish, missing = pot == need, held == "a dish", int(need) - int(pot)
    if other == "onion":
        wish = "serve" if full and dish else "dish" if not dish else "onion" if missing > 1 else "wait"
    elif other in ("dish", "serve"):
        wish = "wait" if full else "onion"
    else:
        wish = ("serve" if dish else "dish") if full else "onion"
    return f"So be it.\nAction: {wish if wish not in refused else 'wait'}"


def blunder(prompt: Prompt, seed: int) -> str:
    """What cannot be done, until it is told so."""
    if prompt.name.endswith("/intention"):
        return cook(prompt, seed)
    if prompt.fields.get("refused", "(nothing)") != "(nothing)":
        return cook(prompt, seed)
    return "Action: serve" if "you hold nothing" in prompt.fields["seen"] else "Action: dish"
